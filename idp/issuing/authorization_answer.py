"""What the authorization endpoint answers for a grant: code, access token, ID token, as the response type says."""

from idp.accounts.account import Account
from idp.clients.client import Client
from idp.grants.grant import Grant
from idp.grants.handle import HandleKind
from idp.issuing.access_token import access_token_of, lifetime_of_access_token
from idp.issuing.id_token import IssuedWith, id_token_of
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.confirmation import UNBOUND
from idp.protocol.response_types import ResponseType
from idp.wiring import Wiring


async def authorization_answer(
    wiring: Wiring, client: Client, grant: Grant, *, request: AuthorizationRequest, account: Account, now: int
) -> dict[str, str]:
    """The parameters of a success (RFC 6749 §4.1.2 and §4.2.2, OIDC Core §3.2.2.5 and §3.3.2.5)."""
    response_type = ResponseType(request.response_type)
    answer: dict[str, str] = {}
    if response_type.has_code:
        answer["code"] = wiring.handles.mint(HandleKind.CODE, grant.id, generation=0)
    if response_type.has_access_token:
        answer |= {
            "access_token": await access_token_of(
                wiring, client, grant, now=now, scope=grant.scope, confirmation=UNBOUND
            ),
            "token_type": "Bearer",
            "expires_in": str(lifetime_of_access_token(wiring)),
            "scope": " ".join(grant.scope),
        }
    if response_type.has_id_token:
        issued_with = IssuedWith(
            nonce=grant.nonce,
            access_token=answer.get("access_token"),
            code=answer.get("code"),
            state=request.state,
            account=account,
        )
        answer["id_token"] = await id_token_of(wiring, client, grant, issued_with, now=now)
    return answer
