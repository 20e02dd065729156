"""The pages of the conversation: one GET and one POST per prompt, all alike.

GET shows the prompt that is needed, or goes where the flow stands. POST answers 303 always (R1): errors travel in the
flow and are shown by the GET that follows. Evidence, the next step and the grant are one transaction.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials.password_hashing import HashingBusy
from idp.interaction import decoupled
from idp.interaction.answer import Answer, Here
from idp.interaction.completion import complete, destination_of
from idp.interaction.conversation import Conversation
from idp.interaction.delivery import deliver
from idp.interaction.dispatcher import next_prompt
from idp.interaction.leaving import leave, leave_form
from idp.interaction.opening import open_conversation, refresh_facts, sealed_flow
from idp.interaction.prompt import Aborted, Completed, Detour, Outcome, Prompt, Rejected
from idp.interaction.prompts import DETOURS, PROMPTS
from idp.interaction.rendering import may_cancel, render
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.forms import Form, read_form
from idp.web.pages import PageError
from idp.web.scope import open_scope

router = APIRouter()
_COOKIES_OFF = "/cookies-off"
_CHOSEN = ("remember", "agree", "captcha_wait")  # kept from a form that is ours, and from no other
Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


async def show(request: Request, prompt: Prompt) -> Response:
    """GET: the prompt's page, or the place where the flow really stands."""
    scope = await open_scope(request)
    conversation = await open_conversation(scope, sealed_flow(request))
    if isinstance(conversation, Response):
        return conversation
    flow, facts = conversation.flow, conversation.facts
    wanted = next_prompt(flow, facts)
    if wanted is prompt or prompt.reachable(flow, facts):
        return await render(conversation, prompt)
    if wanted is not None:
        return scope.redirect(_where_it_stands(conversation, wanted.path))
    async with scope.wiring.database.writing() as db:
        answer = await _complete(db, conversation)
    return leave(scope, answer, facts.client)


async def submit(request: Request, prompt: Prompt) -> Response:
    """POST: the prompt's answer, and the way on."""
    scope = await open_scope(request)
    form = await read_form(request)
    conversation = await open_conversation(scope, sealed_flow(request))
    if isinstance(conversation, Response):
        return scope.redirect(f"{prompt.path}?{request.url.query}")  # its GET says the same, and survives Back
    if scope.device_is_new:
        return scope.redirect(conversation.url(_COOKIES_OFF))
    flow, facts = conversation.flow, conversation.facts
    wanted = next_prompt(flow, facts)
    is_open = wanted is prompt or prompt.reachable(flow, facts)
    if wanted is None and not is_open:
        # Signed in meanwhile, in another tab: the form has nothing left to do.
        async with scope.wiring.database.writing() as db:
            return _away(conversation, await _complete(db, conversation))
    if not scope.is_own_form(form.one("csrf")):
        stale = conversation.flow.with_errors((), _typed(form))
        return scope.redirect(conversation.url(prompt.path, stale.with_notice("stale")))
    if not is_open:
        return scope.redirect(_where_it_stands(conversation, (wanted or prompt).path))
    if form.one("cancel") and may_cancel(flow):
        return _away(conversation, await _cancel(conversation))
    return await _answered(conversation, prompt, form)


async def _answered(conversation: Conversation, prompt: Prompt, form: Form) -> Response:
    """The form is ours and its page is open: what becomes of it."""
    try:
        prepared = await prompt.prepare(conversation, form)
    except HashingBusy as busy:
        prepared = Rejected((PageError("", "busy", {"n": busy.retry_after}),), _typed(form, *_CHOSEN))
    if isinstance(prepared, Rejected):
        return _rejected(conversation, prompt, prepared)
    async with conversation.wiring.database.writing() as db:
        outcome = await prompt.submit(db, conversation, form, prepared)
        answer = await _go_on(db, conversation, prompt, outcome)
    return _away(conversation, answer)


def _typed(form: Form, *more: str) -> dict[str, str]:
    """What a page that is shown again need not ask for once more; never a password."""
    names = ("username", "email", "given_name", "family_name", "phone", *more)
    return {name: value for name in names if (value := form.one(name)[:320])}


