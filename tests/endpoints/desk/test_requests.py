"""Working on a request: hint, evidence, two persons, refusals."""

import pytest

from idp.accounts import store as accounts
from idp.accounts.account import Role
from idp.credentials import store as credentials
from idp.support import store as cases
from idp.support.case import Case, CaseKind, CaseStatus
from tests.support.browser import CHROME, Browser, Page
from tests.support.desk import give_service, open_request, operator
from tests.support.provider import Provider

EMAIL = "lucie@wedos.cz"
HINT = "lu***@we***.c*"


async def current(provider: Provider, case: Case) -> Case:
    async with provider.wiring.database.reading() as db:
        found = await cases.find(db, case.id)
    assert found is not None
    return found


async def at(browser: Browser, case: Case) -> Page:
    return await browser.open(f"/desk/requests/{case.number}")


@pytest.mark.requirement("RC-22")
async def test_hint_from_the_queue_to_the_mail(provider: Provider, olga: Browser) -> None:
    """The desk finds the account by its service, sees a hint, and the hint alone is mailed."""
    account = await provider.account(EMAIL)
    await give_service(provider, account.id, "lucie-web.cz")
    case = await open_request(provider, service="Lucie-Web.cz")
    page = await olga.open("/desk")
    assert case.number in page.text
    page = await at(olga, case)
    assert HINT in page.text
    assert EMAIL not in page.text
    page = await olga.submit(button="assign")
    assert page.shows("The account is set.")
    page = await olga.submit(button="send-hint")
    assert page.shows("The hint is on its way.")
    mail = (await provider.inbox())[0]
    assert mail["to"] == "lucie@elsewhere.cz"
    assert HINT in mail["text"]
    assert EMAIL not in str(mail)


async def test_request_without_an_account_is_assigned_by_id(provider: Provider, olga: Browser) -> None:
    """What no form named can be found by a search: the account's id then goes into the request."""
    account = await provider.account(EMAIL)
    case = await open_request(provider, CaseKind.OTP_DEACTIVATION)
    await at(olga, case)
    page = await olga.submit(button="assign-other", account_id="acc_nobody")
    assert page.shows("There is no account with this id.")
    page = await olga.submit(button="assign-other", account_id=account.id)
    assert page.shows("The account is set.")
    assert (await current(provider, case)).account_id == account.id


@pytest.mark.requirement("AD-09")
async def test_otp_deactivation_takes_two_people(provider: Provider, olga: Browser, adam: Browser) -> None:
    """The first approval changes nothing, the same person needs a colleague, and the second carries it out."""
    account = await provider.account(EMAIL, otp=True)
    case = await open_request(provider, CaseKind.OTP_DEACTIVATION, account_id=account.id)
    await at(olga, case)
    page = await olga.submit(button="approve", reason="Passport seen")
    assert page.shows("The evidence is not complete")
    await olga.submit(button="evidence-identity_documents")
    page = await olga.submit(button="approve", reason="Passport seen")
    assert page.shows("Your approval is recorded. A colleague must approve it, too.")
    assert page.shows("A colleague must approve this.")
    assert 'id="approve"' not in page.text
    assert (await current(provider, case)).status is CaseStatus.NEEDS_SECOND
    async with provider.wiring.database.reading() as db:
        assert await credentials.has_active_otp(db, account.id)

    csrf = page.forms[-1].fields["csrf"]
    body = {"csrf": csrf, "decision": "approve", "reason": "me again"}
    page = await olga.post(f"/desk/requests/{case.number}/decision", body)
    assert page.shows("You have approved this already: a colleague must approve it.")
    assert "case_denied" in await provider.events()

    await at(adam, case)
    page = await adam.submit(button="approve", reason="Checked again")
    assert page.shows("Approved") or page.shows("waiting period")
    assert (await current(provider, case)).second_approver is not None


async def test_rejection_says_why_to_colleagues_only(provider: Provider, olga: Browser) -> None:
    """A reason is asked for; the customer hears that it was rejected, and the case is closed."""
    case = await open_request(provider, CaseKind.GENERAL)
    await at(olga, case)
    page = await olga.submit(button="reject", reason="")
    assert page.shows("Say why. The reason is kept with the request.")
    page = await olga.submit(button="reject", reason="Looks like a trick")
    assert page.shows("Rejected. The customer is told.")
    assert 'id="reject"' not in page.text
    mail = (await provider.inbox())[0]
    assert case.number in mail["text"]
    assert "trick" not in mail["text"]


