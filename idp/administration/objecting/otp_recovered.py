"""The owner did not turn OTP off: the account is locked at once, and people take over."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.identifiers import mask_email
from idp.administration.accounts import lock_account
from idp.administration.cases.office import office_of
from idp.administration.cases.opening import NewCase, open_case
from idp.administration.objecting.subject import Acting
from idp.credentials import otp_recoveries
from idp.lifecycle.end_account_access import end_account_access
from idp.lifecycle.notices import browser_name
from idp.sessions.session import EndReason
from idp.support.case import CaseKind
from idp.support.objections import Objection

REASON = "The owner objected: OTP was turned off by somebody else."


async def tell(db: AsyncConnection, objection: Objection) -> dict[str, Any]:
    """When OTP was turned off, from which browser and address, and of which account."""
    recovery = await otp_recoveries.find(db, objection.reference)
    account = await accounts.find(db, objection.account_id)
    return {
        "hint": mask_email(account.login_email) if account else "",
        "when": (recovery.done_at if recovery else None) or objection.created_at,
        "browser": browser_name(recovery.user_agent) if recovery else "",
        "address": (recovery.address if recovery else None) or "",
    }


async def act(db: AsyncConnection, objection: Objection, acting: Acting) -> None:
    """Locks the account with all its sessions and grants, and opens a case. One that is locked already stays so."""
    account = await accounts.find(db, objection.account_id)
    if account is None:
        return
    if account.is_active:
        await lock_account(db, acting.keys, account, reason=REASON, origin=acting.origin)
    else:
        await end_account_access(db, account.id, reason=EndReason.ACCOUNT_LOCKED, origin=acting.origin)
    case = NewCase(
        kind=CaseKind.GENERAL,
        contact_email=account.login_email,
        locale=account.locale,
        account_id=account.id,
        topic="objection",
        message=f"{REASON} Recovery {objection.reference}.",
    )
    await open_case(db, acting.keys, case, office=office_of(acting.settings), origin=acting.origin)
