"""The access token of a person's grant (RFC 9068)."""

from collections.abc import Sequence

from idp.clients.client import Client
from idp.grants.grant import Grant
from idp.issuing.binding_claim import binding_claim
from idp.issuing.subject import session_id_told, subject_of
from idp.keys.sign import sign_jwt_in_turn
from idp.protocol.confirmation import Confirmation
from idp.protocol.token_claims import ACCESS_TOKEN_TYPE, AccessToken, Authentication, access_token_claims
from idp.sealing import new_id
from idp.wiring import Wiring


async def access_token_of(
    wiring: Wiring, client: Client, grant: Grant, *, now: int, scope: Sequence[str], confirmation: Confirmation
) -> str:
    """Signed as the client is registered; `scope` may be narrower than the grant's.

    `confirmation`: the keys that the request for it has proven, `UNBOUND` for none.
    """
    token = AccessToken(
        issuer=wiring.settings.issuer,
        subject=subject_of(wiring, client, grant.account_id),
        client_id=client.client_id,
        audience=grant.audience,
        scope=tuple(scope),
        token_id=new_id(),
        issued_at=now,
        lifetime=lifetime_of_access_token(wiring),
        authentication=authentication_of(wiring, client, grant),
        grant_id=grant.id,
        ua_binding=binding_claim(wiring, client, grant),
        confirmation=confirmation,
        authorization_details=grant.authorization_details,
    )
    alg = client.access_token_signed_response_alg
    return await sign_jwt_in_turn(wiring.keys, alg, access_token_claims(token), ACCESS_TOKEN_TYPE)


def authentication_of(wiring: Wiring, client: Client, grant: Grant) -> Authentication | None:
    """None where nobody signed in for the grant: then there is no level, and no time of it."""
    if not grant.session_id:
        return None
    return Authentication(grant.auth_time, grant.acr, grant.amr, session_id_told(wiring, client, grant.session_id))


def lifetime_of_access_token(wiring: Wiring) -> int:
    """In seconds: `expires_in`."""
    return int(wiring.settings.access_token_lifetime.total_seconds())
