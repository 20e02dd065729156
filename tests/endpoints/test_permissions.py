"""Who may do what: every route of the application against everybody there is (AD-01).

A route without a row in `ROWS` fails, so that a new one cannot be forgotten. A row says who is served; everybody else
gets the login page, or a 404 where the page does not exist for them.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from enum import Enum
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx
import pytest

from idp.accounts.account import Role
from idp.administration.cases.office import office_of
from idp.administration.cases.opening import NewCase, open_case
from idp.support.case import CaseKind
from tests.support.browser import Browser
from tests.support.desk import sign_in_operator
from tests.support.provider import PASSWORD, Provider
from tests.support.routes import routes_of


class Who(Enum):
    """Everybody who may come."""

    ANONYMOUS = "anonymous"
    HALF = "half"  # the password is proven, the OTP is not
    CUSTOMER = "customer"
    UNENROLLED = "unenrolled"  # an operator who has no OTP yet
    SUPPORT = "support"
    APPROVER = "approver"
    ADMIN = "admin"


class Row(Enum):
    """Who is served."""

    PUBLIC = frozenset(Who)
    PROGRAMS = frozenset[Who]()  # a client's own credentials decide; no cookie helps
    SIGNED_IN = frozenset({Who.CUSTOMER, Who.SUPPORT, Who.APPROVER, Who.ADMIN})
    DESK = frozenset({Who.SUPPORT, Who.APPROVER, Who.ADMIN})


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "/": Row.PUBLIC,
        "/.well-known/change-password": Row.PUBLIC,
        "/.well-known/oauth-authorization-server": Row.PUBLIC,
        "/.well-known/openid-configuration": Row.PUBLIC,
        "/.well-known/security.txt": Row.PUBLIC,
        "/account": Row.PUBLIC,  # a redirect to the next
        "/account/confirm": Row.SIGNED_IN,
        "/account/phone": Row.SIGNED_IN,
        "/account/phone/code": Row.SIGNED_IN,
        "/account/phone/send": Row.SIGNED_IN,
        "/account/requests": Row.SIGNED_IN,
        "/account/security": Row.SIGNED_IN,
        "/account/security/otp": Row.SIGNED_IN,
        "/account/security/otp/disable": Row.SIGNED_IN,
        "/account/security/password": Row.SIGNED_IN,
        "/account/security/recovery-codes": Row.SIGNED_IN,
        "/admin/accounts/{account_id}/services": Row.PROGRAMS,
        "/approve": Row.PUBLIC,  # a page of the conversation
        "/approve/done": Row.PUBLIC,
        "/authorize": Row.PUBLIC,
        "/bc-authorize": Row.PROGRAMS,
        "/captcha": Row.PUBLIC,
        "/case/{number}/authorise": Row.PUBLIC,
        "/clients/{client_id}/logo": Row.PUBLIC,
        "/consent": Row.PUBLIC,  # a page of the conversation: the flow and its facts decide
        "/contact": Row.PUBLIC,
        "/continue": Row.PUBLIC,
        "/cookies-off": Row.PUBLIC,
        "/desk": Row.DESK,
        "/desk/audit": Row.DESK,
        "/desk/audit.csv": Row.DESK,
        "/desk/customers/{account_id}": Row.DESK,
        "/desk/customers/{account_id}/requests": Row.DESK,
        "/desk/customers/{account_id}/reveal": Row.DESK,
        "/desk/requests/{number}": Row.DESK,
        "/desk/requests/{number}/account": Row.DESK,
        "/desk/requests/{number}/decision": Row.DESK,
        "/desk/requests/{number}/evidence": Row.DESK,
        "/desk/requests/{number}/hint": Row.DESK,
        "/desk/requests/{number}/notes": Row.DESK,
        "/desk/requests/{number}/sms": Row.DESK,
        "/desk/search": Row.DESK,
        "/dev/inbox": Row.PUBLIC,  # served in development mode only
        "/dev/inbox.json": Row.PUBLIC,
        "/device": Row.PUBLIC,
        "/device_authorization": Row.PROGRAMS,
        "/error": Row.PUBLIC,
        "/favicon.ico": Row.PUBLIC,
        "/help": Row.PUBLIC,
        "/help/cannot-complete-login": Row.PUBLIC,
        "/help/change-login-email": Row.PUBLIC,
        "/help/login-email": Row.PUBLIC,
        "/help/messages": Row.PUBLIC,
        "/introspect": Row.PROGRAMS,
        "/jwks": Row.PUBLIC,
        "/live": Row.PUBLIC,
        "/logged-out": Row.PUBLIC,
        "/login": Row.PUBLIC,
        "/login/otp": Row.PUBLIC,
        "/login/otp/setup": Row.PUBLIC,
        "/login/recovery-code": Row.PUBLIC,
        "/login/recovery-code/used": Row.PUBLIC,
        "/login/recovery-codes": Row.PUBLIC,
        "/logout": Row.PUBLIC,
        "/lost-otp": Row.PUBLIC,
        "/lost-otp/code": Row.PUBLIC,
        "/lost-otp/done": Row.PUBLIC,
        "/lost-otp/send": Row.PUBLIC,
        "/lost-otp/sent": Row.PUBLIC,
        "/object": Row.PUBLIC,
        "/par": Row.PROGRAMS,
        "/ready": Row.PUBLIC,
        "/recovery": Row.PUBLIC,
        "/recovery/done": Row.PUBLIC,
        "/recovery/new-password": Row.PUBLIC,
        "/recovery/reset": Row.PUBLIC,
        "/recovery/send": Row.PUBLIC,
        "/recovery/sent": Row.PUBLIC,
        "/register": Row.PUBLIC,
        "/register/done": Row.PUBLIC,
        "/revoke": Row.PROGRAMS,
        "/robots.txt": Row.PUBLIC,
        "/select-account": Row.PUBLIC,
        "/session/status": Row.PUBLIC,
        "/static/{rest}": Row.PUBLIC,
        "/token": Row.PROGRAMS,
        "/userinfo": Row.PROGRAMS,
        "/verify/email": Row.PUBLIC,
        "/verify/email/change": Row.PUBLIC,
        "/verify/email/confirmed": Row.PUBLIC,
        "/verify/email/link": Row.PUBLIC,
        "/verify/email/send": Row.PUBLIC,
        "/verify/phone": Row.PUBLIC,
        "/verify/phone/change": Row.PUBLIC,
        "/verify/phone/send": Row.PUBLIC,
    }
)

_LOGIN_PAGES = {"/login", "/login/otp", "/login/otp/setup"}
_OPERATORS = {Who.SUPPORT: Role.SUPPORT, Who.APPROVER: Role.APPROVER, Who.ADMIN: Role.ADMIN}


def _routes(provider: Provider) -> list[tuple[str, str]]:
    return [(path, method) for path, methods in routes_of(provider.app.router.routes) for method in sorted(methods)]


async def _visitor(provider: Provider, who: Who) -> Browser:
    """A browser with the cookies of somebody who is as far as `who`; a device cookie has everybody."""
    browser = Browser(provider.app)
    email = f"{who.value}@wedos.cz"
    match who:
        case Who.ANONYMOUS:
            await browser.open("/login")
        case Who.CUSTOMER | Who.UNENROLLED | Who.HALF:
            roles = (Role.SUPPORT,) if who is Who.UNENROLLED else ()
            await provider.account(email, otp=who is Who.HALF, roles=roles)
            await browser.open("/login")
            await browser.submit(username=email, password=PASSWORD)
        case _:
            await provider.account(email, otp=True, roles=(_OPERATORS[who],))
            await sign_in_operator(provider, browser, email)
    return browser


async def _send(browser: Browser, method: str, path: str) -> httpx.Response:
    """The request itself, without following where it leads; a POST brings the browser's own form token."""
    page = await browser.http.get("/help")
    assert page.status_code == 200
    if method == "GET":
        return await browser.http.get(path)
    csrf = (await browser.open("/contact")).forms[0].fields["csrf"]
    headers = {"origin": browser.base_url, "sec-fetch-site": "same-origin"}
    return await browser.http.post(path, data={"csrf": csrf}, headers=headers)


