"""What prepared statements are sent, of which SQLAlchemy's events do not tell."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.database import prepared
from idp.database.backends import Direct, direct_for

Note = Callable[[str, tuple[Any, ...]], None]


@dataclass(frozen=True, slots=True)
class _Overheard:
    """A driver whose statements are noted. One with many sets of values is one, with the first of them."""

    direct: Direct
    engines: Collection[Engine]
    note: Note

    async def fetch(self, db: AsyncConnection, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
        self._note(db, text, values)
        return await self.direct.fetch(db, text, values)

    async def run_many(self, db: AsyncConnection, text: str, batch: Sequence[tuple[Any, ...]]) -> None:
        self._note(db, text, batch[0])
        await self.direct.run_many(db, text, batch)

    def _note(self, db: AsyncConnection, text: str, values: tuple[Any, ...]) -> None:
        if db.engine.sync_engine in self.engines:
            self.note(text, values)


@contextmanager
def overhearing(engines: Collection[Engine], note: Note) -> Iterator[None]:
    """Calls `note` with the text and the values of each, on any connection of these engines, until the block ends."""
    with patch.object(prepared, "direct_for", lambda dialect: _Overheard(direct_for(dialect), engines, note)):
        yield