@router.api_route(_COOKIES_OFF, methods=["GET", "HEAD"], response_model=None)
async def cookies_off(request: Request) -> Response:
    """A form came without the cookie that its page had set."""
    scope = await open_scope(request)
    conversation = await open_conversation(scope, sealed_flow(request))
    if isinstance(conversation, Response):
        return conversation
    wanted = next_prompt(conversation.flow, conversation.facts)
    retry_url = conversation.url(wanted.path if wanted else "/login")
    host = request.url.hostname or ""
    return scope.page("cookies_off.html", status=400, host=host, retry_url=retry_url, locale=conversation.locale)


def _away(conversation: Conversation, answer: Answer) -> Response:
    return leave_form(conversation.scope, answer, conversation.facts.client)


async def _go_on(db: AsyncConnection, conversation: Conversation, prompt: Prompt, outcome: Outcome) -> Answer:
    """What the outcome leads to, in the transaction that it was reached in."""
    match outcome:
        case Rejected():
            return Here(_rejected_url(conversation, prompt, outcome))
        case Detour(path, flow):
            return Here(conversation.url(path, flow))
        case Aborted(code):
            return await _aborted(db, conversation, OAuthError(code, "The person did not go on."))
        case Completed(flow, person):
            conversation.flow = flow
            await refresh_facts(db, conversation, person)
            wanted = next_prompt(flow, conversation.facts)
            return Here(conversation.url(wanted.path, flow)) if wanted else await _complete(db, conversation)


async def _complete(db: AsyncConnection, conversation: Conversation) -> Answer:
    scope = conversation.scope
    return await complete(
        db, scope.wiring, conversation.flow, conversation.facts, agent=scope.agent, origin=scope.origin
    )


def _where_it_stands(conversation: Conversation, path: str) -> str:
    """Another page than the one asked for; what there is to tell comes along."""
    flow = conversation.flow
    return conversation.url(path, flow._replace(errors=(), values=flow.values if flow.notice else {}))


async def _cancel(conversation: Conversation) -> Answer:
    """The person would rather not sign in (RFC 6749 §4.1.2.1)."""
    error, client = OAuthError(ErrorCode.ACCESS_DENIED, "The person did not go on."), conversation.facts.client
    async with conversation.wiring.database.writing() as db:
        await record(
            db,
            Event.AUTHORIZATION_REFUSED,
            outcome="refused",
            origin=conversation.scope.origin,
            client_id=client.client_id if client else None,
            details={"error": str(error.code)},
        )
        return await _aborted(db, conversation, error)


async def _aborted(db: AsyncConnection, conversation: Conversation, error: OAuthError) -> Answer:
    request, client, scope = conversation.flow.request, conversation.facts.client, conversation.scope
    if request is not None and request.decoupled_id is not None:
        return await decoupled.deny(db, scope.wiring, conversation.flow, conversation.facts, origin=scope.origin)
    destination = destination_of(conversation.wiring, request, client) if request else None
    if client is None or destination is None:
        return Here("/")
    return deliver(scope.wiring, client, destination.error(error), now=conversation.now)


def _rejected(conversation: Conversation, prompt: Prompt, rejected: Rejected) -> Response:
    return conversation.scope.redirect(_rejected_url(conversation, prompt, rejected))


def _rejected_url(conversation: Conversation, prompt: Prompt, rejected: Rejected) -> str:
    flow = conversation.flow.with_errors(rejected.errors, rejected.values)
    return conversation.url(prompt.path, flow.remembering(**rejected.memo))


def _endpoint(handler: Callable[[Request, Prompt], Coroutine[Any, Any, Response]], prompt: Prompt) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await handler(request, prompt)

    endpoint.__name__ = f"{handler.__name__}_{prompt.name}"
    return endpoint


for _prompt in (*PROMPTS, *DETOURS):
    router.add_api_route(_prompt.path, _endpoint(show, _prompt), methods=["GET", "HEAD"], response_model=None)
    router.add_api_route(_prompt.path, _endpoint(submit, _prompt), methods=["POST"], response_model=None)
