"""Routes of a second client, a third party's: it needs the person's consent and sees only what was allowed."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from examples.portal.pages import Pages, see_other
from examples.portal.provider import Provider, ProviderRefused, UnknownState
from examples.portal.sign_in import refused


@dataclass(frozen=True, slots=True)
class PartnerRoutes:
    """Everything these routes need, given once at start."""

    provider: Provider
    pages: Pages

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter(prefix="/partner")
        router.add_api_route("", self.result, methods=["GET"])
        router.add_api_route("/login", self.login, methods=["GET"])
        router.add_api_route("/callback", self.callback, methods=["GET"])
        return router

    async def login(self, request: Request) -> Response:
        """Sends the browser to the provider as the partner's client."""
        url = await self.provider.begin(request, return_to="/partner", ui_locales=self.pages.locale(request))
        return see_other(url)

    async def callback(self, request: Request) -> Response:
        """The authorization response for the partner."""
        try:
            signed_in = await self.provider.finish(request, user_agent=request.headers.get("user-agent", ""))
        except UnknownState:
            return see_other("/partner")
        except ProviderRefused as refusal:
            await self.provider.abandon(request)
            sentence = "denied" if refusal.error == "access_denied" else "sign_in_failed"
            return refused(request, refusal, sentence=sentence, again="/partner/login")
        request.session["partner"] = {"person": signed_in.person, "scope": signed_in.token.get("scope", "")}
        return see_other(signed_in.return_to)

    async def result(self, request: Request) -> Response:
        """What the partner got to know, once it was allowed to."""
        return self.pages.html(request, "partner.html", partner=request.session.get("partner"))
