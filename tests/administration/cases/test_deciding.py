"""Who may approve what: two persons, their roles, the phone that stands for one of them, the evidence before all."""

import pytest

from idp.accounts import store as accounts
from idp.accounts.account import AccountStatus, Role
from idp.administration.accounts import NewAccount, create_account
from idp.administration.cases.operators import Denied
from idp.administration.refusal import Refused
from idp.support.case import Case, CaseKind, CaseStatus
from idp.support.evidence import EvidenceItem
from idp.support.transitions import after_approval, asks_for_second_person
from tests.administration.cases.desk import NEW_EMAIL, Desk

_OPEN, _SECOND, _HOLDING = CaseStatus.OPEN, CaseStatus.NEEDS_SECOND, CaseStatus.HOLDING

# kind, whether the phone has spoken: where approvals lead from `open` and from `needs_second`
TABLE = [
    (CaseKind.EMAIL_HINT, False, CaseStatus.DONE, CaseStatus.DONE),
    (CaseKind.GENERAL, False, CaseStatus.DONE, CaseStatus.DONE),
    (CaseKind.OTP_DEACTIVATION, False, _SECOND, _HOLDING),
    (CaseKind.OTP_DEACTIVATION, True, CaseStatus.DONE, CaseStatus.DONE),
    (CaseKind.LOGIN_EMAIL_CHANGE, False, _SECOND, _HOLDING),
    (CaseKind.LOGIN_EMAIL_CHANGE, True, CaseStatus.DONE, CaseStatus.DONE),
    (CaseKind.NO_CHANNEL_LEFT, False, _SECOND, _HOLDING),
    (CaseKind.NO_CHANNEL_LEFT, True, _SECOND, _HOLDING),
]


def a_case(kind: CaseKind, status: CaseStatus, *, phone: bool) -> Case:
    return Case(
        "id", "K7F3-9QXM", kind, status, "acc_1", "a@b.example", "en", "", "", "", "", "", "", 0, 0, 0,
        phone_authorised_at=1 if phone else None,
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "phone", "from_open", "from_second"), TABLE)
def test_the_state_machine_is_this_table(
    kind: CaseKind, phone: bool, from_open: CaseStatus, from_second: CaseStatus
) -> None:
    """Nothing that weakens an account is done by one approval alone, and a closed case is approved by nobody."""
    assert after_approval(a_case(kind, _OPEN, phone=phone)) is from_open
    assert after_approval(a_case(kind, _SECOND, phone=phone)) is from_second
    for closed in (_HOLDING, CaseStatus.DONE, CaseStatus.REJECTED, CaseStatus.OBJECTED):
        assert after_approval(a_case(kind, closed, phone=phone)) is None


def test_who_must_be_another_person() -> None:
    """The second of two always; for a new login email also beside the phone."""
    asked = {(kind, phone): asks_for_second_person(a_case(kind, _OPEN, phone=phone)) for kind, phone, *_ in TABLE}
    assert [pair for pair, asks in asked.items() if asks] == [(CaseKind.LOGIN_EMAIL_CHANGE, True)]
    assert all(asks_for_second_person(a_case(kind, _SECOND, phone=phone)) for kind, phone, *_ in TABLE)


async def test_nobody_approves_twice(desk: Desk) -> None:
    """The first approver is refused, with any role and however often, and that is on record; a colleague is not."""
    await desk.hire("admin", Role.ADMIN)
    case = await desk.otp_case(await desk.customer())
    await desk.approve(case, "admin")
    for _ in range(2):
        with pytest.raises(Denied, match="a colleague"):
            await desk.approve(case, "admin")
    assert (await desk.now(case)).status == "needs_second"
    assert (await desk.provider.events(event="case_denied")) == ["case_denied"] * 2
    assert (await desk.approve(case, "carl")).status == "holding"
    with pytest.raises(Refused, match="held back"):
        await desk.approve(case, "bob")


