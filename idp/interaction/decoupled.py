"""The person's answer to a request that came without a redirect: it is kept for the client, which asks for it.

A conversation about such a request ends here instead of at a redirect URI. Being asked once, answering twice and
answering for somebody else are told apart by one conditional statement.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.decoupled import store
from idp.decoupled.request import DecoupledRequest, Kind
from idp.grants import store as grants
from idp.grants.grant import Grant
from idp.interaction.answer import Here
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow
from idp.interaction.grant_opening import new_grant
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.user_agent_binding import BindingMode, bind
from idp.web.page_state import PageState
from idp.wiring import Wiring

ANSWERED_PATH = "/approve/done"


def conversation_about(request: DecoupledRequest, *, freshness: int) -> AuthorizationRequest:
    """What the login conversation is told. `freshness`: how many seconds ago the login may have been (TK-29)."""
    return request.asked._replace(max_age=freshness, id_token_hint_subject=request.account_id, decoupled_id=request.id)


async def approve(db: AsyncConnection, wiring: Wiring, flow: Flow, facts: Facts, *, origin: Origin) -> Here:
    """Opens the grant that the client will redeem, once; runs in the caller's transaction."""
    request, client, session = flow.request, facts.client, facts.session
    if request is None or request.decoupled_id is None or client is None or session is None or not client.is_active:
        return Here("/error")
    grant = new_grant(wiring, flow, client, session, agent=None)._replace(flow_id=None)
    answered = await store.approve(
        db,
        wiring.master_keys,
        request.decoupled_id,
        account_id=session.account_id,
        grant_id=grant.id,
        now=origin.now,
    )
    if answered is None:
        return _answered(wiring, flow, facts, "gone", now=origin.now)
    binding = BindingMode.OFF if _is_never_bound(answered, client.user_agent_binding) else BindingMode.UNBOUND
    await grants.open_grant(db, grant._replace(code_expires_at=answered.expires_at, binding=bind(binding, None)))
    await _tell(db, answered, facts, Event.DECOUPLED_REQUEST_APPROVED, grant=grant, origin=origin)
    await _ping(db, facts, answered, now=origin.now)
    return _answered(wiring, flow, facts, "approved", now=origin.now)


async def deny(db: AsyncConnection, wiring: Wiring, flow: Flow, facts: Facts, *, origin: Origin) -> Here:
    """The client will learn that the person said no."""
    answered = None
    if flow.request is not None and flow.request.decoupled_id is not None and facts.account is not None:
        answered = await store.deny(
            db, wiring.master_keys, flow.request.decoupled_id, account_id=facts.account.id, now=origin.now
        )
    if answered is None:
        return _answered(wiring, flow, facts, "gone", now=origin.now)
    await _tell(db, answered, facts, Event.DECOUPLED_REQUEST_DENIED, grant=None, origin=origin)
    await _ping(db, facts, answered, now=origin.now)
    return _answered(wiring, flow, facts, "denied", now=origin.now)


def _is_never_bound(request: DecoupledRequest, user_agent_binding: str) -> bool:
    """A device is known by its product's name once it has its tokens; a backchannel client has no User-Agent."""
    return request.kind is Kind.BACKCHANNEL or user_agent_binding == "off"


async def _ping(db: AsyncConnection, facts: Facts, request: DecoupledRequest, *, now: int) -> None:
    """CIBA §10.2: told of either answer."""
    client = facts.client
    if request.kind is Kind.BACKCHANNEL and client is not None and client.backchannel_authentication.wants_ping:
        await store.want_ping(db, request.id, due_at=now)


async def _tell(
    db: AsyncConnection, request: DecoupledRequest, facts: Facts, event: Event, *, grant: Grant | None, origin: Origin
) -> None:
    await record(
        db,
        event,
        outcome="success" if grant else "refused",
        origin=origin,
        account_id=facts.account.id if facts.account else None,
        client_id=request.client_id,
        session_id=facts.session.id if facts.session else None,
        details={"kind": request.kind, "scope": request.asked.scope} | ({"grant": grant.id} if grant else {}),
    )


def _answered(wiring: Wiring, flow: Flow, facts: Facts, outcome: str, *, now: int) -> Here:
    name = facts.client.client_name if facts.client else ""
    state = PageState(facts={"outcome": outcome, "app": name})
    return Here(state.url(wiring.master_keys, ANSWERED_PATH, reader=flow.device_id, now=now))
