"""Requests that are under way together get their signatures in a row, and each the one of its own."""

import asyncio

import pytest

from idp.keys.signing_turn import SigningTurn


class Signer:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def sign(self, signing_input: bytes) -> bytes:
        self.asked.append(signing_input)
        if signing_input == b"bad":
            raise ValueError(signing_input)
        return signing_input.upper()


async def test_all_who_came_until_then_are_served_in_one_turn() -> None:
    """Nobody's signature is made while another request is still on its way, and each gets its own."""
    turn, signer, events = SigningTurn(), Signer(), []

    async def request(name: bytes) -> bytes:
        events.append(len(signer.asked))
        return await turn.signature(signer.sign, name)

    assert await asyncio.gather(*(request(name) for name in (b"a", b"b", b"c"))) == [b"A", b"B", b"C"]
    assert (events, signer.asked) == ([0, 0, 0], [b"a", b"b", b"c"])
    assert await request(b"d") == b"D", "the next turn follows"


async def test_a_failure_is_its_own_alone() -> None:
    """The others of the turn get what they asked for."""
    turn, signer = SigningTurn(), Signer()
    names = (b"a", b"bad", b"c")
    made = await asyncio.gather(*(turn.signature(signer.sign, name) for name in names), return_exceptions=True)
    assert [made[0], made[2]] == [b"A", b"C"]
    assert isinstance(made[1], ValueError)


async def test_nothing_is_signed_for_whoever_has_left() -> None:
    """A caller that was cancelled costs no signature, and disturbs nobody."""
    turn, signer = SigningTurn(), Signer()
    gone = asyncio.create_task(turn.signature(signer.sign, b"gone"))
    here = asyncio.create_task(turn.signature(signer.sign, b"here"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await here == b"HERE"
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert signer.asked == [b"here"]
