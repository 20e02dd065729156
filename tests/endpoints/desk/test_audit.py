"""Who looked at whom: filters, pages, and a file that is harmless to a spreadsheet."""

import csv
import io

import pytest

from idp.audit.events import Event
from idp.audit.record import record
from idp.endpoints.desk.audit import inert
from idp.support.case import CaseKind
from tests.support.browser import Browser
from tests.support.desk import open_request
from tests.support.provider import Provider


@pytest.mark.requirement("AD-18")
async def test_every_step_says_who_whom_what_why_when_and_from_where(provider: Provider, olga: Browser) -> None:
    """A decision is found by its account, with the operator's name, the reason and the address."""
    account = await provider.account("lucie@wedos.cz")
    case = await open_request(provider, CaseKind.GENERAL, account_id=account.id)
    await olga.open(f"/desk/requests/{case.number}")
    await olga.submit(button="reject", reason="Not our service")
    await olga.open("/desk/audit")
    page = await olga.submit(button="filter", account=account.id, actor="", event="case_rejected")
    for shown in ("case_rejected", "Olga", "lu***@we***.c*", "Not our service", case.number, "192.0.2.1"):
        assert shown in page.text, shown
    assert "case_opened" not in page.text
    assert (await olga.open("/desk/audit?event=login_succeeded")).shows("Nothing fits.")


@pytest.mark.requirement("AD-14")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_is_no_formula(start: str) -> None:
    """ASVS 1.2.10: each beginning that a spreadsheet would calculate is text."""
    assert inert(f"{start}1+1") == f"'{start}1+1"
    assert inert(f"x{start}1") == f"x{start}1"


@pytest.mark.requirement("AD-14")
async def test_file_is_formula_safe(provider: Provider, olga: Browser) -> None:
    """A reason that is a formula arrives as text; the file is an attachment, and taking it along is on record."""
    case = await open_request(provider, CaseKind.GENERAL)
    async with provider.wiring.database.writing() as db:
        details = {"reason": '=HYPERLINK("https://evil.example","x")'}
        await record(db, Event.CASE_REJECTED, outcome="success", origin=provider.origin(), details=details)
    answer = await olga.http.get("/desk/audit.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["time", "event", "outcome", "operator", "account", "why", "address", "request"]
    assert any(case.number in row[5] for row in rows)
    assert any(row[5].startswith("'=HYPERLINK") for row in rows)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert (await provider.events())[0] == "audit_exported"


@pytest.mark.requirement("AD-13")
@pytest.mark.parametrize("before", ["x", "-1", "1;DROP", "1e3", "9" * 30, "%27"])
async def test_made_up_place_in_the_list_is_refused(olga: Browser, before: str) -> None:
    """A page token that no page of ours had is a 400."""
    assert (await olga.open(f"/desk/audit?before={before}")).status == 400


@pytest.mark.requirement("AD-13")
@pytest.mark.parametrize("hostile", ["' OR 1=1 --", "%", "_", "*", "case_%", "\\"])
async def test_filters_are_values(olga: Browser, hostile: str) -> None:
    """Nothing in a filter is SQL or a pattern: it fits what is exactly that, so nothing."""
    for name in ("actor", "account", "event"):
        await olga.open("/desk/audit")
        page = await olga.submit(button="filter", **{"actor": "", "account": "", "event": "", name: hostile})
        assert page.shows("Nothing fits."), name


async def test_long_list_has_pages(provider: Provider, olga: Browser) -> None:
    """A hundred on a page, and the way to the older ones; nothing is shown twice."""
    async with provider.wiring.database.writing() as db:
        for number in range(101):
            details = {"reason": f"reason-{number:03}"}
            await record(db, Event.CASE_NOTED, outcome="success", origin=provider.origin(), details=details)
    page = await olga.open("/desk/audit?event=case_noted")
    assert "reason-100" in page.text
    assert "reason-000" not in page.text
    page = await olga.click("older")
    assert "reason-000" in page.text
    assert "reason-001" not in page.text
