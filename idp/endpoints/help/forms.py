"""How every public form of help works: shown, checked, limited, made a case, and answered with a number.

The order of the checks is that of their cost: the fields, the address it came from, the CAPTCHA, then the rows. Whether
an account exists is asked nowhere, so that known and unknown ones are answered alike (AD-24).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.account import Account
from idp.administration.cases.office import office_of
from idp.administration.cases.opening import NewCase, open_case
from idp.interaction.attempts import wait_error
from idp.web.captcha import captcha_view, check_captcha
from idp.web.forms import Form, read_form
from idp.web.page_state import PageState
from idp.web.pages import PageError
from idp.web.scope import PageScope, open_scope

COOKIES_OFF = "/cookies-off"
PURPOSE = "contact"
_LIFETIME = 24 * 3600  # a form left open over night still shows what was typed

Values = Mapping[str, str]
Reading = NewCase | tuple[PageError, ...]


@dataclass(frozen=True, slots=True)
class HelpForm:
    """`fields` are the names that come back after an error, with the most characters kept of each."""

    path: str
    template: str
    fields: Mapping[str, int]
    read: Callable[[PageScope, Values], Reading]
    context: Callable[[PageScope], Mapping[str, Any]]
    prefilled: Callable[[PageScope], Values]

    def add_to(self, router: APIRouter) -> None:
        router.add_api_route(self.path, _route(show, self), methods=["GET", "HEAD"], response_model=None)
        router.add_api_route(self.path, _route(submit, self), methods=["POST"], response_model=None)


def signed_in(scope: PageScope) -> Account | None:
    """Whoever is signed in here; a login that is half done is none."""
    return next((entry.account for entry in scope.sessions.entries if entry.session.is_active), None)


async def show(request: Request, form: HelpForm) -> Response:
    """GET: the form, or the number of the request that it has become."""
    scope = await open_scope(request)
    state = read_state(scope, form.path)
    if number := state.facts.get("number"):
        where = f"/case/{number}/authorise"
        return scope.page("help/received.html", number=number, kind=form.template, authorise_url=where)
    values = {**form.prefilled(scope), **state.values}
    return scope.page(
        form.template,
        errors=state.errors,
        notice=state.notice or None,
        values=values,
        action=form_action(scope, form.path),
        **form.context(scope),
        **await captcha_view(scope, PURPOSE, values),
    )


async def submit(request: Request, form: HelpForm) -> Response:
    """POST: a case, or the form again with what is wrong and what was typed."""
    scope = await open_scope(request)
    sent = await read_form(request)
    if scope.device_is_new:
        return scope.redirect(COOKIES_OFF)
    values = {name: sent.one(name).strip()[:length] for name, length in form.fields.items()}
    again = PageState(values={**values, "captcha_wait": sent.one("captcha_wait")[:4000]})
    if not scope.is_own_form(sent.one("csrf")):
        return redirect(scope, form.path, replace(again, notice="stale"))
    reading = form.read(scope, values)
    if not isinstance(reading, NewCase):
        return redirect(scope, form.path, replace(again, errors=reading))
    if refused := await is_refused(scope, sent, bucket="help"):
        return redirect(scope, form.path, replace(again, errors=(refused,)))
    wiring = scope.wiring
    async with wiring.database.writing() as db:
        case = await open_case(db, wiring.master_keys, reading, office=office_of(wiring.settings), origin=scope.origin)
    return redirect(scope, form.path, PageState(facts={"number": case.number}))


async def is_refused(scope: PageScope, sent: Form, *, bucket: str) -> PageError | None:
    """Too many from this address, or the CAPTCHA is not solved."""
    limit = scope.wiring.settings.help_address_limit
    if wait := await scope.wiring.addresses.hit(bucket, scope.origin.address or "", limit):
        return wait_error("", wait)
    return await check_captcha(scope, sent, PURPOSE)


def read_state(scope: PageScope, path: str) -> PageState:
    return PageState.read(
        scope.wiring.master_keys,
        scope.request.query_params.get("said", ""),
        path=path,
        reader=scope.device_id,
        now=scope.now,
        lifetime=_LIFETIME,
    )


def redirect(scope: PageScope, path: str, state: PageState) -> Response:
    """On to the GET that says it."""
    url = state.url(scope.wiring.master_keys, path, reader=scope.device_id, now=scope.now)
    about = scope.request.query_params.get("about", "")
    return scope.redirect(f"{url}&{urlencode({'about': about})}" if about else url)


def form_action(scope: PageScope, path: str) -> str:
    """Where the form goes: without what the page said, with what the form is about."""
    about = scope.request.query_params.get("about", "")
    return f"{path}?{urlencode({'about': about})}" if about else path


def _route(
    handler: Callable[[Request, HelpForm], Awaitable[Response]], form: HelpForm
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await handler(request, form)

    endpoint.__name__ = f"{handler.__name__}_{form.template.removesuffix('.html').replace('/', '_')}"
    return endpoint
