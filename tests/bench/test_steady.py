"""The load that asks the same again and again takes an answer as it comes, and counts no other as good."""

import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bench.node import LOAD, find_node
from tests.bench.packages import need

_BODY = b'{"issuer": "somebody"}'
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n"
_ENOUGH = 3
Answer = Callable[[socket.socket], None]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    need(LOAD)


def _whole(connection: socket.socket) -> None:
    connection.sendall(_HEAD + _BODY)


def _letter_by_letter(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for letter in _HEAD + _BODY:
        connection.sendall(bytes([letter]))


@contextmanager
def _server(answer: Answer) -> Iterator[tuple[int, list[bytes]]]:
    """Its port, and what it was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _address = listener.accept()
            with connection:
                while request := connection.recv(4096):
                    asked.append(request)
                    answer(connection)
                    if answer not in (_whole, _letter_by_letter):
                        return

        thread = threading.Thread(target=_until_it_breaks(serve), daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
    thread.join()


def _until_it_breaks(serve: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            serve()
        except ConnectionError:  # the load has had enough, in the middle of an answer
            return

    return run


def _load(port: int) -> dict[str, Any]:
    plan = {
        "program": "steady",
        "url": f"http://127.0.0.1:{port}",
        "headers": {"accept": "application/json"},
        "connections": 1,
        "seconds": 2,
        "operations": _ENOUGH,
        "requests": [{"method": "POST", "path": "/token", "headers": {"x-of": "one"}, "body": "á=1"}],
        "expect": '"issuer"',
    }
    done = subprocess.run(
        [str(find_node()), str(LOAD / "run.mjs")], input=json.dumps(plan), capture_output=True, text=True, check=True
    )
    counted: dict[str, Any] = json.loads(done.stdout)
    return counted


@pytest.mark.parametrize("answer", [_whole, _letter_by_letter])
def test_an_answer_is_counted_when_all_of_it_has_come(answer: Answer) -> None:
    """Whether it comes in one piece or in many; and the request says what the plan says."""
    with _server(answer) as (port, asked):
        counted = _load(port)
    assert (counted["operations"], counted["bad"], counted["errors"]) == (_ENOUGH, 0, 0)
    assert asked[0].startswith(b"POST /token HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"\r\naccept: application/json\r\nx-of: one\r\ncontent-length: 4\r\n\r\n\xc3\xa1=1" in asked[0]


def _wrong_status(connection: socket.socket) -> None:
    connection.sendall(_HEAD.replace(b"200 OK", b"503 No") + _BODY)


def _wrong_body(connection: socket.socket) -> None:
    connection.sendall(_HEAD + b'{"nothing": "of those"}'[:22])


@pytest.mark.parametrize(("answer", "example"), [(_wrong_status, ": 503 "), (_wrong_body, ': 200 {"nothing"')])
def test_a_wrong_answer_is_not_counted(answer: Answer, example: str) -> None:
    """And the first of them is shown."""
    with _server(answer) as (port, _asked):
        counted = _load(port)
    assert (counted["operations"], counted["bad"]) == (0, 1)
    assert f"POST /token{example}" in counted["example"]


def _nothing(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def _without_length(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n16\r\n" + _BODY + b"\r\n0\r\n\r\n")


def _two_at_once(connection: socket.socket) -> None:
    connection.sendall((_HEAD + _BODY) * 2)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_nothing, "the server ended it"),
        (_without_length, "an answer without Content-Length"),
        (_two_at_once, "more than one answer"),
    ],
)
def test_a_connection_that_breaks_is_an_error(answer: Answer, reason: str) -> None:
    """Nothing that came on it is counted, and the reason is told."""
    with _server(answer) as (port, _asked):
        counted = _load(port)
    assert (counted["operations"], counted["bad"], counted["errors"]) == (0, 0, 1)
    assert reason in counted["example"]
