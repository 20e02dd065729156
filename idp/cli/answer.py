"""How commands answer: for people or as JSON, with one sentence and exit code 1 for whatever cannot be done.

Exit codes: 0 done, 1 refused or something is wrong, 2 wrong usage (click's own).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec

import click

from idp.administration.refusal import Refused
from idp.database.unavailable import DISK_FULL, DatabaseUnavailable
from idp.keys.rotation import NextKeyTooYoung
from idp.sealing import SealBroken

_Parameters = ParamSpec("_Parameters")


@dataclass(frozen=True, slots=True)
class Answer:
    """The same answer twice: `data` for programs, `text` for people."""

    data: Any
    text: str
    exit_code: int = 0


def operator_command(function: Callable[_Parameters, Awaitable[Answer]]) -> Callable[..., None]:
    """Runs the coroutine, adds `--json`, and prints the answer or the refusal."""

    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @wraps(function)
    def run(*arguments: Any, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - whatever the command declares
        try:
            answer = asyncio.run(_awaited(function(*arguments, **options)))
        except (Refused, DatabaseUnavailable, NextKeyTooYoung, SealBroken) as error:
            sentence = _sentence(error)
            click.echo(json.dumps({"error": sentence}) if as_json else sentence, err=not as_json)
            raise click.exceptions.Exit(1) from None
        click.echo(json.dumps(answer.data, ensure_ascii=False, indent=2) if as_json else answer.text)
        raise click.exceptions.Exit(answer.exit_code)

    return run


@contextmanager
def exit_with_sentence() -> Iterator[None]:
    """For commands that run for long: a refusal is one sentence on standard error and exit code 1."""
    try:
        yield
    except (Refused, DatabaseUnavailable, SealBroken) as error:
        click.echo(_sentence(error), err=True)
        raise click.exceptions.Exit(1) from None


async def _awaited(answer: Awaitable[Answer]) -> Answer:
    return await answer


def _sentence(error: Exception) -> str:
    match error:
        case DatabaseUnavailable() if str(error) == DISK_FULL:
            return "The disk is full: free some space, then start again."
        case DatabaseUnavailable():
            return "The database does not answer: start it, or correct IDP_DATABASE_URL."
        case SealBroken():
            return "IDP_MASTER_KEY is not the key that this installation was made with: restore that key."
        case NextKeyTooYoung(alg=alg, ready_at=ready_at):
            return (
                f"Applications may not know the next {alg} key before {moment(ready_at)}: "
                "wait until then, or use --force if the current key must not sign any more."
            )
        case _:
            return str(error)


def moment(seconds: int | None) -> str:
    """A NumericDate for people: `2026-01-15 12:00:00 UTC`; empty for None."""
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    )


def lines(pairs: Sequence[tuple[str, str]]) -> str:
    """One line for each name with a value."""
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in pairs if value)
