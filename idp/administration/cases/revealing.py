"""Shows an operator a whole login email, for a reason, under the eyes of its owner."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.administration.cases.acting import needed_reason
from idp.administration.cases.operators import Denied, Operator, check_may_act_on
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.messaging.outbox import Message, enqueue
from idp.sealing import MasterKeys
from idp.throttling.attempts import Allowed, DailyCap, reserve

_A_DAY = DailyCap(limit=20)


async def reveal(
    db: AsyncConnection, keys: MasterKeys, account: Account, *, operator: Operator, reason: str, origin: Origin
) -> str:
    """The login email. The owner is mailed and sees it in the account's history. Raises `Refused`."""
    check_may_act_on(operator, account)
    why = needed_reason(reason)
    if not isinstance(await reserve(db, f"desk-reveal:{operator.id}", _A_DAY, origin.now), Allowed):
        raise Denied("These were too many addresses for one day.", event=Event.THROTTLED, account_id=account.id)
    await record(
        db,
        Event.EMAIL_REVEALED,
        outcome="success",
        origin=origin,
        account_id=account.id,
        details={"reason": why, "operator": operator.actor},
    )
    values: dict[str, str | int] = {"when": origin.now, "reason": why}
    message = Message("mail", "email_revealed", account.id, account.login_email, account.locale, values)
    await enqueue(db, keys, message, origin.now)
    return account.login_email
