"""What prepared statements are sent, of which SQLAlchemy's events do not tell."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database import prepared


@contextmanager
def overhearing(engines: Collection[Engine], note: Callable[[str, tuple[Any, ...]], None]) -> Iterator[None]:
    """Calls `note` with the text and the values of each, on any connection of these engines, until the block ends."""
    original = prepared.fetch

    async def fetch(db: AsyncConnection, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
        if db.engine.sync_engine in engines:
            note(text, values)
        return await original(db, text, values)

    with patch.object(prepared, "fetch", fetch):
        yield
