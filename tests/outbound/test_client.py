"""The way out: public addresses only, whatever they are called, and never more than a moment and a megabyte."""

import asyncio
import gzip
import socket
from typing import Any

import pytest

from idp.outbound.client import OutboundClient, OutboundFailed, OutboundRules
from tests.outbound.strangers import (
    Behaviour,
    answering,
    hanging_up,
    never_ending,
    silent,
    stranger,
    talking_nonsense,
)

LOCAL = OutboundRules(allows_loopback=True)

# Spellings of places that are nobody's business, each with the stranger's port put in.
FORBIDDEN = [
    "https://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://127.255.255.254:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://localhost:{port}/",
    "https://LOCALHOST:{port}/",
    "https://localhost.:{port}/",
    "https://[::1]:{port}/",
    "https://[0:0:0:0:0:0:0:1]:{port}/",
    "https://[::]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[::ffff:10.0.0.1]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://[64:ff9b::127.0.0.1]:{port}/",
    "https://[64:ff9b:1::a00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]:{port}/",
    "https://[fc00::1]:{port}/",
    "https://[fd12:3456::1]:{port}/",
    "https://[fe80::1]:{port}/",
    "https://[ff02::1]:{port}/",
    "https://10.0.0.1:{port}/",
    "https://10.255.255.255:{port}/",
    "https://172.16.0.1:{port}/",
    "https://172.31.255.254:{port}/",
    "https://192.168.1.1:{port}/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1:{port}/",
    "https://192.0.0.1:{port}/",
    "https://198.18.0.1:{port}/",
    "https://224.0.0.1:{port}/",
    "https://240.0.0.1:{port}/",
    "https://255.255.255.255:{port}/",
    "http://example.com/",
    "http://127.0.0.1:{port}/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "https://user:secret@127.0.0.1:{port}/",
    "https://user@example.com/",
    "https://:{port}/",
    "https://[::1/",
    "https://example.com:99999/",
    "",
]


@pytest.mark.requirement("OU-01")
@pytest.mark.parametrize("spelling", FORBIDDEN)
async def test_private_places_are_never_reached(spelling: str) -> None:
    """However the address is spelled, the request fails and the server has seen nobody."""
    async with stranger(answering(b"{}")) as canary:
        with pytest.raises(OutboundFailed):
            await OutboundClient(OutboundRules()).get(spelling.format(port=canary.port), accept="application/json")
        assert canary.requests == []


@pytest.mark.requirement("OU-01")
@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1", "2606:2800:220:1::1"], []],
    ids=["private", "public and private", "IPv6", "none"],
)
async def test_a_name_is_judged_by_what_it_resolves_to(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    """A public name for a private place is refused, and so is one that has both."""

    def resolve(_: str, port: int, *__: Any, **___: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(OutboundFailed) as failure:
        await OutboundClient(OutboundRules()).get("https://rebinding.example/", accept="application/json")
    assert failure.value.is_final


@pytest.mark.requirement("OU-01")
async def test_what_was_checked_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is resolved once: a second answer, a moment later, is never asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    async with stranger(answering(b"{}")) as server:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        await OutboundClient(LOCAL).get(f"http://localhost:{server.port}/keys", accept="application/json")
        assert server.requests == ["GET /keys HTTP/1.1"]
    assert [host for host in asked if host == "localhost"] == ["localhost"]


async def test_an_operator_may_open_a_private_network() -> None:
    """A network that is named may be contacted, with TLS all the same: plain http is for this machine alone."""
    async with stranger(answering(b"{}")) as server:
        rules = OutboundRules(private_networks=("127.0.0.0/8",))
        with pytest.raises(OutboundFailed) as failure:
            await OutboundClient(rules).get(server.url(), accept="application/json")
        assert failure.value.is_final
        with pytest.raises(OutboundFailed) as failure:
            await OutboundClient(rules, seconds=0.5).get(f"https://127.0.0.1:{server.port}/", accept="text/plain")
        assert not failure.value.is_final  # it was tried: the server speaks no TLS
    with pytest.raises(ValueError, match="nonsense"):
        OutboundClient(OutboundRules(private_networks=("nonsense",)))


@pytest.mark.requirement("OU-10")
async def test_only_listed_hosts_where_there_is_a_list() -> None:
    """By name, or by name and port."""
    async with stranger(answering(b"{}")) as server:
        for hosts, is_allowed in (
            (("127.0.0.1",), True),
            ((f"127.0.0.1:{server.port}",), True),
            (("127.0.0.1:1",), False),
            (("shop.example",), False),
        ):
            client = OutboundClient(OutboundRules(hosts=hosts, allows_loopback=True))
            if is_allowed:
                assert (await client.get(server.url(), accept="application/json")).body == b"{}"
            else:
                with pytest.raises(OutboundFailed):
                    await client.get(server.url(), accept="application/json")
        assert len(server.requests) == 2


@pytest.mark.requirement("OU-02")
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_redirects_are_not_followed(status: str) -> None:
    """The place that a redirect names is not visited."""
    async with stranger(answering(b"{}")) as canary:
        location = f"Location: {canary.url()}"
        async with stranger(answering(b"", location, status=status)) as server:
            with pytest.raises(OutboundFailed):
                await OutboundClient(LOCAL).get(server.url(), accept="application/json")
        assert canary.requests == []


@pytest.mark.requirement("OU-04", "OU-06")
@pytest.mark.parametrize(
    "behave",
    [
        never_ending,
        silent,
        hanging_up,
        talking_nonsense,
        answering(gzip.compress(b"0" * 10_000_000), "Content-Encoding: gzip"),
        answering(b"x" * (1024 * 1024 + 1)),
        answering(b"{}", status="500 Oops"),
        answering(b"{}", status="404 Not Found"),
    ],
    ids=["endless", "silent", "hangs up", "nonsense", "gzip bomb", "too large", "500", "404"],
)
async def test_a_bad_server_costs_little_and_learns_nothing(behave: Behaviour) -> None:
    """Each ends in the same failure, within the client's patience."""
    async with stranger(behave) as server, asyncio.timeout(20):
        with pytest.raises(OutboundFailed) as failure:
            await OutboundClient(LOCAL, seconds=0.5).get(server.url(), accept="application/json")
        assert str(failure.value) == "the address could not be read"


@pytest.mark.requirement("OU-06")
async def test_open_and_closed_ports_look_alike() -> None:
    """What is wrong with an address is not told."""
    async with stranger(talking_nonsense) as server:
        failures = []
        for url in (server.url(), "http://127.0.0.1:1/", "http://[::1]:1/"):
            with pytest.raises(OutboundFailed) as failure:
                await OutboundClient(LOCAL).get(url, accept="application/json")
            failures.append((str(failure.value), failure.value.is_final))
    assert set(failures) == {("the address could not be read", False)}


async def test_a_post_carries_its_body() -> None:
    """The answer comes back whatever its status is, redirects too."""
    async with stranger(answering(b"bye", "Location: /elsewhere", status="302 Found")) as server:
        answer = await OutboundClient(LOCAL).request(
            "POST", server.url("/logout"), headers={"Content-Type": "text/plain"}, body=b"token"
        )
    assert (answer.status, answer.headers["location"], answer.body) == (302, "/elsewhere", b"bye")
    assert server.requests == ["POST /logout HTTP/1.1"]
