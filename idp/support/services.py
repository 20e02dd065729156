"""Services of accounts, as the relying parties report them: what people know about their account when nothing else.

A service is kept under its name and under its number, each folded: case, canonical Unicode form, spaces and a final dot
make no difference, and a domain is its ASCII form. Letters that only look alike stay different.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import idna
from sqlalchemy import delete, select
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
) -> None:
    """What this relying party says about the account from now on; what others say stays."""
    own = account_services.c
    await db.execute(delete(account_services).where(own.client_id == client_id, own.account_id == account_id))
    rows = {
        key: {"client_id": client_id, "account_id": account_id, "key": key, "label": each.label, "updated_at": now}
        for each in services
        for key in (fold_service(each.name), fold_service(each.number))
        if key
    }
    if rows:
        await db.execute(account_services.insert(), list(rows.values()))


async def list_services(db: AsyncConnection, account_id: str, *, client_id: str | None = None) -> list[str]:
    """The labels of the account's services, each once."""
    query = select(account_services.c.label).where(account_services.c.account_id == account_id)
    if client_id is not None:
        query = query.where(account_services.c.client_id == client_id)
    return list(await db.scalars(query.distinct().order_by(account_services.c.label)))


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
