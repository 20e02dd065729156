"""What pages of the desk show of rows: hints instead of addresses, coarse networks, names of operators (AD-15)."""

import ipaddress
from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.accounts.identifiers import mask_email, mask_phone
from idp.administration.messages import answer_without_recipient
from idp.messaging.store import MessageFate

MOST_FATES = 20


def customer_view(account: Account) -> dict[str, str]:
    """An account as a row of a list."""
    return {
        "id": account.id,
        "hint": email_hint(account.login_email),
        "masked_phone": mask_phone(account.phone) if account.phone else "",
    }


def email_hint(email: str) -> str:
    """The hint; an account that was closed for another one has no address."""
    return mask_email(email) if "@" in email else "–"


def fate_view(fate: MessageFate) -> dict[str, Any]:
    masked = mask_phone(fate.recipient) if fate.channel == "sms" else email_hint(fate.recipient)
    return {
        "created_at": fate.created_at,
        "kind": fate.kind,
        "channel": fate.channel,
        "masked": masked,
        "state": fate.state,
        "gateway": fate.gateway,
        "answer": answer_without_recipient(fate, masked),
    }


def coarse_network(address: str | None) -> str:
    """`192.0.2.x`: enough to tell home from abroad to somebody who knows networks, too little to find a household."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "–"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed).rpartition(".")[0] + ".x"
    return str(ipaddress.ip_network((parsed, 48), strict=False))


async def names_of(db: AsyncConnection, actors: Iterable[str]) -> dict[str, str]:
    """Who it was, by what stands in rows: an operator's name; whatever is no account stands for itself."""
    names: dict[str, str] = {}
    for actor in set(actors):
        account = await accounts.find(db, actor) if actor.startswith("acc_") else None
        names[actor] = account.display_name if account is not None and account.is_operator else actor
    return names
