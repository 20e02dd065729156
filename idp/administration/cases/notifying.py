"""Who hears of a case: the address it came from, and the owner of the account on every known channel (RC-24)."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.administration.cases.office import Office
from idp.audit.record import Origin
from idp.lifecycle.notices import circumstances
from idp.lifecycle.objections import make_objection
from idp.messaging.kinds import Kind
from idp.messaging.outbox import Message, enqueue
from idp.sealing import MasterKeys
from idp.support.case import Case, CaseKind

_BEYOND_HOLD = 30 * 24 * 3600  # a second approval may take its time


def change_of(case: Case) -> str:
    """What the case changes of its account: `otp` goes, or `email` is replaced."""
    if case.kind is CaseKind.NO_CHANNEL_LEFT:
        return case.topic if case.topic in {"otp", "email"} else ""
    return {CaseKind.OTP_DEACTIVATION: "otp", CaseKind.LOGIN_EMAIL_CHANGE: "email"}.get(case.kind, "")


async def tell_contact(
    db: AsyncConnection, keys: MasterKeys, case: Case, kind: Kind, *, origin: Origin, **values: str | int
) -> None:
    """A mail to the address that the case came from; it holds nothing of the account."""
    message = Message("mail", kind, None, case.contact_email, case.locale, {"number": case.number, **values})
    await enqueue(db, keys, message, origin.now)


async def tell_owner(
    db: AsyncConnection,
    keys: MasterKeys,
    account: Account,
    kind: Kind,
    *,
    origin: Origin,
    values: Mapping[str, str | int] | None = None,
) -> None:
    """A mail to the login email, and an SMS to the phone if it was ever proven."""
    said = {"when": origin.now, **(values or {})}
    if origin.actor == "anonymous":
        said = circumstances(origin) | said  # the customer's own browser; never an operator's
    mail = Message("mail", kind, account.id, account.login_email, account.locale, said)
    await enqueue(db, keys, mail, origin.now)
    if account.phone is not None and account.phone_is_verified:
        await enqueue(db, keys, Message("sms", kind, account.id, account.phone, account.locale, said), origin.now)


async def announce_change(
    db: AsyncConnection, keys: MasterKeys, case: Case, account: Account, *, office: Office, origin: Origin
) -> None:
    """What is going to happen to the account, when, and the link that stops it (F9.3)."""
    token = await make_objection(
        db,
        account_id=account.id,
        subject="case",
        reference=case.id,
        lifetime=office.hold + _BEYOND_HOLD,
        now=origin.now,
    )
    values: dict[str, str | int] = {
        "number": case.number,
        "change": change_of(case),
        "until": case.hold_until or 0,
        "link": office.objection_link(token),
    }
    await tell_owner(db, keys, account, "case_announced", origin=origin, values=values)
