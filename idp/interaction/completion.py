"""The end of a flow: a grant is opened and answered to the application, or the person goes on here.

`grants.flow_id` is unique: a second completion gives the same code while it is unredeemed, else the client's start
page; without a code, the same grant is answered as long as a code would live. Client, redirect URI and account are
checked again. A pushed request is completed by one flow only.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.clients.client import Client
from idp.grants import store as grants
from idp.grants.grant import Grant, GrantState
from idp.grants.pushed_requests import forget_pushed_request
from idp.interaction import decoupled
from idp.interaction.answer import Answer, Elsewhere, Here
from idp.interaction.delivery import deliver
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow
from idp.interaction.grant_opening import new_grant
from idp.issuing import authorization_answer
from idp.issuing.subject import account_of
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.destination import Destination, prove_destination
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.response_modes import mode_of_answer
from idp.protocol.response_types import ResponseType
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
    if refusal := _final_refusal(wiring, request, client, facts):
        return deliver(wiring, client, destination.error(refusal), now=origin.now)
    answering = _Answering(wiring, client, request, facts, facts.account, destination, origin.now)
    if request.pushed_request is not None and not await _spend(db, wiring, request.pushed_request, now=origin.now):
        if await grants.find_by_flow(db, flow.id) is not None:
            return await _completed_before(db, flow, answering)
        error = OAuthError(ErrorCode.INVALID_REQUEST_URI, "The pushed request was completed before.")
        return deliver(wiring, client, destination.error(error), now=origin.now)
    grant = new_grant(wiring, flow, client, facts.session, agent=agent)
    if not await grants.open_grant(db, grant):
        return await _completed_before(db, flow, answering)
    await record(
        db,
        Event.CODE_ISSUED,
        outcome="success",
        origin=origin,
        account_id=grant.account_id,
        client_id=grant.client_id,
        session_id=grant.session_id,
        details={"grant": grant.id, "acr": grant.acr, "response_type": request.response_type},
    )
    return await answering.success(grant)


@dataclass(frozen=True, slots=True)
class _Answering:
    """Who is answered, about whom, and where."""

    wiring: Wiring
    client: Client
    request: AuthorizationRequest
    facts: Facts
    account: Account
    destination: Destination
    now: int

    async def success(self, grant: Grant) -> Elsewhere:
        parameters = await authorization_answer(
            self.wiring,
            self.client,
            grant,
            request=self.request,
            account=self.account,
            now=self.now,
        )
        parameters |= self._session_state()
        return deliver(self.wiring, self.client, self.destination.success(parameters), now=self.now)

    def _session_state(self) -> dict[str, str]:
        """Session Management §2; nothing where it is switched off."""
        facts = self.facts
        sessions = [entry.session for entry in facts.choices] + ([facts.session] if facts.session else [])
        state = session_state_for(
            self.wiring,
            client_id=self.client.client_id,
            redirect_uri=self.destination.redirect_uri,
            sessions=sessions,
        )
        return {"session_state": state} if state else {}


def destination_of(wiring: Wiring, request: AuthorizationRequest, client: Client | None) -> Destination | None:
    """The proven destination of the flow's request, as the client is registered now."""
    if client is None or not client.is_active:
        return None
    mode = mode_of_answer(request.response_mode, request.response_type)
    return prove_destination(
        client, request.redirect_uri, issuer=wiring.settings.issuer, state=request.state, mode=mode
    )


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


async def _completed_before(db: AsyncConnection, flow: Flow, answering: _Answering) -> Answer:
    grant = await grants.find_by_flow(db, flow.id)
    if grant is not None and grant.account_id == answering.account.id and _may_be_answered(grant, answering):
        return await answering.success(grant)
    page = start_page(answering.client)
    return Elsewhere(page) if page else Here(START_PAGE)


def _may_be_answered(grant: Grant, answering: _Answering) -> bool:
    """AZ-24: a form sent twice gets the same again, and not after it was used."""
    if ResponseType(answering.request.response_type).has_code:
        return grant.state is GrantState.CODE
    return grant.state is GrantState.ACTIVE and answering.now < grant.code_expires_at


def _final_refusal(wiring: Wiring, request: AuthorizationRequest, client: Client, facts: Facts) -> OAuthError | None:
    """OIDC Core §3.1.2.1, §5.5.1: a hinted or required subject is answered for that subject or not at all (AZ-22)."""
    # A `sub` that this client was never told is nobody, and nobody is signed in as that.
    required = {account_of(wiring, client, subject) or "" for subject in request.claims.required_subjects}
    hinted = {request.id_token_hint_subject, *required} - {None}
    if facts.account is not None and hinted - {facts.account.id}:
        return OAuthError(ErrorCode.LOGIN_REQUIRED, "Another person is signed in.")
    return None
