"""The hint that the desk may give: `lu**@we***.c**` for `luke@wedos.com`, never the address (F7.2, RC-22)."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.accounts.identifiers import mask_email
from idp.administration.cases.acting import Doing, note_action, take
from idp.administration.cases.notifying import tell_contact
from idp.administration.cases.office import Office
from idp.administration.cases.operators import Denied, Operator
from idp.administration.refusal import Refused
from idp.audit.events import Event
from idp.audit.record import Origin
from idp.sealing import MasterKeys
from idp.support import store
from idp.support.case import Case, CaseKind
from idp.support.evidence import missing_evidence
from idp.support.services import holds_service
from idp.throttling.attempts import Allowed, DailyCap, reserve

_A_DAY = DailyCap(limit=5)  # to one address, and about one account (AD-24)


async def send_hint(
    db: AsyncConnection, keys: MasterKeys, case: Case, *, operator: Operator, office: Office, origin: Origin
) -> Case:
    """Mails the hint to the contact address; raises `Refused`. The case stays open until somebody approves it."""
    taken = await take(db, case, operator=operator)
    account = taken.needed_account()
    if taken.case.kind is not CaseKind.EMAIL_HINT:
        raise Refused("Only a request for the hint is answered with the hint.")
    received = {each.item for each in await store.list_evidence(db, taken.case.id)}
    if missing_evidence(taken.case.kind, received):
        raise Refused("No service was named: ask for the full name or the number of one.")
    await send_hint_now(db, keys, taken.case, account, doing=Doing(operator.actor, office, origin))
    return taken.case


async def send_hint_now(
    db: AsyncConnection,
    keys: MasterKeys,
    case: Case,
    account: Account,
    *,
    doing: Doing,
) -> None:
    """The account must have the service that was named; so many a day. Raises `Refused`."""
    origin = doing.origin
    if not await holds_service(db, account.id, case.service):
        raise Refused("The account has no such service: find the account that has it, or reject the request.")
    for key in (f"case-hint:{case.contact_email}", f"case-hint:{account.id}"):
        if not isinstance(await reserve(db, key, _A_DAY, origin.now), Allowed):
            raise Denied(
                "Five hints were given today to this address or about this account: wait until tomorrow.",
                event=Event.THROTTLED,
                account_id=account.id,
            )
    hint = mask_email(account.login_email)
    link = f"{doing.office.issuer}/login"
    await tell_contact(db, keys, case, "email_hint", origin=origin, service=case.service, hint=hint, link=link)
    await note_action(db, case, Event.CASE_HINT_SENT, actor=doing.actor, text=hint, origin=origin)