def _is_served(answer: httpx.Response) -> bool:
    """Neither refused nor sent to the login."""
    if answer.status_code in {401, 403, 404}:
        return False
    return urlsplit(answer.headers.get("location", "")).path not in _LOGIN_PAGES


@pytest.mark.requirement("AD-01")
async def test_every_route_has_a_row(provider: Provider) -> None:
    """No route without somebody having decided who may use it, and no row for a route that is gone."""
    assert {path for path, _ in _routes(provider)} == set(ROWS)


@pytest.mark.requirement("AD-01", "LG-04")
@pytest.mark.parametrize("who", list(Who), ids=lambda who: who.value)
async def test_everybody_gets_what_the_row_says(provider: Provider, who: Who) -> None:
    """Each route with each of its methods: served, or the login page, or not there; and denials are on record."""
    customer = await provider.account("somebody@wedos.cz")
    new = NewCase(kind=CaseKind.GENERAL, contact_email="x@wedos.cz", locale="en", account_id=customer.id, message="x")
    async with provider.wiring.database.writing() as db:
        case = await open_case(
            db, provider.keys, new, office=office_of(provider.wiring.settings), origin=provider.origin()
        )
    wrong, denied = [], 0
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(await _visitor(provider, who))
        for path, method in _routes(provider):
            row = ROWS[path]
            if row is Row.PUBLIC or path == "/logout":
                continue
            real = path.replace("{number}", case.number).replace("{account_id}", customer.id)
            answer = await _send(browser, method, real)
            served = _is_served(answer)
            if row is Row.PROGRAMS:
                served = answer.status_code < 400
            if served != (who in row.value):
                wrong.append((method, path, answer.status_code, answer.headers.get("location", "")))
            denied += row is Row.DESK and answer.status_code == 404
    assert wrong == []
    assert (await provider.events(event="access_denied", limit=1000)).count("access_denied") == denied
    assert (denied > 0) == (who is Who.CUSTOMER)
