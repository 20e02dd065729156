"""Opens the conversation of one request: its flow, its client and the facts; or says why there is none."""

import re
from datetime import timedelta
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from idp.grants.stored_requests import find_request, store_request
from idp.interaction.completion import start_page
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Person, Rules, read_facts, read_facts_anew
from idp.interaction.flow import Flow, FlowBroken, FlowSealer, Memo
from idp.protocol.authorization_request import AuthorizationRequest
from idp.sealing import MasterKeys
from idp.web.applications import application_view
from idp.web.scope import PageScope
from idp.wiring import Wiring

_ALONE = re.compile(rb"flow=([A-Za-z0-9_-]*)")


def sealed_flow(request: Request) -> str:
    """The parameter `flow`, empty where there is none. Mostly it stands alone, and to parse a query takes 9 µs."""
    alone = _ALONE.fullmatch(request.scope["query_string"])
    return alone[1].decode("ascii") if alone else request.query_params.get("flow", "")


def flow_sealer(wiring: Wiring) -> FlowSealer:
    """One for each installation that this process serves."""
    return _sealer(wiring.master_keys, wiring.settings.flow_lifetime)


@lru_cache(maxsize=8)
def _sealer(keys: MasterKeys, lifetime: timedelta) -> FlowSealer:
    return FlowSealer(keys, lifetime_seconds=int(lifetime.total_seconds()))


def login_rules(wiring: Wiring) -> Rules:
    return Rules(wiring.levels, verifies_phones=wiring.settings.require_phone_verification)


async def open_conversation(scope: PageScope, sealed_flow: str) -> Conversation | Response:
    """A page without a flow, or with a broken one, is a login of our own (pages for a bookmarked address)."""
    wiring, sealer = scope.wiring, flow_sealer(scope.wiring)
    try:
        came = sealer.open(sealed_flow) if sealed_flow else None
        if came and came.stored_request:
            came = await _with_stored_request(wiring, came, scope.now)
    except FlowBroken:
        came = None
    flow = came or Flow.begin(device_id=scope.device_id, now=scope.now)
    if flow.device_id != scope.device_id:
        flow = flow.moved_to(scope.device_id)
    flow = _with_news(scope, flow)
    client = await wiring.clients.get(flow.request.client_id) if flow.request else None
    if sealer.has_expired(flow, scope.now):
        app = application_view(client, scope.locale()) if client else None
        return scope.page("flow_expired.html", start_url=start_page(client) or "/login", app=app)
    facts = await read_facts_anew(
        wiring.database, flow, rules=login_rules(wiring), entries=scope.sessions.entries, client=client
    )
    return Conversation(scope, flow, facts, sealer, [(came, sealed_flow)] if came else [])


async def keep_request(db: AsyncConnection, wiring: Wiring, flow: Flow) -> Flow:
    """The flow with its request stored, so that its address stays short."""
    if flow.request is None:
        return flow
    expires_at = flow.started_at + int(wiring.settings.flow_lifetime.total_seconds())
    stored = await store_request(db, wiring.master_keys, flow.request.to_json(), expires_at=expires_at)
    return flow._replace(stored_request=stored)


async def _with_stored_request(wiring: Wiring, flow: Flow, now: int) -> Flow:
    async with wiring.database.reading() as db:
        found = await find_request(db, wiring.master_keys, flow.stored_request, now=now)
    if found is None:
        raise FlowBroken
    return flow._replace(request=AuthorizationRequest.from_json(found))


def _with_news(scope: PageScope, flow: Flow) -> Flow:
    """Why the person has to sign in again. It travels in the flow: it must not die with the session that it ended."""
    if scope.sessions.browser_changed:
        return flow.with_notice("ua_changed")
    lapsed = scope.sessions.lapsed
    if lapsed is not None and flow.memo.get(Memo.CHOSEN_SESSION) == lapsed.session.id:
        # Between the password and the next step ten minutes have passed: the email need not be typed again.
        return flow._replace(errors=(), values={"username": lapsed.account.login_email}, notice="expired.flow")
    return flow


async def refresh_facts(db: AsyncConnection, conversation: Conversation, known: Person | None) -> None:
    """Reads the facts again, in the transaction that has just changed them."""
    conversation.facts = await read_facts(
        db,
        conversation.flow,
        rules=login_rules(conversation.wiring),
        entries=conversation.scope.sessions.entries,
        client=conversation.facts.client,
        known=known,
    )
