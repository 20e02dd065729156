"""The guard of every page of the account centre: an active session, or the way to one that comes back here."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.account import Account
from idp.endpoints.account.one_shot import keep_values, with_message
from idp.interaction.flow import Flow
from idp.interaction.opening import flow_sealer
from idp.interaction.operators import lacks_otp
from idp.sessions.session import BrowserSession
from idp.web.browser_sessions import SignedIn
from idp.web.pages import PageError
from idp.web.scope import PageScope, open_scope


@dataclass(frozen=True, slots=True)
class AccountScope:
    """One request of somebody who is signed in."""

    scope: PageScope
    current: SignedIn

    @property
    def account(self) -> Account:
        return self.current.account

    @property
    def session(self) -> BrowserSession:
        return self.current.session

    def say(
        self,
        path: str,
        *,
        notice: str = "",
        error: PageError | None = None,
        values: Mapping[str, str] | None = None,
    ) -> Response:
        """On to a page of the account centre, which says this once and has these values in its form."""
        url = with_message(self.scope, path, account_id=self.account.id, notice=notice, error=error)
        if values:
            url += "&" + urlencode({"kept": keep_values(self.scope, values, account_id=self.account.id)})
        return self.scope.redirect(url)


AccountPage = Callable[[AccountScope], Awaitable[Response]]


def account_page(page: AccountPage) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """The page as a route. A partial session is none here (MF-11), nor is that of an operator without OTP (MF-18)."""

    async def guarded(request: Request) -> Response:
        scope = await open_scope(request)
        current = next((entry for entry in scope.sessions.entries if entry.session.is_active), None)
        if current is not None and not await lacks_otp(scope, current.account):
            return await page(AccountScope(scope, current))
        flow = Flow.begin(device_id=scope.device_id, now=scope.now, destination=request.url.path)
        if scope.sessions.browser_changed:
            flow = flow.with_notice("ua_changed")
        return scope.redirect(flow_sealer(scope.wiring).url("/login", flow))

    guarded.__name__ = getattr(page, "__name__", "account_page")
    return guarded