@pytest.mark.requirement("LG-04")
async def test_the_second_takes_a_role(desk: Desk) -> None:
    """Two of support are not enough; the refusal is in the audit log with who, whom and where from."""
    customer = await desk.customer()
    case = await desk.otp_case(customer)
    await desk.approve(case, "ada")
    with pytest.raises(Denied, match="role approver"):
        await desk.approve(case, "bob")
    async with desk.provider.wiring.database.reading() as db:
        (event,) = [each for each in await desk.audit(db) if each.event == "case_denied"]
    assert (event.actor, event.account_id, event.address, event.outcome) == (
        desk.operators["bob"].id, customer.id, "192.0.2.80", "refused",
    )  # fmt: skip


@pytest.mark.parametrize("brought_by", ["assigned", "sent the SMS"])
async def test_beside_the_phone_the_one_who_brought_the_case_does_not_confirm_it(desk: Desk, brought_by: str) -> None:
    """F7.3: opener or assigner and confirmer are two persons, and the confirmer has the role."""
    customer = await desk.customer()
    case = await desk.email_case(None if brought_by == "assigned" else customer)
    if brought_by == "assigned":
        await desk.assign(case, customer, "carl")
    await desk.authorise_by_phone(case, "ada" if brought_by == "assigned" else "carl")
    with pytest.raises(Denied, match="a colleague must confirm"):
        await desk.approve(case, "carl")
    with pytest.raises(Denied, match="role approver"):
        await desk.approve(case, "bob")
    await desk.hire("dora", Role.APPROVER)
    assert (await desk.approve(case, "dora")).status == "done"
    assert (await desk.account(customer.id)).login_email == NEW_EMAIL


@pytest.mark.parametrize(
    ("kind", "half"),
    [
        (CaseKind.EMAIL_HINT, None),
        (CaseKind.OTP_DEACTIVATION, None),
        (CaseKind.LOGIN_EMAIL_CHANGE, None),
        (CaseKind.LOGIN_EMAIL_CHANGE, EvidenceItem.OLD_ADDRESS),
        (CaseKind.NO_CHANNEL_LEFT, None),
    ],
)
async def test_without_the_evidence_nobody_approves(desk: Desk, kind: CaseKind, half: EvidenceItem | None) -> None:
    """The checklist is complete before the first approval; half of it is not enough."""
    case = await desk.open(kind, await desk.customer(), topic="otp")
    if half:
        await desk.receive(case, half)
    for who in ("ada", "carl"):
        with pytest.raises(Refused, match="not complete"):
            await desk.approve(case, who)
    assert (await desk.now(case)).status == "open"


async def test_an_operator_cannot_note_the_phone_code(desk: Desk) -> None:
    """It comes from the customer or not at all; what a kind does not ask for is no evidence for it."""
    case = await desk.email_case(await desk.customer())
    with pytest.raises(Refused, match="customer types"):
        await desk.receive(case, EvidenceItem.PHONE_CODE)
    with pytest.raises(Refused, match="does not ask"):
        await desk.receive(case, EvidenceItem.SIGNED_DOCUMENTS)


@pytest.mark.requirement("AD-06")
async def test_nobody_works_on_their_own_account_and_support_on_no_operators(desk: Desk) -> None:
    """Any step on one's own account is refused; on an operator's account support takes none, an approver may."""
    own = await desk.account(desk.operators["carl"].id)
    case = await desk.open(CaseKind.GENERAL, own)
    for step in (desk.note(case, "mine", "carl"), desk.approve(case, "carl"), desk.reject(case, "carl")):
        with pytest.raises(Denied, match="own account"):
            await step
    for step in (desk.note(case, "his", "ada"), desk.approve(case, "ada"), desk.reject(case, "ada")):
        with pytest.raises(Denied, match="operator's account"):
            await step
    unassigned = await desk.open(CaseKind.GENERAL)
    with pytest.raises(Denied, match="operator's account"):
        await desk.assign(unassigned, own, "ada")
    with pytest.raises(Denied, match="own account"):
        await desk.assign(unassigned, own, "carl")
    await desk.hire("dora", Role.APPROVER)
    assert (await desk.approve(case, "dora")).status == "done"


