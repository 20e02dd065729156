"""The account's own phone authorises a change: an SMS code that the customer types in and that no operator ever sees.

The code names what it is for. It fits this case and this account only; five tries, and a few messages a day.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.administration.cases.acting import CUSTOMER, note_action, take
from idp.administration.cases.notifying import change_of
from idp.administration.cases.office import Office
from idp.administration.cases.operators import Operator
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.credentials.one_time_codes import (
    CodeRefusal,
    CodeRequest,
    IssuedCode,
    live_transaction,
    redeem_code,
)
from idp.lifecycle.code_messages import NotSent, NotSentReason, send_code
from idp.messaging.outbox import Message
from idp.sealing import MasterKeys
from idp.support import store
from idp.support.case import Case, CaseKind, CaseStatus
from idp.support.evidence import EvidenceItem

PURPOSE = "case"
_UNDECIDED = (CaseStatus.OPEN, CaseStatus.NEEDS_SECOND)
_NOT_SENT = {
    NotSentReason.WAIT: "The last SMS left a moment ago: wait a minute.",
    NotSentReason.TARGET: "This phone has had its share of messages: wait an hour.",
    NotSentReason.TOO_MANY: "This account has had its share of messages: wait until tomorrow.",
    NotSentReason.COUNTRY: "No SMS is sent to this country: this takes a case of the kind no_channel_left.",
    NotSentReason.BUDGET: "Too many SMS are leaving at the moment: try again in an hour.",
}
_KINDS = {CaseKind.OTP_DEACTIVATION, CaseKind.LOGIN_EMAIL_CHANGE}


async def send_authorisation(
    db: AsyncConnection, keys: MasterKeys, case: Case, *, operator: Operator, office: Office, origin: Origin
) -> Case:
    """The SMS to the phone on file; raises `Refused`."""
    taken = await take(db, case, operator=operator)
    case, account = taken.case, taken.needed_account()
    phone = _phone_for(case, account)
    if case.kind is CaseKind.LOGIN_EMAIL_CHANGE and not case.new_email:
        raise Refused("The case names no new address: open another one.")
    transaction = await live_transaction(db, PURPOSE, account_id=account.id, device_id=_bound_to(case), now=origin.now)
    request = CodeRequest(PURPOSE, account.id, _bound_to(case), phone, office.code_lifetime, transaction)

    def write(issued: IssuedCode) -> Message:
        values = {"code": issued.code, "number": case.number, "change": change_of(case), "new_email": case.new_email}
        expires_at = origin.now + office.code_lifetime
        return Message("sms", "authorise_case", account.id, phone, account.locale, values, expires_at)

    sent = await send_code(db, keys, request, write, sms=office.sms, origin=origin)
    if isinstance(sent, NotSent):
        raise Refused(_NOT_SENT[sent.reason])
    await note_action(db, case, Event.CASE_SMS_SENT, actor=operator.actor, origin=origin)
    return case


async def authorise(
    db: AsyncConnection, keys: MasterKeys, case: Case, code: str, *, device_id: str, origin: Origin
) -> Case | CodeRefusal:
    """What the customer typed. Commit it whatever the answer: the try is counted. Raises `Refused` when it is too late.

    `device_id` is that of the browser it was typed in, for the record.
    """
    taken = await take(db, case, operator=None)
    case, account = taken.case, taken.account
    if case.status not in _UNDECIDED or account is None:
        return CodeRefusal.EXPIRED
    transaction = await live_transaction(db, PURPOSE, account_id=account.id, device_id=_bound_to(case), now=origin.now)
    if transaction is None:
        return CodeRefusal.EXPIRED
    redeemed = await redeem_code(
        db, keys, transaction_id=transaction, purpose=PURPOSE, device_id=_bound_to(case), code=code, now=origin.now
    )
    if isinstance(redeemed, CodeRefusal):
        details = {"case": case.number, "reason": redeemed.value, "device": device_id}
        await record(
            db, Event.VERIFICATION_FAILED, outcome="failure", origin=origin, account_id=account.id, details=details
        )
        return redeemed
    if redeemed.target != account.phone or not account.phone_is_verified:
        return CodeRefusal.EXPIRED  # the account has another phone by now
    changed = await store.change(
        db, case, from_statuses=_UNDECIDED, now=origin.now, values={"phone_authorised_at": origin.now}
    )
    if changed is None:
        return CodeRefusal.EXPIRED
    await store.add_evidence(db, case.id, EvidenceItem.PHONE_CODE, at=origin.now, by=CUSTOMER)
    await note_action(db, changed, Event.CASE_PHONE_AUTHORISED, actor=CUSTOMER, origin=origin)
    return changed


def _phone_for(case: Case, account: Account) -> str:
    """Proven, and before the case came in: who has just put in a number of their own gets no code there."""
    if case.kind not in _KINDS or case.status not in _UNDECIDED:
        raise Refused("A phone cannot authorise this case.")
    if case.phone_authorised_at is not None:
        raise Refused("The phone has authorised this case already.")
    if account.phone is None or not account.phone_is_verified:
        raise Refused("The account has no proven phone: this takes a case of the kind no_channel_left.")
    if (account.phone_verified_at or 0) > case.created_at:
        raise Refused("The phone was changed after this case was opened: it cannot authorise it.")
    return account.phone


def _bound_to(case: Case) -> str:
    """In place of a browser: the code is sent before anybody knows which one it will be typed in."""
    return f"case:{case.id}"