async def test_notes_are_kept_as_text(provider: Provider, olga: Browser) -> None:
    """A note stands in the history under the operator's name, with markup as text."""
    case = await open_request(provider, CaseKind.GENERAL)
    await at(olga, case)
    page = await olga.submit(button="add-note", note="<b>Called</b> back")
    assert page.shows("The note is added.")
    assert "&lt;b&gt;Called&lt;/b&gt; back" in page.text
    assert "Olga" in page.text


@pytest.mark.requirement("AD-06")
async def test_nobody_works_on_their_own_account(provider: Provider, olga: Browser) -> None:
    """The page of a request for one's own account has no actions, and its forms are refused."""
    async with provider.wiring.database.reading() as db:
        own = await accounts.find_by_email(db, "olga@desk.cz")
    assert own is not None
    case = await open_request(provider, CaseKind.OTP_DEACTIVATION, account_id=own.id)
    page = await at(olga, case)
    assert 'id="approve"' not in page.text
    csrf = page.forms[-1].fields["csrf"]
    for action, body in (
        ("decision", {"decision": "approve", "reason": "x"}),
        ("decision", {"decision": "reject", "reason": "x"}),
        ("evidence", {"item": "identity_documents"}),
        ("sms", {}),
        ("hint", {}),
    ):
        page = await olga.post(f"/desk/requests/{case.number}/{action}", {"csrf": csrf, **body})
        assert page.shows("Nobody works on their own account: a colleague must do this."), action
    assert (await current(provider, case)).status is CaseStatus.OPEN


@pytest.mark.requirement("AD-06")
async def test_support_does_not_act_on_staff(provider: Provider, olga: Browser) -> None:
    """An operator's account takes the role approver or admin."""
    async with Browser(provider.app, user_agent=CHROME) as other:
        await operator(provider, other, "petr@desk.cz", Role.SUPPORT)
    async with provider.wiring.database.reading() as db:
        petr = await accounts.find_by_email(db, "petr@desk.cz")
    assert petr is not None
    case = await open_request(provider, CaseKind.OTP_DEACTIVATION, account_id=petr.id)
    await at(olga, case)
    page = await olga.submit(button="reject", reason="x")
    assert page.shows("This is an operator's account: it takes the role approver or admin.") or page.has_error
    assert (await current(provider, case)).status is CaseStatus.OPEN


@pytest.mark.requirement("AD-04")
async def test_fields_that_a_form_does_not_have_change_nothing(provider: Provider, olga: Browser) -> None:
    """No status, approver or account comes in by a form that asks for something else."""
    account = await provider.account(EMAIL)
    case = await open_request(provider, CaseKind.OTP_DEACTIVATION)
    page = await at(olga, case)
    extra = {
        "status": "done", "first_approver": "x", "second_approver": "y", "account_id": account.id, "kind": "general",
        "phone_authorised_at": "1", "hold_until": "1", "roles": "admin", "contact_email": "evil@example.com",
    }  # fmt: skip
    csrf = page.forms[-1].fields["csrf"]
    await olga.post(f"/desk/requests/{case.number}/notes", {"csrf": csrf, "note": "x", **extra})
    after = await current(provider, case)
    assert (after.status, after.account_id, after.kind) == (case.status, None, case.kind)
    assert (after.first_approver, after.second_approver, after.contact_email) == (None, None, case.contact_email)


@pytest.mark.requirement("AD-02")
@pytest.mark.parametrize("path", ["/desk/requests/2222-2222", "/desk/requests/x", "/desk/customers/acc_x"])
async def test_what_nobody_has_is_not_there(provider: Provider, olga: Browser, path: str) -> None:
    """A number or an id that does not exist is a 404, for each method."""
    csrf = (await olga.open("/desk/search")).forms[0].fields["csrf"]
    assert (await olga.open(path)).status == 404
    for action in ("notes", "decision", "reveal", "requests"):
        assert (await olga.post(f"{path}/{action}", {"csrf": csrf, "reason": "x"})).status == 404


async def test_queue_shows_who_waits_for_what(provider: Provider, olga: Browser) -> None:
    """Tiles and tabs count; what is late says so in words; an unknown kind is no page."""
    late = await open_request(provider, CaseKind.GENERAL)
    provider.clock.advance(days=4)
    from_now = await open_request(provider, CaseKind.EMAIL_HINT)
    async with Browser(provider.app, user_agent=CHROME) as fresh:
        page = await operator(provider, fresh, "eva@desk.cz")
        assert page.text.index(late.number) < page.text.index(from_now.number)
        assert page.text.count("Overdue") == 1
        assert '<b id="waiting">2</b>' in page.text
        page = await fresh.open("/desk?kind=email_hint")
        assert from_now.number in page.text
        assert late.number not in page.text
        assert (await fresh.open("/desk?kind=everything")).status == 400
