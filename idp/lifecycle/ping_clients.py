"""Tells clients that a person has answered (CIBA Core 1.0 §10.2): they then fetch the answer at the token endpoint.

A ping is noted in the row of its request, in the transaction of the answer, and tried again while the request lives.
Any number of processes may ping at once: each takes other rows.
"""

import asyncio
import contextlib
import json

import structlog

from idp.clients.directory import ClientDirectory
from idp.clock import Clock
from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from idp.decoupled import store
from idp.decoupled.request import DecoupledRequest
from idp.outbound.client import OutboundClient, OutboundFailed
from idp.sealing import MasterKeys

_TRIES = 5
_AGAIN_AFTER = 5  # seconds, times the number of tries
_POLL_SECONDS = 1.0
_TRY_AGAIN = frozenset({408, 425, 429})

log = structlog.get_logger(__name__)


class ClientPings:
    """One per process."""

    def __init__(
        self,
        database: Database,
        keys: MasterKeys,
        *,
        clients: ClientDirectory,
        outbound: OutboundClient,
        clock: Clock,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clients = clients
        self._outbound = outbound
        self._clock = clock

    async def send_due(self) -> int:
        """Sends one batch; how many were tried. Raises `DatabaseUnavailable`."""
        now = self._clock.now()
        async with self._database.reading() as db:
            if not await store.has_due_ping(db, now):
                return 0
        async with self._database.writing() as db:
            due = await store.claim_pings(db, self._keys, now=now, again_after=_AGAIN_AFTER, tries=_TRIES)
        # One client that does not answer keeps no other waiting.
        done = await asyncio.gather(*(self._send(request) for request in due))
        async with self._database.writing() as db:
            for request, is_done in zip(due, done, strict=True):
                if is_done:
                    await store.end_ping(db, request.id)
        return len(due)

    async def run(self) -> None:
        """Until cancelled. A database that is gone is tried again at the next turn."""
        while True:
            with contextlib.suppress(DatabaseUnavailable):
                await self.send_due()
            await asyncio.sleep(_POLL_SECONDS)

    async def _send(self, request: DecoupledRequest) -> bool:
        """Whether nothing is left to try."""
        client = await self._clients.get(request.client_id)
        endpoint = client.backchannel_authentication.notification_endpoint if client and client.is_active else None
        if endpoint is None or "notification_token" not in request.secrets:
            return True
        headers = {
            "Authorization": f"Bearer {request.secrets['notification_token']}",
            "Content-Type": "application/json",
        }
        body = json.dumps({"auth_req_id": request.secrets["auth_req_id"]}).encode()
        try:
            answer = await self._outbound.request("POST", endpoint, headers=headers, body=body)
        except OutboundFailed as failure:
            return failure.is_final
        # §10.2: 204, or 200; a redirect is not followed, and a client error is no reason to try again.
        if answer.status >= 300:
            log.info("client_ping_refused", client_id=request.client_id, status=answer.status)
        return answer.status < 500 and answer.status not in _TRY_AGAIN
