"""What an approved case does to its account. Each effect ends every session and grant, and tells the owner."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account, AccountStatus
from idp.administration.cases.acting import Doing, note_action
from idp.administration.cases.hints import send_hint_now
from idp.administration.cases.notifying import change_of, tell_contact, tell_owner
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.credentials import otp_recoveries
from idp.credentials import store as credentials
from idp.credentials.one_time_codes import void_codes
from idp.lifecycle.end_account_access import end_account_access
from idp.sealing import MasterKeys
from idp.sessions.session import EndReason
from idp.support import store
from idp.support.case import Case, CaseKind


async def check_effect(db: AsyncConnection, case: Case, account: Account) -> None:
    """Whether what is asked for could be done now; raises `Refused`."""
    if account.status is AccountStatus.CLOSED:
        raise Refused("This account is closed: nothing can be done to it any more.")
    if not case.weakens_account:
        return
    change = change_of(case)
    if not change:
        raise Refused("The case does not say what is to be changed: open another one with the topic otp or email.")
    if change == "otp" and not await credentials.has_active_otp(db, account.id):
        raise Refused("OTP is off already: reject the case.")
    if change == "email":
        await _check_new_address(db, case, account)


async def carry_out_effect(
    db: AsyncConnection,
    keys: MasterKeys,
    case: Case,
    account: Account | None,
    *,
    doing: Doing,
) -> None:
    """Once, in the transaction that made the case `done`; raises `Refused`."""
    origin = doing.origin
    if account is not None:
        await check_effect(db, case, account)
        change = change_of(case)
        if change == "otp":
            await _switch_otp_off(db, keys, account, doing)
        elif change == "email":
            await _replace_email(db, keys, case, account, origin=origin)
    if case.kind is CaseKind.EMAIL_HINT and account is not None:
        if not await store.actors_of(db, case.id, ("hint_sent",)):
            await send_hint_now(db, keys, case, account, doing=doing)
    else:
        await tell_contact(db, keys, case, "case_done", origin=origin)
    await note_action(db, case, Event.CASE_DONE, actor=doing.actor, origin=origin)


async def _switch_otp_off(db: AsyncConnection, keys: MasterKeys, account: Account, doing: Doing) -> None:
    origin = doing.origin
    await credentials.delete_otp(db, account.id)
    await otp_recoveries.end_all(db, account.id, now=origin.now)
    await void_codes(db, account.id)
    if doing.office.reenrols_otp:
        await accounts.demand_otp(db, account.id, since=origin.now, now=origin.now)  # MF-20
    await record(
        db, Event.OTP_DISABLED, outcome="success", origin=origin, account_id=account.id, details={"by": "support"}
    )
    await end_account_access(db, account.id, reason=EndReason.OTP_CHANGED, origin=origin)
    await tell_owner(db, keys, account, "otp_disabled", origin=origin)


async def _replace_email(
    db: AsyncConnection, keys: MasterKeys, case: Case, account: Account, *, origin: Origin
) -> None:
    replaced = await accounts.replace_login_email(
        db, account.id, old=account.login_email, new=case.new_email, now=origin.now
    )
    if not replaced:
        raise Refused("The new address belongs to another account: reject the case.")
    await void_codes(db, account.id)  # what was mailed to the old address is worth nothing any more
    await record(
        db, Event.EMAIL_CHANGED, outcome="success", origin=origin, account_id=account.id, details={"by": "support"}
    )
    await end_account_access(db, account.id, reason=EndReason.BY_OPERATOR, origin=origin)
    await tell_owner(db, keys, account, "email_changed", origin=origin)
    await tell_owner(db, keys, replace(account, login_email=case.new_email, phone=None), "email_changed", origin=origin)


async def _check_new_address(db: AsyncConnection, case: Case, account: Account) -> None:
    if not case.new_email:
        raise Refused("The case names no new address: open another one.")
    if case.old_email and case.old_email != account.login_email:
        raise Refused("The old address of the case is not the login email of its account: look for the right one.")
    holder = await accounts.find_by_email(db, case.new_email)
    if holder is not None and (holder.id == account.id or holder.email_is_verified or not holder.is_active):
        raise Refused("The new address belongs to an account already: reject the case.")
