"""Services of accounts, as the relying parties report them: what people know about their account when nothing else.

A service is kept under its name and under its number, each folded: case, canonical Unicode form, spaces and a final dot
make no difference, and a domain is its ASCII form. Letters that only look alike stay different.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import idna
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.support.table import account_services

MAX_LENGTH = 190


@dataclass(frozen=True, slots=True)
class Service:
    """At least one of the two is given."""

    name: str = ""
    number: str = ""

    @property
    def label(self) -> str:
        return f"{self.name} ({self.number})" if self.name and self.number else self.name or self.number


def fold_service(text: str) -> str:
    """One spelling for a name or a number; empty for what names nothing."""
    words = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", words).lower())
    folded = folded.removeprefix("https://").removeprefix("http://").rstrip("/").rstrip(".")
    return _ascii_domain(folded)[:MAX_LENGTH]


def _ascii_domain(name: str) -> str:
    """`žluťoučký.cz` and `xn--…` are one name; what is no domain stays as it is."""
    if name.isascii() or " " in name or "." not in name:
        return name
    try:
        return idna.encode(name).decode("ascii")
    except idna.IDNAError:
        return name


async def replace_services(
    db: AsyncConnection, *, client_id: str, account_id: str, services: Sequence[Service], now: int
) -> bool:
    """What this relying party says about the account from now on; what others say stays. False: it said that before."""
    await _one_at_a_time(db, f"{client_id} {account_id}")
    own = (account_services.c.client_id == client_id, account_services.c.account_id == account_id)
    before = {row.key: Service(row.name, row.number) for row in await db.execute(select(account_services).where(*own))}
    by_key = {key: each for each in services for key in (fold_service(each.name), fold_service(each.number)) if key}
    if by_key == before:
        return False
    await db.execute(delete(account_services).where(*own))
    rows = [
        {"key": key, "name": each.name, "number": each.number, "updated_at": now}
        | {"client_id": client_id, "account_id": account_id}
        for key, each in by_key.items()
    ]
    if rows:
        await db.execute(account_services.insert(), rows)
    return True


async def _one_at_a_time(db: AsyncConnection, topic: str) -> None:
    """Two lists for one account wait for one another until they commit. SQLite has one writer anyway."""
    if db.dialect.name == "postgresql":
        await db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"services {topic}"))))


async def list_services(db: AsyncConnection, account_id: str, *, client_id: str | None = None) -> list[Service]:
    """The account's services, each once; of one relying party if asked."""
    name, number = account_services.c.name, account_services.c.number
    query = select(name, number).where(account_services.c.account_id == account_id)
    if client_id is not None:
        query = query.where(account_services.c.client_id == client_id)
    return [Service(row.name, row.number) for row in await db.execute(query.distinct().order_by(name, number))]


async def find_accounts(db: AsyncConnection, text: str, *, limit: int = 20) -> list[str]:
    """The ids of the accounts with a service of this full name or number."""
    key = fold_service(text)
    if not key:
        return []
    query = select(account_services.c.account_id).where(account_services.c.key == key).distinct()
    return list(await db.scalars(query.order_by(account_services.c.account_id).limit(limit)))


async def holds_service(db: AsyncConnection, account_id: str, text: str) -> bool:
    """Whether the account has the service that somebody named."""
    query = select(account_services.c.key).where(
        account_services.c.account_id == account_id, account_services.c.key == fold_service(text)
    )
    return (await db.execute(query.limit(1))).first() is not None
