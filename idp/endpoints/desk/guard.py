"""The guard of every page of the desk: an operator, signed in with OTP, whose role is read anew for each request.

Nobody signed in: the login, which comes back here. No operator: the desk does not exist, and the attempt is on record
(AD-10, LG-04, MF-18). What is dangerous asks for a login no older than ten minutes (AD-08).
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.account import Account
from idp.administration.cases.office import Office, office_of
from idp.administration.cases.operators import Operator, operator_of
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.interaction.flow import Flow, Memo
from idp.interaction.opening import flow_sealer
from idp.interaction.operators import lacks_otp
from idp.web.browser_sessions import SignedIn
from idp.web.forms import Form, read_form
from idp.web.page_state import PageState
from idp.web.pages import PageError
from idp.web.scope import PageScope, open_scope

FRESH_SECONDS = 600
_STATE_SECONDS = 600  # how long a page of the desk repeats what it was told to say


@dataclass(frozen=True, slots=True)
class DeskScope:
    """One request of an operator."""

    scope: PageScope
    current: SignedIn

    @property
    def account(self) -> Account:
        return self.current.account

    @property
    def operator(self) -> Operator:
        return operator_of(self.account)

    @property
    def origin(self) -> Origin:
        """What the operator does is on record under the operator's account."""
        return self.scope.origin._replace(actor=self.account.id)

    @property
    def office(self) -> Office:
        return office_of(self.scope.wiring.settings)

    @property
    def is_fresh(self) -> bool:
        """Whether password and OTP were proven in the last ten minutes."""
        return self.scope.now - self.current.session.evidence.auth_time <= FRESH_SECONDS

    def state(self) -> PageState:
        scope = self.scope
        return PageState.read(
            scope.wiring.master_keys,
            scope.request.query_params.get("said", ""),
            path=scope.request.url.path,
            reader=self.account.id,
            now=scope.now,
            lifetime=_STATE_SECONDS,
        )

    def page(self, template: str, section: str, state: PageState | None = None, **context: Any) -> Response:  # noqa: ANN401 - a template's variables
        said = state or self.state()
        return self.scope.page(
            template,
            errors=said.errors,
            notice=said.notice or None,
            values={**said.values, **context.pop("values", {})},
            section=section,
            signed_in_as=self.account.login_email,
            now=self.scope.now,
            **context,
        )

    def say(self, path: str, state: PageState) -> Response:
        """On to a page of the desk, which says this."""
        return self.scope.redirect(self.address(path, state))

    def refuse(self, path: str, error: PageError, values: Mapping[str, str] | None = None) -> Response:
        return self.say(path, PageState(errors=(error,), values=values or {}))

    def address(self, path: str, state: PageState) -> str:
        keys = self.scope.wiring.master_keys
        return state.url(keys, path, reader=self.account.id, now=self.scope.now)

    def prove_again(self, path: str, values: Mapping[str, str]) -> Response:
        """The login once more, and back to where the operator was, with what was typed (AD-08)."""
        back = self.address(path, PageState(values=values, notice="confirmed_again"))
        return _to_login(self.scope, back, self.current, notice="sign_in_again", fresh=True)

    async def read_own_form(self, back: str) -> Form | Response:
        """The form, or the page again when it was not sent from one of ours."""
        form = await read_form(self.scope.request)
        if self.scope.is_own_form(form.one("csrf")):
            return form
        return self.say(back, PageState(notice="stale"))


DeskPage = Callable[[DeskScope], Awaitable[Response]]


def desk_page(page: DeskPage) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """The page as a route of the desk."""

    async def guarded(request: Request) -> Response:
        scope = await open_scope(request)
        entries = [entry for entry in scope.sessions.entries if entry.session.is_active]
        current = next((entry for entry in entries if entry.account.is_operator), None)
        if current is not None and _has_otp_evidence(current) and not await lacks_otp(scope, current.account):
            return await page(DeskScope(scope, current))
        if entries and current is None:
            await _deny(scope, entries[0])
        # A form cannot be sent again after the login: the desk itself is where to go on.
        here = request.url.path if request.method in {"GET", "HEAD"} else "/desk"
        return _to_login(scope, here, current, notice="ua_changed" if scope.sessions.browser_changed else "")

    guarded.__name__ = getattr(page, "__name__", "desk_page")
    return guarded


def _has_otp_evidence(entry: SignedIn) -> bool:
    return entry.session.evidence.otp is not None


def _to_login(
    scope: PageScope, destination: str, current: SignedIn | None, *, notice: str = "", fresh: bool = False
) -> Response:
    flow = Flow.begin(device_id=scope.device_id, now=scope.now, destination=destination)
    if current is not None:
        flow = flow.remembering(**{Memo.CHOSEN_SESSION: current.session.id})
    if fresh:
        flow = flow.remembering(**{Memo.FRESH_SINCE: str(scope.now - FRESH_SECONDS)})
    if notice:
        flow = flow.with_notice(notice)
    return scope.redirect(flow_sealer(scope.wiring).url("/login", flow))


async def _deny(scope: PageScope, entry: SignedIn) -> None:
    """Somebody is signed in who is no operator: on record, and then the desk does not exist."""
    origin = scope.origin._replace(actor=entry.account.id)
    async with scope.wiring.database.writing() as db:
        await record(
            db,
            Event.ACCESS_DENIED,
            outcome="refused",
            origin=origin,
            account_id=entry.account.id,
            session_id=entry.session.id,
            details={"path": scope.request.url.path},
        )
    raise HTTPException(404)
