"""Whatever people write is inert at the desk: texts, names, services, reasons and User-Agents, in Chromium (AD-16)."""

import pytest

from idp.accounts.account import Role
from idp.administration.accounts import get_account
from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.support import store as cases
from idp.support.case import Case, CaseKind
from tests.journeys.conftest import People
from tests.journeys.surroundings import World
from tests.journeys.test_desk_browser import Desk
from tests.journeys.test_hostile_input_browser import PAYLOADS
from tests.support.desk import open_request

# What our own pages never hold: an element of another kind, a handler, an address that is a script.
_FOREIGN = """() => window.hurt ? ["it ran"] : [...document.querySelectorAll("*")]
  .filter(e => /^(iframe|object|embed|base|video|math|style|animate|img)$/i.test(e.tagName)
    || (e.tagName === "SCRIPT" && e.type !== "module")
    || e.getAttributeNames().some(name => name.startsWith("on") || /^\\s*javascript:/i.test(e.getAttribute(name) ?? "")
        && ["href", "src", "action", "data", "content", "formaction"].includes(name)))
  .map(e => e.outerHTML.slice(0, 200))"""


@pytest.mark.requirement("AD-16")
def test_stored_texts_are_inert_at_the_desk(world: World, people: People) -> None:
    """Each payload in eight fields, on every page of the desk: no dialog, no violation, and the text as it is."""
    desk, person = Desk(world), people()
    desk.enter(person, "olga@desk.cz", Role.SUPPORT)
    email, _ = world.live.account
    for payload in PAYLOADS:
        case = world.live.run(_hostile(world, email, payload))
        for path in (f"/desk/requests/{case.number}", f"/desk/customers/{case.account_id}"):
            person.goto(f"{world.issuer}{path}")
            assert person.page.evaluate(_FOREIGN) == [], (path, payload)
            if "requests" in path:
                assert person.page.inner_text("#message").split() == payload.split()
    for path in ("/desk", "/desk?kind=general", "/desk/audit", "/desk/audit?event=case_noted"):
        person.goto(f"{world.issuer}{path}")
        assert person.page.evaluate(_FOREIGN) == [], path
    assert person.complaints == []


async def _hostile(world: World, email: str, payload: str) -> Case:
    """Message, service, topic, contact, note, reason, User-Agent and an operator's words hold the payload."""
    provider = world.live.provider
    async with provider.wiring.database.reading() as db:
        account = await get_account(db, email)
    case = await open_request(
        provider, CaseKind.GENERAL, account_id=account.id, message=payload, service=payload, topic=payload
    )
    origin = Origin("192.0.2.9", payload, None, payload, account.id, provider.clock.now())
    async with provider.wiring.database.writing() as db:
        await cases.add_entry(db, case.id, at=origin.now, actor=payload[:60], action=payload[:30], text=payload)
        await record(db, Event.LOGIN_SUCCEEDED, outcome="success", origin=origin, account_id=account.id)
        details = {"reason": payload, "case": payload}
        await record(db, Event.CASE_NOTED, outcome="success", origin=origin, account_id=account.id, details=details)
    return case
