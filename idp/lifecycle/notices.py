"""Mails to the owner of an account about what happened to it."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.audit.record import Origin
from idp.messaging.kinds import Kind
from idp.messaging.outbox import Message, enqueue
from idp.protocol.user_agent_binding import read_user_agent
from idp.sealing import MasterKeys


async def notify_owner(
    db: AsyncConnection,
    keys: MasterKeys,
    *,
    account_id: str,
    kind: Kind,
    origin: Origin,
    values: Mapping[str, str | int] | None = None,
) -> None:
    """Queues a mail to the account's login email; an account that is gone gets none."""
    account = await accounts.find(db, account_id)
    if account is not None:
        await mail_owner(db, keys, account, kind=kind, origin=origin, values=values)


async def mail_owner(
    db: AsyncConnection,
    keys: MasterKeys,
    account: Account,
    *,
    kind: Kind,
    origin: Origin,
    values: Mapping[str, str | int] | None = None,
) -> None:
    """See `notify_owner`."""
    message = Message(
        channel="mail",
        kind=kind,
        account_id=account.id,
        recipient=account.login_email,
        locale=account.locale,
        values=circumstances(origin) | dict(values or {}),
        expires_at=None,
    )
    await enqueue(db, keys, message, origin.now)


async def text_owner(db: AsyncConnection, keys: MasterKeys, *, account_id: str, kind: Kind, origin: Origin) -> None:
    """The same news by SMS, where the account has a phone that is proven to be its owner's (RC-24)."""
    account = await accounts.find(db, account_id)
    if account is None or account.phone is None or not account.phone_is_verified:
        return
    message = Message(
        channel="sms",
        kind=kind,
        account_id=account_id,
        recipient=account.phone,
        locale=account.locale,
        values={},
        expires_at=None,
    )
    await enqueue(db, keys, message, origin.now)


def circumstances(origin: Origin) -> dict[str, str | int]:
    """When, with what and from where: what every message about an account says (LG-08)."""
    return {"when": origin.now, "browser": browser_name(origin.user_agent), "address": origin.address or ""}


def browser_name(user_agent: str | None) -> str:
    """`Chrome 156, Linux` as people know it; an unknown agent by the start of its own words."""
    agent = read_user_agent(user_agent)
    if agent is None:
        return ""
    return f"{agent.family} {agent.version // 1_000_000}, {agent.platform}" if agent.family else agent.raw[:60]
