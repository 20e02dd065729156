"""The ID token of a grant (OIDC Core §2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from idp.accounts.account import Account
from idp.accounts.claims import standard_claims
from idp.clients.client import Client
from idp.grants.grant import Grant
from idp.issuing.binding_claim import binding_claim
from idp.issuing.encryption import encrypted
from idp.issuing.subject import session_id_told, subject_of
from idp.keys.sign import sign_jwt_in_turn
from idp.protocol.claims_release import released_claims
from idp.protocol.claims_request import ClaimsRequest
from idp.protocol.token_claims import ID_TOKEN_TYPE, RESERVED_CLAIMS, Authentication, IdToken, id_token_claims
from idp.wiring import Wiring


@dataclass(frozen=True, slots=True)
class IssuedWith:
    """What an ID token comes with, and is bound to by nonce and hashes. `account` spares a look-up."""

    nonce: str | None = None
    access_token: str | None = None
    code: str | None = None
    state: str | None = None
    account: Account | None = None


async def id_token_of(wiring: Wiring, client: Client, grant: Grant, issued_with: IssuedWith, *, now: int) -> str:
    """Signed, and encrypted, as the client is registered."""
    alg = client.id_token_signed_response_alg
    # OIDC Core §5.4: claims of scopes are at UserInfo, unless no access token is ever issued.
    scope = grant.scope if issued_with.access_token is None and issued_with.code is None else ()
    token = IdToken(
        issuer=wiring.settings.issuer,
        subject=subject_of(wiring, client, grant.account_id),
        client_id=client.client_id,
        issued_at=now,
        lifetime=int(wiring.settings.id_token_lifetime.total_seconds()),
        authentication=Authentication(
            grant.auth_time, grant.acr, grant.amr, session_id_told(wiring, client, grant.session_id)
        ),
        nonce=issued_with.nonce,
        ua_binding=binding_claim(wiring, client, grant),
        access_token=issued_with.access_token,
        code=issued_with.code,
        state=issued_with.state,
    )
    extra = await _account_claims(wiring, grant, scope, issued_with.account)
    signed = await sign_jwt_in_turn(wiring.keys, alg, id_token_claims(token, alg=alg, extra=extra), ID_TOKEN_TYPE)
    # OIDC Core §10.2, RFC 7519 §11.2: signed first, then encrypted.
    return await encrypted(wiring, client, client.id_token_encryption, signed, is_jwt=True)


async def _account_claims(
    wiring: Wiring, grant: Grant, scope: Sequence[str], account: Account | None
) -> dict[str, Any]:
    """Those of the scopes, and single ones asked for in the ID token (OIDC Core §5.5).

    Whoever asks for none pays for no look-up.
    """
    requested = ClaimsRequest.from_json(grant.claims_request).id_token
    if not scope and not requested.keys() - RESERVED_CLAIMS:
        return {}
    account = account or await wiring.accounts.find(grant.account_id)
    return released_claims(standard_claims(account), scope, requested) if account else {}
