"""Clients by id, from memory after the first read: the hot path asks the database for none.

`forget()` is called when the counter `clients` has moved. Ids that do not exist are remembered too, apart from the
others, so that somebody who makes up ids can push no real client out.
"""

import asyncio
from collections import OrderedDict

from idp.clients import store
from idp.clients.client import Client, is_valid_client_id
from idp.database.engine import Database

_MAX_KNOWN = 4096
_MAX_UNKNOWN = 1024


class ClientDirectory:
    """A bounded memory in front of the table. However many ask for an id at once, it is read once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[str, Client] = OrderedDict()
        self._unknown: OrderedDict[str, None] = OrderedDict()
        self._reading: dict[str, asyncio.Task[Client | None]] = {}

    async def get(self, client_id: str) -> Client | None:
        """The client, disabled ones too, or None; raises `DatabaseUnavailable`."""
        if (client := self._known.get(client_id)) is not None:
            self._known.move_to_end(client_id)
            return client
        if client_id in self._unknown or not is_valid_client_id(client_id):
            return None
        task = self._reading.get(client_id)
        if task is None:
            task = self._reading[client_id] = asyncio.create_task(self._read(client_id))
            task.add_done_callback(_retrieve)
        # One caller's disconnect must not cancel the others' answer.
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Drops everything; what is being read at this moment is not remembered either."""
        self._known.clear()
        self._unknown.clear()
        self._reading.clear()

    async def _read(self, client_id: str) -> Client | None:
        this_task = asyncio.current_task()
        try:
            async with self._database.reading() as db:
                client = await store.find(db, client_id)
            # After `forget()` this read may be older than the change that caused it.
            if self._reading.get(client_id) is this_task:
                self._remember(client_id, client)
            return client
        finally:
            if self._reading.get(client_id) is this_task:
                del self._reading[client_id]

    def _remember(self, client_id: str, client: Client | None) -> None:
        if client is None:
            self._unknown[client_id] = None
            _trim(self._unknown, _MAX_UNKNOWN)
        else:
            self._known[client_id] = client
            _trim(self._known, _MAX_KNOWN)


def _trim(memory: "OrderedDict[str, Client] | OrderedDict[str, None]", limit: int) -> None:
    while len(memory) > limit:
        memory.popitem(last=False)


def _retrieve(task: asyncio.Task[Client | None]) -> None:
    """Marks an error as seen, which every waiter may have been too impatient to see."""
    if not task.cancelled():
        task.exception()
