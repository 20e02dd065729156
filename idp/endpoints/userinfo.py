"""`GET` and `POST /userinfo` (OIDC Core §5.3): the claims that the access token's scope and request release."""

import json
from collections.abc import Mapping
from typing import Any

from idp.accounts.claims import standard_claims
from idp.clients.client import Client
from idp.issuing.encryption import encrypted
from idp.issuing.subject import subject_of
from idp.keys.sign import sign_jwt_in_turn
from idp.protocol.claims_release import released_claims
from idp.protocol.claims_request import ClaimsRequest
from idp.protocol.scopes import OPENID
from idp.web.bearer import check_access_token, insufficient_scope, read_access_token
from idp.web.dpop import nonce_for_next
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring

# The type that client libraries expect. It cannot pass for an ID token of ours: it has neither `exp` nor `iat`.
_TYPE = "JWT"
_JWT_HEADERS = {"content-type": "application/jwt", "cache-control": "no-store", "pragma": "no-cache"}


def userinfo_endpoint(wiring: Wiring) -> ASGIApp:
    async def userinfo(request: PlainRequest) -> PlainResponse:
        token = await read_access_token(request)
        presented = await check_access_token(wiring, token, audience=wiring.settings.issuer)
        if OPENID not in presented.scope:
            raise insufficient_scope(OPENID)
        owner = presented.owner
        requested = ClaimsRequest.from_json(owner.claims_request)
        claims = released_claims(standard_claims(owner.account), presented.scope, requested.userinfo)
        subject = subject_of(wiring, presented.client, owner.account.id)
        nonce = nonce_for_next(request, wiring)
        return await _answer(wiring, presented.client, {"sub": subject, **claims}, headers=nonce)

    return plain_endpoint(userinfo, ("GET", "POST"), cross_origin=True)


async def _answer(
    wiring: Wiring, client: Client, claims: Mapping[str, Any], *, headers: Mapping[str, str]
) -> PlainResponse:
    """OIDC Core §5.3.2: JSON, or a JWT where the client is registered for one."""
    wanted = client.userinfo
    if wanted.signed_response_alg is None and wanted.encryption is None:
        return json_response(claims, headers=headers)
    if wanted.signed_response_alg is None:
        content = json.dumps(claims, ensure_ascii=False)
    else:
        # OIDC Core §5.3.2: a signed answer says who made it, and for whom.
        addressed = {"iss": wiring.settings.issuer, "aud": client.client_id, **claims}
        content = await sign_jwt_in_turn(wiring.keys, wanted.signed_response_alg, addressed, _TYPE)
    is_jwt = wanted.signed_response_alg is not None
    body = await encrypted(wiring, client, wanted.encryption, content, is_jwt=is_jwt)
    return PlainResponse(200, body.encode(), {**_JWT_HEADERS, **headers})
