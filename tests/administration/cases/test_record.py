"""Everything that operators do is on record: who, whom, what, why, when and from where (AD-18's part of a desk)."""

from idp.accounts.account import Role
from idp.support.case import CaseKind
from idp.support.evidence import EvidenceItem
from tests.administration.cases.desk import NEW_EMAIL, Desk


async def test_each_step_names_operator_account_case_reason_and_place(desk: Desk) -> None:
    """The audit log and the case's history tell the same steps; reasons stand in both, notes in the history alone."""
    customer = await desk.customer()
    await desk.report_service(customer)
    await desk.hire("dora", Role.APPROVER)
    case = await desk.email_case()
    await desk.assign(case, customer)
    await desk.note(case, "called back at noon")
    await desk.authorise_by_phone(case)
    await desk.approve(case, "carl", "phone and addresses fit")
    hint = await desk.open(CaseKind.EMAIL_HINT, service="example.com")
    await desk.assign(hint, customer)
    await desk.hint(hint)
    rejected = await desk.open(CaseKind.NO_CHANNEL_LEFT, customer, topic="email", new_email=NEW_EMAIL)
    await desk.receive(rejected, EvidenceItem.SIGNED_DOCUMENTS)
    await desk.reject(rejected, "dora", "the signature is not certified")

    async with desk.provider.wiring.database.reading() as db:
        events = {each.event: each for each in await desk.audit(db) if each.event.startswith("case_")}
        entries = [each for every in (case, hint, rejected) for each in await desk.entries(db, every)]
    assert set(events) == {f"case_{each.action}" for each in entries}
    by_operators = set(events) - {"case_opened", "case_phone_authorised"}
    actors = {operator.id for operator in desk.operators.values()}
    for name in by_operators:
        event = events[name]
        assert event.actor in actors, name
        assert (event.account_id, event.address, event.user_agent) == (customer.id, "192.0.2.80", "Chromium"), name
        assert event.at == desk.provider.clock.now()
        assert event.details["case"] in {case.number, hint.number, rejected.number}
    assert events["case_approved"].details["reason"] == "phone and addresses fit"
    assert events["case_rejected"].details["reason"] == "the signature is not certified"
    assert "called back" not in str(events)
    assert "called back at noon" in [each.text for each in entries]
    assert (await desk.now(rejected)).reason == "the signature is not certified"


async def test_the_customer_is_no_operator_on_record(desk: Desk) -> None:
    """What came by the form, and the code that was typed in, stand under the customer with the customer's address."""
    case = await desk.email_case(await desk.customer())
    await desk.authorise_by_phone(case)
    assert await desk.history(case) == [
        ("customer", "opened"), ("ada", "sms_sent"), ("customer", "phone_authorised"),
    ]  # fmt: skip
    async with desk.provider.wiring.database.reading() as db:
        (opened,) = [each for each in await desk.audit(db) if each.event == "case_opened"]
    assert (opened.actor, opened.address) == ("anonymous", "192.0.2.7")
