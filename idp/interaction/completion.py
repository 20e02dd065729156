"""The end of a flow: a grant is opened and its code sent to the application, or the person goes on here.

`grants.flow_id` is unique: a second completion gives the same code while it is unredeemed, else the client's start
page. Client, redirect URI and account are checked again. A pushed request is completed by one flow only.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.clients.client import Client
from idp.grants import store as grants
from idp.grants.grant import GrantState
from idp.grants.handle import HandleKind
from idp.grants.pushed_requests import forget_pushed_request
from idp.interaction import decoupled
from idp.interaction.answer import Answer, Elsewhere, Here
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow
from idp.interaction.grant_opening import new_grant
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.destination import Destination, prove_destination
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.user_agent_binding import UserAgent
from idp.replay import store as replay
from idp.web.browser_state import session_state_for
from idp.wiring import Wiring

START_PAGE = "/account/security"

_PUSHED_REQUEST = "pushed_request"


async def complete(
    db: AsyncConnection, wiring: Wiring, flow: Flow, facts: Facts, *, agent: UserAgent | None, origin: Origin
) -> Answer:
    """Where the browser goes now. Runs in the caller's transaction."""
    request, client = flow.request, facts.client
    if request is None:
        return Here(flow.destination)
    if request.decoupled_id is not None:
        return await decoupled.approve(db, wiring, flow, facts, origin=origin)
    destination = destination_of(wiring, request, client)
    if client is None or destination is None or facts.session is None or facts.account is None:
        return Here("/error")
    if refusal := _final_refusal(request, facts):
        return Elsewhere(destination.error(refusal))
    if request.pushed_request is not None and not await _spend(db, wiring, request.pushed_request, now=origin.now):
        if await grants.find_by_flow(db, flow.id) is None:
            return Elsewhere(destination.error(OAuthError(ErrorCode.INVALID_REQUEST_URI, "The request was completed.")))
        return await _completed_before(db, wiring, flow, facts, client=client, destination=destination)
    grant = new_grant(wiring, flow, client, facts.session, agent=agent)
    if not await grants.open_grant(db, grant):
        return await _completed_before(db, wiring, flow, facts, client=client, destination=destination)
    await record(
        db,
        Event.CODE_ISSUED,
        outcome="success",
        origin=origin,
        account_id=grant.account_id,
        client_id=grant.client_id,
        session_id=grant.session_id,
        details={"grant": grant.id, "acr": grant.acr},
    )
    code = wiring.handles.mint(HandleKind.CODE, grant.id, generation=0)
    return Elsewhere(destination.success(code, session_state=_session_state(wiring, client, facts, destination)))


def _session_state(wiring: Wiring, client: Client, facts: Facts, destination: Destination) -> str | None:
    sessions = [entry.session for entry in facts.choices] + ([facts.session] if facts.session else [])
    return session_state_for(
        wiring, client_id=client.client_id, redirect_uri=destination.redirect_uri, sessions=sessions
    )


def destination_of(wiring: Wiring, request: AuthorizationRequest, client: Client | None) -> Destination | None:
    """The proven destination of the flow's request, as the client is registered now."""
    if client is None or not client.is_active:
        return None
    return prove_destination(client, request.redirect_uri, issuer=wiring.settings.issuer, state=request.state)


def start_page(client: Client | None) -> str | None:
    """Where an application would begin a login of its own (OIDC Core §4), or at least its home page."""
    return (client.initiate_login_uri or client.client_uri) if client else None


async def _spend(db: AsyncConnection, wiring: Wiring, pushed_request: str, *, now: int) -> bool:
    """True for the first flow to complete a pushed request: of any number in parallel, one (AZ-20)."""
    # As long as a flow that opened it in its last second may live.
    settings = wiring.settings
    longest = settings.pushed_request_lifetime + settings.flow_lifetime
    expires_at = now + int(longest.total_seconds())
    is_first = await replay.spend(db, _PUSHED_REQUEST, pushed_request, expires_at=expires_at)
    if is_first:
        await forget_pushed_request(db, pushed_request)
    return is_first


async def _completed_before(
    db: AsyncConnection,
    wiring: Wiring,
    flow: Flow,
    facts: Facts,
    *,
    client: Client,
    destination: Destination,
) -> Answer:
    grant = await grants.find_by_flow(db, flow.id)
    is_theirs = grant is not None and facts.account is not None and grant.account_id == facts.account.id
    if grant is not None and grant.state is GrantState.CODE and is_theirs:
        code = wiring.handles.mint(HandleKind.CODE, grant.id, generation=0)
        return Elsewhere(destination.success(code, session_state=_session_state(wiring, client, facts, destination)))
    page = start_page(client)
    return Elsewhere(page) if page else Here(START_PAGE)


def _final_refusal(request: AuthorizationRequest, facts: Facts) -> OAuthError | None:
    """OIDC Core §3.1.2.1, §5.5.1: a hinted or required subject is answered for that subject or not at all (AZ-22)."""
    hinted = {request.id_token_hint_subject, *request.claims.required_subjects} - {None}
    if facts.account is not None and hinted - {facts.account.id}:
        return OAuthError(ErrorCode.LOGIN_REQUIRED, "Another person is signed in.")
    return None
