"""What a piece of work asked the database, and what stands in it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from sqlalchemy import ColumnElement, Table, event, func, select

from idp.database.engine import Database
from tests.support.prepared import overhearing

_TRANSACTION = {"BEGIN", "COMMIT", "ROLLBACK"}


@dataclass(slots=True)
class Statements:
    """Everything that was sent, in order; `verbs` counts by the first word, without the brackets of a transaction."""

    texts: list[str] = field(default_factory=list)

    @property
    def verbs(self) -> dict[str, int]:
        words = (text.split(maxsplit=1)[0].upper() for text in self.texts)
        return dict(Counter(word for word in words if word not in _TRANSACTION))


@contextmanager
def counting(database: Database) -> Iterator[Statements]:
    """The statements that any connection of this `Database` runs until the block ends."""
    seen = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.texts.append(statement)

    engines = {database.reader.sync_engine, database.writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    with ExitStack() as patches:
        for lane in database.lanes:
            patches.enter_context(patch.object(lane, "run", _noting(lane, seen)))
        patches.enter_context(overhearing(engines, lambda text, _: seen.texts.append(text)))
        try:
            yield seen
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)


def _noting(lane: Any, seen: Statements) -> Any:
    """What everybody asks a lane counts, also where one statement answers several."""
    original = lane.run

    async def run(parameters: Mapping[str, Any]) -> Any:
        seen.texts.append(lane.statement.text)
        return await original(parameters)

    return run


async def count_rows(database: Database, table: Table, *conditions: ColumnElement[bool]) -> int:
    """How many rows hold."""
    async with database.reading() as db:
        return await db.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
