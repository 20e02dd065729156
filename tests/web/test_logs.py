"""One event is one line, and no line has a secret."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from idp.web.logs import configure_logs, remove_secrets

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def json_lines() -> Iterator[Lines]:
    """Logging as in production, into memory; the process's own set-up comes back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    output = io.StringIO()
    configure_logs(level="debug", as_json=True, stream=output)
    yield lambda: [json.loads(line) for line in output.getvalue().split("\n")[:-1]]
    logging.captureWarnings(capture=False)
    root.handlers[:], (root.level) = before[0], before[1]
    structlog.configure(**before[2])


@pytest.mark.requirement("LG-02")
@pytest.mark.parametrize(
    "text",
    [
        "a\r\nb",
        "\x1b[31mred",
        "a\u2028b\u2029c\x85d",
        "\u202eevil",
        "\0",
        "x" * 1_000_000,
        '"}{"event":"forged"',
    ],
    ids=["CRLF", "ANSI", "Unicode breaks", "bidi", "NUL", "megabyte", "forged JSON"],
)
def test_one_event_is_one_line_of_json(json_lines: Lines, text: str) -> None:
    """Line breaks of every kind, escapes, direction marks, quotes and a megabyte stay inside one value of one line."""
    structlog.get_logger("idp").info("first", value=text)
    logging.getLogger("elsewhere").warning("second %s", text)
    lines = json_lines()
    assert [line["level"] for line in lines] == ["info", "warning"]
    assert len(json.dumps(lines)) < 30_000


@pytest.mark.requirement("LG-02")
def test_what_no_encoding_can_write_is_written_all_the_same(json_lines: Lines) -> None:
    """A lone surrogate, which JSON from outside may hold, costs no line and no exception."""
    structlog.get_logger("idp").info("first", value="\ud800")
    assert len(json_lines()) == 1


@pytest.mark.requirement("LG-02")
def test_a_traceback_is_part_of_its_line(json_lines: Lines) -> None:
    """An exception of our own or of a library is one event, with its end, where the error stands."""
    try:
        int("the reason")
    except ValueError:
        structlog.get_logger("idp").exception("failed", request_id="r-1")
        logging.getLogger("uvicorn.error").exception("failed too")
    ours, theirs = json_lines()
    assert (ours["event"], ours["request_id"]) == ("failed", "r-1")
    for line in (ours, theirs):
        assert line["exception"].endswith("'the reason'")


@pytest.mark.requirement("LG-05")
def test_times_are_utc(json_lines: Lines) -> None:
    """RFC 3339 with a Z."""
    structlog.get_logger("idp").info("now")
    assert json_lines()[0]["timestamp"].endswith("Z")


SECRET = "canary-Ab3dEfGh1jKlMn"


@pytest.mark.requirement("LG-01")
@pytest.mark.parametrize(
    "event",
    [
        {"password": SECRET},
        {"Set-Cookie": f"s={SECRET}"},
        {"form": {"client_secret": SECRET, "nested": [{"refresh_token": SECRET}]}},
        {"url": f"https://idp.example/login?next=1&code={SECRET}&x=1"},
        {"event": f"POST password={SECRET}"},
        {"event": f"{{'code_verifier': '{SECRET}'}}"},
        {"event": f'{{"id_token_hint": "{SECRET}"}}'},
        {"event": f"authorization: Basic {SECRET}="},
        {"event": f"sent Bearer {SECRET}"},
        {"event": f"token eyJhbGciOiJFUzI1NiJ9.{SECRET}.{SECRET}"},
        {"event": f"connecting to postgresql://idp:{SECRET}@db/idp"},
        {"event": f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----"},
        {"body": SECRET.encode()},
    ],
)
def test_what_is_named_or_looks_like_a_secret_is_removed(event: dict[str, Any]) -> None:
    """By the name of the field, by the name of a parameter in a text, and by its shape."""
    assert SECRET not in repr(remove_secrets(None, "info", event))


@pytest.mark.parametrize(
    "event",
    [
        {"event": "request", "path": "/token", "status": 200, "milliseconds": 1.5, "address": "192.0.2.1"},
        {"event": "request_refused", "error": "invalid_grant", "detail": "generation 3 of 5", "request_id": "abc"},
        {"event": "The state of the link: flow restarted", "password": "", "token": None},
    ],
)
def test_ordinary_events_stay_as_they_are(event: dict[str, Any]) -> None:
    """The net has a mesh: what operators need passes."""
    assert remove_secrets(None, "info", dict(event)) == event


@pytest.mark.requirement("LG-01")
def test_talkative_libraries_are_pinned(json_lines: Lines) -> None:
    """At level debug Authlib prints tokens, httpx URLs, SQLAlchemy parameters: not here."""
    logging.getLogger("authlib.oauth2").debug(SECRET)
    logging.getLogger("httpx").info("GET %s", SECRET)
    logging.getLogger("sqlalchemy.engine").info(SECRET)
    assert json_lines() == []


def test_development_logs_are_readable() -> None:
    """No JSON and, away from a terminal, no colours."""
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    output = io.StringIO()
    try:
        configure_logs(level="info", as_json=False, stream=output)
        structlog.get_logger("idp").info("started", port=8000)
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:], root.level = handlers, level
        structlog.configure(**before)
    assert "started" in output.getvalue()
    assert "port=8000" in output.getvalue()
    assert "\x1b" not in output.getvalue()
