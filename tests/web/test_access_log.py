"""The access log's line, which is put together by hand, is the line that the log's processors would make."""

import io
import json
from typing import Any

import pytest
import structlog

from idp.web.middleware.access_log import note_request
from tests.web.test_log_sink import logging_to

MOMENT = "2026-01-15T12:00:00.000000Z"
ID = "AAAAAAAAAAAAAAAAAAAAAA"


def scope_of(path: str, address: str) -> dict[str, Any]:
    return {"method": "GET", "path": path, "client": (address, 1) if address else None}


@pytest.mark.parametrize("path", ["/token", "/ž/\u2028", '/"quoted"\\', "/cb/code=abcdefghijklmnop", "/" + "a" * 300])
@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", ""])
@pytest.mark.parametrize("pid", [None, 4711])
def test_both_ways_write_the_same(path: str, address: str, pid: int | None) -> None:
    """Character by character, but for the moment."""
    output = io.StringIO()
    with logging_to(output, pid=pid):
        note_request(scope_of(path, address), 200, 0.01234, ID)
        values = {"method": "GET", "path": path[:200], "status": 200, "milliseconds": 12.3}
        structlog.get_logger("idp.access").info("request", **values, address=address, request_id=ID)
    ours, theirs = output.getvalue().splitlines()
    moments = [json.loads(line)["timestamp"] for line in (ours, theirs)]
    assert ours.replace(moments[0], "") == theirs.replace(moments[1], "")
    assert [len(moment) for moment in moments] == [len(MOMENT)] * 2


def test_a_log_of_warnings_has_no_requests() -> None:
    """`IDP_LOG_LEVEL` counts for this line as for every other."""
    output = io.StringIO()
    with logging_to(output, level="warning"):
        note_request(scope_of("/token", ""), 200, 0.01234, ID)
    assert output.getvalue() == ""
