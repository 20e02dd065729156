"""`/logged-out`: that it is done. Frames tell the applications of the front channel; those not reached are named.

What the page has to say is sealed in its address for this browser. From there a proven return address is reached by
itself, once the frames have loaded; but not while there is something to read.
"""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.endpoints.end_session.ending import Told, names_of
from idp.endpoints.end_session.request import LogoutRequest
from idp.issuing.subject import session_id_told
from idp.lifecycle.logout_notices import Participant
from idp.logout.front_channel import frame_url
from idp.protocol.origins import origin_of
from idp.web.applications import application_view
from idp.web.middleware.security_headers import page_csp
from idp.web.page_state import PageState
from idp.web.scope import PageScope, open_scope

router = APIRouter()
PATH = "/logged-out"
_LIFETIME_SECONDS = 600
_LONGEST_WAIT_SECONDS = 6  # for frames; the link needs no waiting at all


def signed_out_url(scope: PageScope, asked: LogoutRequest, told: Told) -> str:
    """The page's address, with what it has to do and to say."""
    facts = {
        "client": asked.client.client_id if asked.client else "",
        "return": asked.return_url,
        "framed": _names(told.framed),
        "unreached": _names(told.unreached),
    }
    return PageState(facts=facts).url(scope.wiring.master_keys, PATH, reader=scope.device_id, now=scope.now)


@router.api_route(PATH, methods=["GET", "HEAD"], response_model=None)
async def logged_out(request: Request) -> Response:
    scope = await open_scope(request)
    facts = PageState.read(
        scope.wiring.master_keys,
        request.query_params.get("said", ""),
        path=PATH,
        reader=scope.device_id,
        now=scope.now,
        lifetime=_LIFETIME_SECONDS,
    ).facts
    client = await scope.wiring.clients.get(facts.get("client", ""))
    return_url, frames = facts.get("return", ""), await _frames(scope, facts.get("framed", ""))
    failed = names_of(await _participants(scope, facts.get("unreached", "")))
    context: dict[str, Any] = {"headers": {"Content-Security-Policy": _policy(frames)}} if frames else {}
    return scope.page(
        "logged_out.html",
        app=application_view(client, scope.locale()) if client else None,
        login_url="/login",
        return_url=return_url,
        frames=frames,
        failed=failed,
        goes_on=bool(frames and return_url and not failed),
        longest_wait=_LONGEST_WAIT_SECONDS,
        **context,
    )


async def _frames(scope: PageScope, named: str) -> list[str]:
    """Addresses are those registered now: none is ever taken from the page's own address (OU-07)."""
    wiring = scope.wiring
    urls = (
        frame_url(p.client, session_id_told(wiring, p.client, p.session_id), issuer=wiring.settings.issuer)
        for p in await _participants(scope, named)
    )
    return [url for url in urls if url is not None]


async def _participants(scope: PageScope, named: str) -> list[Participant]:
    found = []
    for client_id, session_id in json.loads(named or "[]"):
        client = await scope.wiring.clients.get(client_id)
        if client is not None:
            found.append(Participant(client, session_id))
    return found


def _names(participants: Sequence[Participant]) -> str:
    return json.dumps([[p.client.client_id, p.session_id] for p in participants])


def _policy(frames: Sequence[str]) -> str:
    """Exactly the origins of these frames."""
    return page_csp(frame=" ".join(dict.fromkeys(map(origin_of, frames))))
