"""One request on its way in and its answer on the way out, as the edge sees them pass."""

from idp.web.middleware.limits import BodyTooLarge
from idp.web.middleware.security_headers import SecurityHeaders
from idp.web.plain import MAX_BODY_BYTES, Message, Receive, Send


class Exchange:
    """`status`: of the answer, 0 until it begins. `too_large`: the body is, and whoever read it was cut off."""

    __slots__ = ("_headers", "_receive", "_received", "_request_id", "_send", "status", "too_large")

    def __init__(self, receive: Receive, send: Send, headers: SecurityHeaders, request_id: str) -> None:
        self._receive = receive
        self._send = send
        self._headers = headers
        self._request_id = (b"x-request-id", request_id.encode("ascii"))
        self._received = 0
        self.status = 0
        self.too_large = False

    async def receive(self) -> Message:
        """Counts the body while it streams, so that a missing or false Content-Length changes nothing."""
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > MAX_BODY_BYTES:
            self.too_large = True
            raise BodyTooLarge
        return message

    async def send(self, message: Message) -> None:
        """The application's answer, with our headers; what a framework made of a cut-off body is dropped."""
        if not self.status:
            if self.too_large:
                return
            self._begin(message)
        await self._send(message)

    async def send_own(self, message: Message) -> None:
        """The edge's own answer, in place of the application's."""
        if not self.status:
            self._begin(message)
        await self._send(message)

    def _begin(self, start: Message) -> None:
        self.status = start["status"]
        start["headers"] = [*self._headers.completed(start.get("headers", ())), self._request_id]
