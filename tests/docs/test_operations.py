"""`docs/operations.md`: its figures are the code's, and rotating the master key goes as it says."""

import re

import pytest
from prometheus_client.metrics import MetricWrapperBase

from idp import metrics
from idp.audit import token_events
from idp.credentials import one_time_codes
from idp.database.backends import postgresql
from idp.database.engine import Database
from idp.endpoints.authorize import routes as authorize
from idp.interaction.attempts import OTP_DAY
from idp.keys import store
from idp.keys.rotation import JWKS_MAX_AGE_SECONDS, NextKeyTooYoung, ensure_keys, rotate
from idp.keys.signing_key import KeyState
from idp.lifecycle import sms_limits
from idp.messaging.worker import _PACES
from idp.protocol import parameters
from idp.sealing import MasterKeys
from idp.throttling.attempts import GUESSES
from idp.web import connection
from idp.web.client_authentication import authenticate
from idp.web.connection import Deadlines
from idp.web.middleware import limits
from idp.web.plain import MAX_BODY_BYTES
from tests.docs.documents import ROOT
from tests.support.clock import MovableClock

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_KIB = 1024
_WAITS = f"a wait of {GUESSES.first_wait} s that doubles up to {GUESSES.longest_wait // 60} minutes"
_CODES = f"{one_time_codes._HOURLY_CAP} an hour, {one_time_codes._DAILY_CAP} a day"
_LARGE = authorize._LARGE_REQUESTS.removesuffix("/hour")
_FAILURES = authenticate._FAILURE_RATE.removesuffix("/minute")
_REQUEST = f"{authorize._LONGEST_REQUEST // _KIB} KiB, {parameters._MAX_PARAMETERS} parameters"

FIGURES = {
    "guesses": f"| {GUESSES.free} free, then {_WAITS};",
    "otp": f"the same, and {OTP_DAY.limit} wrong ones a day",
    "code tries": f"| {one_time_codes.MAX_ATTEMPTS} for all codes of one verification |",
    "codes sent": f"| one in {one_time_codes.RESEND_SECONDS} s, {_CODES} |",
    "sms per account": f"| SMS with codes for one account | {sms_limits._ACCOUNT_DAILY} a day |",
    "sms per block": f"a block of {10**sms_limits._BLOCK_DIGITS} numbers | {sms_limits._BLOCK_HOURLY} an hour |",
    "large requests": f"over {authorize._LARGE_REQUEST // _KIB} KiB from one address | {_LARGE} an hour |",
    "client authentication": f"failed client authentications from one address | {_FAILURES} a minute |",
    "target": f"| path and query | {limits.MAX_TARGET_BYTES // _KIB} KiB | 414 |",
    "headers": f"| headers | {limits.MAX_HEADERS}, {limits.MAX_HEADER_BYTES // _KIB} KiB | 431 |",
    "body": f"| body | {MAX_BODY_BYTES // _KIB} KiB, not compressed | 413, 415 |",
    "request": f"| authorization request | {_REQUEST} | 400 |",
    "deadlines": f"| {Deadlines().head:.0f} s, {Deadlines().body:.0f} s | 408 |",
    "write": f"| time to take the answer | {Deadlines().write:.0f} s |",
    "connections": f"| connections of one process | {connection._MAX_CONNECTIONS} |",
    "pool": f"A process opens up to {postgresql._POOL_SIZE} connections,",
    "token events": f"once a second, or when {token_events._AT_ONCE} have come together",
    "token events kept": f"up to {token_events.KEPT}\nrows wait for it;",
    "messages": f"A mail is tried up to {_PACES['mail'].tries} times, an SMS up\nto {_PACES['sms'].tries},",
}


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_is_the_codes(figure: str) -> None:
    """A limit that is changed in the code is changed in the document."""
    assert FIGURES[figure] in TEXT


def test_every_metric_is_explained() -> None:
    """And every one that is explained exists, with its labels."""
    rows = re.findall(r"^\| `(idp_\w+)` \| (.*?) ?\| .+ \|$", TEXT, re.MULTILINE)
    written = {name.removesuffix("_total"): set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert written == {
        metric._name: set(metric._labelnames)
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
    }


async def test_two_rotations_move_every_signing_key_to_the_new_master_key(
    sqlite_database: Database, clock: MovableClock
) -> None:
    """Six minutes apart, as written; less than the time that caches take is refused."""
    old, new = bytes(32), bytes(range(32))
    await ensure_keys(sqlite_database, MasterKeys(old), now=clock.now(), algorithms=["ES256"])
    both = MasterKeys(new, old)
    for _ in range(2):
        with pytest.raises(NextKeyTooYoung):
            await rotate(sqlite_database, both, "ES256", now=clock.now(), longest_token_lifetime=3600)
        clock.advance(minutes=6)
        await rotate(sqlite_database, both, "ES256", now=clock.now(), longest_token_lifetime=3600)
    async with sqlite_database.reading() as db:
        keys = await store.list_published(db)
    for key in keys:
        if key.state is not KeyState.PREVIOUS:
            key.open_private_key(MasterKeys(new))
    assert {KeyState.CURRENT, KeyState.NEXT} <= {key.state for key in keys}


def test_the_time_between_two_rotations_is_enough() -> None:
    """Six minutes are more than the caches' five and the spreading of the news."""
    assert "with at least six minutes between them" in TEXT
    assert JWKS_MAX_AGE_SECONDS + 10 <= 360
