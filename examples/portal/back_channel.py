"""Route of the back channel: the provider tells this server that somebody's login has ended there."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from examples.portal.browser_sessions import SessionStore
from examples.portal.logout_tokens import InvalidLogoutToken, LogoutTokens
from examples.portal.provider import sign_out_locally


@dataclass(frozen=True, slots=True)
class BackChannelRoutes:
    """Everything this route needs, given once at start."""

    tokens: LogoutTokens
    store: SessionStore

    def router(self) -> APIRouter:
        """The route, ready to be included."""
        router = APIRouter()
        router.add_api_route("/backchannel", self.log_out, methods=["POST"])
        return router

    async def log_out(self, request: Request) -> Response:
        """Ends every sign-in that the token is about: 200, also where there is none any more (§2.7, §2.8)."""
        try:
            ended = await self.tokens.verify(await _token_in(request))
        except InvalidLogoutToken as error:
            return JSONResponse({"error": "invalid_request", "error_description": str(error)}, 400)
        for session in self.store.list():
            # A refresh that is under way must not bring the token back.
            async with session.lock:
                if "token" in session and ended.is_about(session["claims"]):
                    sign_out_locally(session)
                    session["signed_out_elsewhere"] = True
        return Response(status_code=200)


async def _token_in(request: Request) -> str:
    """Raises `InvalidLogoutToken`."""
    async with request.form() as form:
        given = form.getlist("logout_token")
    if len(given) != 1 or not isinstance(given[0], str):
        raise InvalidLogoutToken("logout_token must stand there once.")
    return given[0]
