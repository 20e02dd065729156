"""Signatures for requests that are under way together, made in a row.

ES256 works with a table of 150 KiB, which drives the interpreter out of the processor's caches, and is driven out by
it: a signature takes 22 µs after another one, and 50 between two requests (what it costs the request around it
included). So whoever wants one waits for a turn of the event loop, in which all who came until then are served. Alone,
nobody waits for anybody.
"""

import asyncio

from idp.keys.direct import Sign


class SigningTurn:
    """One per process."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Sign, bytes, asyncio.Future[bytes]]] = []

    async def signature(self, sign: Sign, signing_input: bytes) -> bytes:
        """What `sign` makes of it, a moment later."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._serve)
        made = loop.create_future()
        self._waiting.append((sign, signing_input, made))
        signature: bytes = await made
        return signature

    def _serve(self) -> None:
        waiting, self._waiting = self._waiting, []
        for sign, signing_input, made in waiting:
            if made.done():  # whoever wanted it has gone away
                continue
            try:
                made.set_result(sign(signing_input))
            except Exception as error:
                made.set_exception(error)
