"""Routes of signing in and out: /login, /callback, /logout, and the pages they can end in."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from examples.portal import story
from examples.portal.clock import now
from examples.portal.configuration import Configuration
from examples.portal.pages import Pages, see_other
from examples.portal.provider import (
    Provider,
    ProviderRefused,
    ProviderUnreachable,
    SignIn,
    UnknownState,
    sign_out_locally,
)
from examples.portal.services import ServiceReports

_PROMPTS = frozenset({"none", "login", "consent", "select_account", "create"})
_SENTENCES = {
    "access_denied": "denied",
    "login_required": "not_signed_in",
    "unmet_authentication_requirements": "too_weak",
}


@dataclass(frozen=True, slots=True)
class SignInRoutes:
    """Everything these routes need, given once at start."""

    configuration: Configuration
    provider: Provider
    pages: Pages
    reports: ServiceReports

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter()
        router.add_api_route("/login", self.login, methods=["GET"])
        router.add_api_route("/callback", self.callback, methods=["GET"])
        router.add_api_route("/problem", self.problem, methods=["GET"])
        router.add_api_route("/logout", self.logout, methods=["POST"])
        router.add_api_route("/leaving", self.leaving, methods=["GET"])
        return router

    async def login(self, request: Request) -> Response:
        """Starts a sign-in: `?create=1`, `?prompt=`, `?acr=` and `?max_age=` are passed on to the provider."""
        asked = request.query_params
        parameters = {"prompt": "create"} if asked.get("create") == "1" else {}
        if asked.get("prompt") in _PROMPTS:
            parameters["prompt"] = asked["prompt"]
        if asked.get("acr"):
            parameters["acr_values"] = asked["acr"]
        if asked.get("max_age", "").isdecimal():
            parameters["max_age"] = asked["max_age"]
        return await self.begin(request, return_to="/dashboard", **parameters)

    async def begin(self, request: Request, *, return_to: str, **parameters: str) -> Response:
        """Sends the browser to the provider, in the language of this page."""
        ui_locales = self.pages.locale(request)
        url = await self.provider.begin(request, return_to=return_to, ui_locales=ui_locales, **parameters)
        story.record(request.session, "step_began", at=now(), **story.query_of(url))
        return see_other(url)

    async def callback(self, request: Request) -> Response:
        """The authorization response: state, iss, code, ID token, in this order."""
        user_agent = request.headers.get("user-agent", "")
        try:
            signed_in = await self.provider.finish(request, user_agent=user_agent)
        except UnknownState:
            return self._unknown_state(request)
        except ProviderRefused as refusal:
            await self.provider.abandon(request)
            return refused(request, refusal, sentence=_SENTENCES.get(refusal.error, "sign_in_failed"))
        remember(request, signed_in, user_agent=user_agent)
        if told := await self.reports.send(signed_in.claims["sub"]):
            story.record(request.session, "step_services", at=now(), services=told)
        return see_other(signed_in.return_to)

    def _unknown_state(self, request: Request) -> Response:
        """An old address, a restarted portal, or another tab that was faster: never a dead end."""
        if "token" in request.session:
            return see_other("/dashboard")
        if request.scope["had_session_cookie"]:
            return see_other("/login")
        # Without cookies every attempt would end here again.
        return self.pages.html(request, "problem.html", status=400, problem=_a_problem("cookies"))

    async def problem(self, request: Request) -> Response:
        """What went wrong, kept in the session so that reloading the page shows it again."""
        problem = request.session.get("problem")
        return self.pages.html(request, "problem.html", problem=problem) if problem else see_other("/")

    async def logout(self, request: Request) -> Response:
        """Ends the portal's own session, then the one at the provider (RP-initiated logout)."""
        token = request.session.get("token")
        if token is None:
            return see_other("/")
        sign_out_locally(request.session)  # type: ignore[arg-type]
        try:
            request.session["leave_to"] = await self.provider.leave_url(
                request,
                id_token=token["id_token"],
                return_to=f"{self.configuration.url}/",
                locale=self.pages.locale(request),
            )
        except ProviderUnreachable:
            request.session["problem"] = _a_problem("left_only_here")
            return see_other("/problem")
        # Chromium applies form-action to every redirect behind a form, so the way out leads over a page.
        return see_other("/leaving")

    async def leaving(self, request: Request) -> Response:
        """A page that moves on by itself, with a link for browsers that do not."""
        leave_to = request.session.pop("leave_to", None)
        return self.pages.html(request, "leaving.html", leave_to=leave_to) if leave_to else see_other("/")


def remember(request: Request, signed_in: SignIn, *, user_agent: str) -> None:
    """Keeps the tokens in the server's session, under a new session id."""
    session = request.session
    session.pop("problem", None)
    session["token"] = signed_in.token
    session["claims"] = signed_in.claims
    session["person"] = signed_in.person
    session.renew()  # type: ignore[attr-defined]
    story.record(session, "step_returned", at=now(), **request.query_params)
    story.record(session, "step_redeemed", at=now(), sent={"user_agent": user_agent}, **_shown(signed_in.token))
    story.record(session, "step_id_token", at=now(), **signed_in.claims)
    story.record(session, "step_userinfo", at=now(), **signed_in.person)
    story.record(session, "step_access_token", at=now(), **story.claims_for_show(signed_in.token["access_token"]))


def _shown(token: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in token.items() if name != "userinfo"}


def refused(
    request: Request, refusal: ProviderRefused, *, sentence: str, again: str = "/login", label: str = "try_again"
) -> Response:
    """Shows the refusal on its own page, where a reload does no harm."""
    request.session["problem"] = {
        "sentence": sentence,
        "again": again,
        "label": label,
        "error": refusal.error,
        "description": refusal.description,
    }
    return see_other("/problem")


def _a_problem(sentence: str) -> dict[str, str]:
    return {"sentence": sentence, "again": "/login", "label": "try_again", "error": "", "description": ""}
