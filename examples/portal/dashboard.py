"""Routes for people who are signed in: the dashboard, the refresh, and the calls to the API."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from examples.portal import story
from examples.portal.api_client import ApiAnswer, ApiClient, read_step_up
from examples.portal.browser_sessions import BrowserSession
from examples.portal.clock import now
from examples.portal.pages import Pages, see_other
from examples.portal.provider import Provider, ProviderRefused, is_stale, sign_out_locally
from examples.portal.services import services_of
from examples.portal.sign_in import SignInRoutes, refused


@dataclass(frozen=True, slots=True)
class DashboardRoutes:
    """Everything these routes need, given once at start."""

    provider: Provider
    api: ApiClient
    pages: Pages
    sign_in: SignInRoutes

    def router(self) -> APIRouter:
        """The routes, ready to be included."""
        router = APIRouter()
        router.add_api_route("/", self.home, methods=["GET"])
        router.add_api_route("/dashboard", self.dashboard, methods=["GET"])
        router.add_api_route("/refresh", self.refresh, methods=["POST"])
        router.add_api_route("/api-call", self.api_call, methods=["GET"])
        router.add_api_route("/protected", self.protected, methods=["GET"])
        return router

    async def home(self, request: Request) -> Response:
        """The public page, which is also where the provider sends the browser after a logout."""
        session = _session(request)
        if "state" in request.query_params:
            session["was_signed_out"] = request.query_params["state"] == session.pop("leaving", None)
            return see_other("/")
        return self.pages.html(
            request,
            "home.html",
            was_signed_out=session.pop("was_signed_out", False),
            signed_out_elsewhere=session.pop("signed_out_elsewhere", False),
        )

    async def dashboard(self, request: Request) -> Response:
        """The person's services, and what just happened."""
        session = _session(request)
        if "token" not in session:
            return see_other("/")
        return self.pages.html(
            request,
            "dashboard.html",
            token=session["token"],
            claims=session["claims"],
            named=services_of(session["claims"]["sub"]),
            steps=session.get("story", []),
            was_refreshed=session.pop("was_refreshed", False),
        )

    async def refresh(self, request: Request) -> Response:
        """The button: a refresh now, with the browser's own User-Agent."""
        session = _session(request)
        if "token" not in session:
            return see_other("/")
        try:
            async with session.lock:
                await self._refresh(request, session)
        except ProviderRefused as refusal:
            return _ended(request, session, refusal)
        session["was_refreshed"] = True
        return see_other("/dashboard")

    async def api_call(self, request: Request) -> Response:
        """Two questions: one that the API answers by itself, one for which it asks the provider."""
        session = _session(request)
        if "token" not in session:
            return see_other("/")
        try:
            answers = [await self._ask(request, session, path) for path in ("/hello", "/introspected")]
        except ProviderRefused as refusal:
            return _ended(request, session, refusal)
        return self.pages.html(request, "api.html", title="api_title", lead="", answers=answers, failed=False)

    async def protected(self, request: Request) -> Response:
        """Asks for something that needs a stronger sign-in, does that sign-in, and comes back here."""
        session = _session(request)
        if "token" not in session:
            return see_other("/")
        try:
            answer = await self._ask(request, session, "/protected")
        except ProviderRefused as refusal:
            return _ended(request, session, refusal)
        step_up = read_step_up(answer)
        # `stepped` ends a circle: a sign-in that did not satisfy the API is shown, not repeated.
        if step_up and "stepped" not in request.query_params:
            story.record(session, "step_step_up", at=now(), **step_up.parameters)
            return await self.sign_in.begin(request, return_to="/protected?stepped=1", **step_up.parameters)
        return self.pages.html(
            request,
            "api.html",
            title="protected_title",
            lead="protected_text" if "stepped" in request.query_params else "",
            answers=[answer],
            failed=bool(step_up),
        )

    async def _ask(self, request: Request, session: BrowserSession, path: str) -> ApiAnswer:
        # One refresh at a time per browser: parallel requests wait and then use the new token.
        async with session.lock:
            if is_stale(session["token"], now=now()) and session["token"].get("refresh_token"):
                await self._refresh(request, session)
        answer = await self.api.get(
            path,
            access_token=session["token"]["access_token"],
            user_agent=request.headers.get("user-agent", ""),
        )
        story.record(
            session, "step_api", at=now(), path=path, status=answer.status, www_authenticate=answer.challenge or None
        )
        return answer

    async def _refresh(self, request: Request, session: BrowserSession) -> None:
        user_agent = request.headers.get("user-agent", "")
        session["token"] = await self.provider.refresh(
            session["token"], subject=session["claims"]["sub"], user_agent=user_agent
        )
        story.record(session, "step_refreshed", at=now(), sent={"user_agent": user_agent}, **session["token"])
        story.record(session, "step_access_token", at=now(), **story.claims_for_show(session["token"]["access_token"]))


def _session(request: Request) -> BrowserSession:
    session = request.session
    assert isinstance(session, BrowserSession)  # noqa: S101 (SessionMiddleware puts nothing else there)
    return session


def _ended(request: Request, session: BrowserSession, refusal: ProviderRefused) -> Response:
    """A refused refresh ends the sign-in: the tokens are worth nothing any more."""
    sign_out_locally(session)
    return refused(request, refusal, sentence="refused", label="sign_in_again")
