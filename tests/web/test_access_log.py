"""The access log's line, which is put together by hand, is the line that the log's processors would make."""

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from idp.web.middleware.access_log import AccessLog
from tests.web.test_log_sink import logging_to


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """A log in JSON, as `idp serve` writes it."""
    stream = io.StringIO()
    with logging_to(stream):
        yield stream


@pytest.mark.parametrize("path", ["/token", "/ž/\u2028", '/"quoted"\\', "/cb/code=abcdefghijklmnop", "/" + "a" * 300])
@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", ""])
def test_both_ways_write_the_same(output: io.StringIO, path: str, address: str) -> None:
    """Character by character, but for the moment and its length."""
    scope = {"method": "GET", "path": path, "client": (address, 1) if address else None}
    AccessLog().note(scope, 200, 0.01234, "AAAAAAAAAAAAAAAAAAAAAA")
    structlog.get_logger("idp.access").info(
        "request",
        method="GET",
        path=path[:200],
        status=200,
        milliseconds=12.3,
        address=address,
        request_id="AAAAAAAAAAAAAAAAAAAAAA",
    )
    ours, theirs = output.getvalue().splitlines()
    moments = [json.loads(line)["timestamp"] for line in (ours, theirs)]
    assert ours.replace(moments[0], "") == theirs.replace(moments[1], "")
    assert [len(moment) for moment in moments] == [len("2026-01-15T12:00:00.000000Z")] * 2
