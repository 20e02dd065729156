"""`GET` and `POST /userinfo` (OIDC Core §5.3): the claims that the access token's scope and request release."""

from idp.accounts import store as accounts
from idp.accounts.claims import standard_claims
from idp.protocol.claims_release import released_claims
from idp.protocol.claims_request import ClaimsRequest
from idp.protocol.scopes import OPENID
from idp.web.bearer import check_access_token, insufficient_scope, invalid_token, read_access_token
from idp.web.dpop import nonce_for_next
from idp.web.plain import ASGIApp, PlainRequest, PlainResponse, json_response, plain_endpoint
from idp.wiring import Wiring


def userinfo_endpoint(wiring: Wiring) -> ASGIApp:
    async def userinfo(request: PlainRequest) -> PlainResponse:
        token = await read_access_token(request)
        presented = await check_access_token(wiring, token, audience=wiring.settings.issuer)
        if OPENID not in presented.scope:
            raise insufficient_scope(OPENID)
        async with wiring.database.reading() as db:
            account = await accounts.find(db, presented.grant.account_id)
        if account is None:
            raise invalid_token("its account is gone")
        requested = ClaimsRequest.from_json(presented.grant.claims_request)
        claims = released_claims(standard_claims(account), presented.scope, requested.userinfo)
        return json_response({"sub": account.id, **claims}, headers=nonce_for_next(request, wiring))

    return plain_endpoint(userinfo, ("GET", "POST"), cross_origin=True)
