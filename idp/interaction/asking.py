"""Begins the conversation about a request that came without a redirect: the login first, where one is needed."""

from starlette.responses import Response

from idp.decoupled.request import DecoupledRequest
from idp.interaction.decoupled import conversation_about
from idp.interaction.dispatcher import next_prompt
from idp.interaction.facts import read_facts_anew
from idp.interaction.flow import Flow, Memo
from idp.interaction.opening import flow_sealer, login_rules
from idp.interaction.prompts.approve_request import ApproveRequest
from idp.web.browser_sessions import SignedIn
from idp.web.scope import PageScope


async def begin_asking(scope: PageScope, request: DecoupledRequest, *, as_whom: SignedIn | None = None) -> Response:
    """On to the first page that is needed. `as_whom`: the session that asked to see it, where that is known."""
    wiring = scope.wiring
    freshness = int(wiring.settings.confirmation_lifetime.total_seconds())
    asked = conversation_about(request, freshness=freshness)
    flow = Flow.begin(device_id=scope.device_id, now=scope.now, request=asked)
    if as_whom is not None:
        flow = flow.remembering(**{Memo.CHOSEN_SESSION: as_whom.session.id})
    client = await wiring.clients.get(request.client_id)
    facts = await read_facts_anew(
        wiring.database, flow, rules=login_rules(wiring), entries=scope.sessions.entries, client=client
    )
    # The request itself is always asked about, so that there is a prompt.
    prompt = next_prompt(flow, facts) or ApproveRequest()
    return scope.redirect(flow_sealer(wiring).url(prompt.path, flow))
