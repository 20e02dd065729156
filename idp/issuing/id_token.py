"""The ID token of a grant (OIDC Core §2)."""

from typing import Any

from idp.accounts import store as accounts
from idp.accounts.claims import standard_claims
from idp.clients.client import Client
from idp.grants.grant import Grant
from idp.issuing.binding_claim import binding_claim
from idp.issuing.encryption import encrypted
from idp.issuing.subject import session_id_told, subject_of
from idp.keys.sign import sign_jwt
from idp.protocol.claims_release import released_claims
from idp.protocol.claims_request import ClaimsRequest
from idp.protocol.token_claims import ID_TOKEN_TYPE, RESERVED_CLAIMS, Authentication, IdToken, id_token_claims
from idp.wiring import Wiring


async def id_token_of(
    wiring: Wiring, client: Client, grant: Grant, *, now: int, nonce: str | None, access_token: str | None
) -> str:
    """Signed, and encrypted, as the client is registered; it knows the access token that it comes with by `at_hash`."""
    alg, extra = client.id_token_signed_response_alg, await _requested_claims(wiring, grant)
    token = IdToken(
        issuer=wiring.settings.issuer,
        subject=subject_of(wiring, client, grant.account_id),
        client_id=client.client_id,
        issued_at=now,
        lifetime=int(wiring.settings.id_token_lifetime.total_seconds()),
        authentication=Authentication(
            grant.auth_time, grant.acr, grant.amr, session_id_told(wiring, client, grant.session_id)
        ),
        nonce=nonce,
        ua_binding=binding_claim(wiring, client, grant),
        access_token=access_token,
    )
    signed = sign_jwt(wiring.keys, alg, id_token_claims(token, alg=alg, extra=extra), ID_TOKEN_TYPE)
    # OIDC Core §10.2, RFC 7519 §11.2: signed first, then encrypted.
    return await encrypted(wiring, client, client.id_token_encryption, signed, is_jwt=True)


async def _requested_claims(wiring: Wiring, grant: Grant) -> dict[str, Any]:
    """OIDC Core §5.5: single claims asked for in the ID token. Whoever asks for none pays for no look-up."""
    requested = ClaimsRequest.from_json(grant.claims_request).id_token
    if not requested.keys() - RESERVED_CLAIMS:
        return {}
    async with wiring.database.reading() as db:
        account = await accounts.find(db, grant.account_id)
    return released_claims(standard_claims(account), (), requested) if account else {}
