"""Path and query of a request's address reach the application as they were sent."""

import json

import pytest

from idp.web.plain import PlainRequest, PlainResponse, json_response, plain_endpoint
from tests.web.serving import PATIENT, connected, serving, with_lifespan


async def _tell(request: PlainRequest) -> PlainResponse:
    scope = request.scope
    return json_response([scope["path"], scope["raw_path"].decode(), scope["query_string"].decode()])


TELLING = with_lifespan(plain_endpoint(_tell, ("GET",)))


def _asking_for(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nhost: x\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("target", "path", "raw_path", "query"),
    [
        ("/a", "/a", "/a", ""),
        ("/a?", "/a", "/a", ""),
        ("/a?b=c", "/a", "/a", "b=c"),
        ("/a?b=c?d=%3F&e", "/a", "/a", "b=c?d=%3F&e"),
        ("/%C5%BE?%C5%BE", "/ž", "/%C5%BE", "%C5%BE"),
        ("/a?b#c?d", "/a", "/a", "b"),
        ("/a#b?c", "/a", "/a", ""),
        ("http://x/a?b=c", "/a", "/a", "b=c"),
        ("/a?" + "b" * 3000, "/a", "/a", "b" * 3000),
    ],
)
async def test_an_address_is_taken_apart(target: str, path: str, raw_path: str, query: str) -> None:
    """Whatever stands in it; the next request of the connection has nothing of it."""
    async with serving(TELLING, PATIENT) as port, connected(port) as peer:
        for asked, told in ((target, [path, raw_path, query]), ("/next", ["/next", "/next", ""])):
            await peer.send(_asking_for(asked))
            answer = await peer.read_answer()
            assert json.loads(answer.partition(b"\r\n\r\n")[2]) == told


async def test_each_request_has_its_own_query() -> None:
    """Those that wait for the one before, too."""
    async with serving(TELLING, PATIENT) as port, connected(port) as peer:
        await peer.send(b"".join(_asking_for(f"/{n}" if n % 3 == 0 else f"/{n}?q={n}") for n in range(30)))
        for n in range(30):
            answer = await peer.read_answer()
            assert json.loads(answer.partition(b"\r\n\r\n")[2]) == [f"/{n}", f"/{n}", "" if n % 3 == 0 else f"q={n}"]


async def test_an_address_in_two_pieces_is_one() -> None:
    """The network cuts where it likes."""
    async with serving(TELLING, PATIENT) as port, connected(port) as peer:
        for cut in range(5, 16):
            request = _asking_for("/a?b=c%20d")
            await peer.send(request[:cut])
            await peer.send(request[cut:])
            answer = await peer.read_answer()
            assert json.loads(answer.partition(b"\r\n\r\n")[2]) == ["/a", "/a", "b=c%20d"]
