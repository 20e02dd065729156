"""A log that nobody reads stops nobody, and says afterwards what is missing."""

import contextlib
import io
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest
import structlog

from idp.web.log_sink import DetachedSink
from idp.web.logs import configure_logs
from tests.support.browser import Browser
from tests.support.counted import counted
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@contextmanager
def logging_to(sink: TextIO | DetachedSink, *, level: str = "info", pid: int | None = None) -> Iterator[None]:
    """As `idp serve` logs."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    configure_logs(level=level, as_json=True, stream=sink, pid=pid)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:], (root.level) = before[0], before[1]
        structlog.configure(**before[2])


def blocked_pipe() -> tuple[int, TextIO]:
    """A pipe that is full already: the next byte waits for a reader."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(writer, b"x" * 4095 + b"\n"):
            pass
    os.set_blocking(writer, True)
    return reader, os.fdopen(writer, "w", encoding="utf-8")


@pytest.mark.requirement("LG-12")
async def test_a_blocked_log_holds_nobody_up(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """The pipe is full and nobody reads: people sign in, events are kept, and the lines lost are counted."""
    reader, writer = blocked_pipe()
    sink = DetachedSink(writer, lines_kept=5)
    counted_before = counted("idp_log_lines_lost_total")
    with logging_to(sink):
        for _ in range(5):
            assert "code" in (await rp.sign_in(browser, prompt="login")).query
    assert sink.lost > 0
    assert counted("idp_log_lines_lost_total") - counted_before == sink.lost
    assert (await provider.events(event="login_succeeded")).count("login_succeeded") == 1
    # Somebody reads again: what was kept comes out whole, and the loss is told.
    lines: list[str] = []
    with os.fdopen(reader, encoding="utf-8") as log:
        for line in log:
            if not line.startswith("x"):
                lines.append(line)
                if '"log_lines_lost"' in line:
                    break
    assert json.loads(lines[-1]) == {"event": "log_lines_lost", "level": "error", "lost": sink.lost}
    assert all(json.loads(line)["event"] for line in lines)
    writer.close()


@pytest.mark.requirement("LG-12")
async def test_a_full_disk_opens_no_door(provider: Provider, browser: Browser, rp: RelyingParty) -> None:
    """Every write fails: the right password still signs in, and a wrong one still does not."""

    class FullDisk(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    sink = DetachedSink(FullDisk())
    with logging_to(sink):
        assert "code" not in (await rp.sign_in(browser, password="not the password")).query
        assert "code" in (await rp.sign_in(browser)).query
    sink.finish()
    assert sink.lost > 0


def test_lines_come_out_whole_and_in_order() -> None:
    """However a line is written in pieces, it is one line."""
    output = io.StringIO()
    sink = DetachedSink(output)
    for piece in ("first", " line\nsec", "ond\n", "third\n"):
        sink.write(piece)
    sink.finish()
    assert output.getvalue() == "first line\nsecond\nthird\n"
    assert sink.lost == 0
