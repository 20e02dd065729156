"""The User-Agent rule is written twice, in Python and in SQL: over the whole table of pairs both say the same."""

from itertools import product

import pytest

from idp.database.engine import Database
from idp.grants import store
from idp.grants.grant import Grant
from idp.grants.store import Rotation
from idp.protocol.confirmation import UNBOUND as UNBOUND_SENDER
from idp.protocol.user_agent_binding import Binding, BindingMode, bind, is_same_browser, raised, read_user_agent
from tests.protocol.test_user_agent_pairs import listed, updates
from tests.support.clock import MovableClock
from tests.support.grants import CLIENT_ID, insert_grants, insert_login

_NATIVE = ("MyApp/1.0 (iPhone)", "MyApp/2.3", "OtherApp/1.0", "myapp/1.0", "/1.0", "My App")


def header_pairs() -> list[tuple[str | None, str | None]]:
    """Every pair of the table in both directions, no header at all, and native applications against each other."""
    spelled = [(old, new) for _, old, new in [*updates(), *listed("same"), *listed("changed")]]
    with_none = [pair for old, _ in spelled[::10] for pair in ((old, None), (None, old))]
    found = [*spelled, *((new, old) for old, new in spelled), *with_none, (None, None), *product(_NATIVE, _NATIVE)]
    return list(dict.fromkeys(found))


def parts(binding: Binding) -> tuple[str, str, str, int]:
    """What decides about the next request."""
    return binding.family, binding.platform, binding.device_class, binding.version


@pytest.mark.requirement("RT-12", "RT-14")
async def test_sql_and_python_agree(database: Database, clock: MovableClock) -> None:
    """A refresh passes the statement exactly when `is_same_browser` holds, and leaves the floor that `raised` names."""
    pairs = header_pairs()
    # Other drivers of the statement would hide a difference in another one: every pair meets every mode.
    cases = [(bind(mode, read_user_agent(old)), read_user_agent(new)) for old, new in pairs for mode in BindingMode]
    assert len(pairs) > 500
    async with database.writing() as db:
        login = await insert_login(db, clock.now())
        ids = await insert_grants(db, login, [binding for binding, _ in cases], clock.now())
        differences: list[tuple[object, ...]] = []
        for grant_id, (binding, agent) in zip(ids, cases, strict=True):
            rotation = Rotation(
                grant_id,
                CLIENT_ID,
                1,
                agent,
                agent_given=True,
                offline_allowed=True,
                sender=UNBOUND_SENDER,
                sender_may_change=False,
            )
            rotated: Grant | None = await store.rotate(db, rotation, now=clock.now(), idle_expires_at=clock.now() + 60)
            passes = is_same_browser(binding, agent)
            if passes != (rotated is not None):
                differences.append((binding, agent, passes))
            elif rotated is not None and parts(rotated.binding) != parts(raised(binding, agent)):
                differences.append((binding, agent, "floor"))
    assert differences == []