async def test_a_case_needs_its_account_and_a_reason(desk: Desk) -> None:
    """Before an account is assigned nothing is approved, and never without a word why."""
    case = await desk.open(CaseKind.OTP_DEACTIVATION)
    await desk.receive(case, EvidenceItem.IDENTITY_DOCUMENTS)
    with pytest.raises(Refused, match="no account yet"):
        await desk.approve(case, "ada")
    customer = await desk.customer()
    await desk.assign(case, customer)
    for step in (desk.approve(case, "ada", " \n"), desk.reject(case, "ada", "\u200b")):
        with pytest.raises(Refused, match="Say why"):
            await step
    await desk.approve(case, "ada")
    other = await desk.provider.account("other@wedos.com", phone=None)
    with pytest.raises(Refused, match="another account"):
        await desk.assign(case, other, "bob")


@pytest.mark.parametrize("what", ["taken", "unverified", "wrong old", "no topic", "off already", "closed"])
async def test_what_cannot_be_done_is_not_approved(desk: Desk, what: str) -> None:
    """A new address that somebody has, an old one that is not the account's, OTP that is off: one sentence each."""
    customer = await desk.customer(otp=what != "off already")
    provider = desk.provider
    values = {"new_email": NEW_EMAIL, "topic": "email", "old_email": ""}
    if what == "wrong old":
        values["old_email"] = "somebody@wedos.com"
    if what in {"taken", "unverified"}:
        await provider.account(NEW_EMAIL, email_verified=what == "taken", phone=None)
    if what in {"no topic", "off already"}:
        values = {"topic": "otp" if what == "off already" else "anything"}
    if what == "closed":
        async with provider.wiring.database.writing() as db:
            await accounts.set_status(db, customer.id, status=AccountStatus.CLOSED, reason=None, now=0)
    case = await desk.open(CaseKind.NO_CHANNEL_LEFT, customer, **values)
    await desk.receive(case, EvidenceItem.SIGNED_DOCUMENTS)
    if what == "unverified":  # nobody has proven it: its holder keeps nothing
        await desk.approve(case, "ada")
        return
    with pytest.raises(Refused):
        await desk.approve(case, "ada")
    assert (await desk.now(case)).status == "open"


async def test_a_hold_that_cannot_be_carried_out_ends_with_a_reason(desk: Desk) -> None:
    """The new address was taken during the hold: nothing changes, and the desk and the contact hear of it."""
    customer = await desk.customer()
    case = await desk.open(CaseKind.NO_CHANNEL_LEFT, customer, topic="email", new_email=NEW_EMAIL)
    await desk.receive(case, EvidenceItem.SIGNED_DOCUMENTS)
    await desk.approve(case, "ada")
    await desk.approve(case, "carl")
    taker = NewAccount(NEW_EMAIL, "en", email_verified=True)
    async with desk.provider.wiring.database.writing() as db:
        await create_account(db, taker, "hash", origin=desk.provider.origin())
    desk.provider.clock.advance(hours=72)
    assert await desk.carry_out_held() == 0
    ended = await desk.now(case)
    assert (ended.status, (await desk.account(customer.id)).login_email) == ("rejected", "luke@wedos.com")
    assert "belongs to an account" in ended.reason
    assert await desk.carry_out_held() == 0


async def test_closed_cases_stay_closed(desk: Desk) -> None:
    """After a rejection, an objection or its end a case takes notes and nothing else."""
    customer = await desk.customer()
    rejected, objected = await desk.otp_case(customer), await desk.otp_case(customer)
    await desk.reject(rejected, "ada")
    await desk.object(objected)
    done = await desk.open(CaseKind.GENERAL)
    await desk.approve(done, "ada")
    for case in (rejected, objected, done):
        for step in (desk.approve(case, "carl"), desk.reject(case, "carl"), desk.send_sms(case)):
            with pytest.raises(Refused, match="closed"):
                await step
        await desk.note(case, "seen")
    with pytest.raises(Refused, match="nothing left to object"):
        await desk.object(rejected)
    assert (await desk.object(objected)).status == "objected"
