"""One request on its way in and its answer on the way out, as the edge sees them pass."""

from collections.abc import Sequence

from idp.web.header_lines import header_lines
from idp.web.middleware.limits import BodyTooLarge
from idp.web.middleware.security_headers import Header, SecurityHeaders
from idp.web.plain import MAX_BODY_BYTES, REQUEST_ID_KEY, SEND_WHOLE_KEY, Message, Receive, Scope, Send


class Exchange:
    """What the application gets as `receive`, and itself as `send`.

    `status`: of the answer, 0 until it begins. `too_large`: the body is, and whoever read it was cut off.
    """

    __slots__ = (
        "_headers",
        "_is_head",
        "_receive",
        "_received",
        "_request_id",
        "_send",
        "_send_whole",
        "_start",
        "status",
        "too_large",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, headers: SecurityHeaders) -> None:
        self._receive = receive
        self._send = send
        self._send_whole = scope.get(SEND_WHOLE_KEY)
        self._is_head = scope["method"] == "HEAD"
        self._headers = headers
        self._request_id = (b"x-request-id", scope[REQUEST_ID_KEY].encode("ascii"))
        self._received = 0
        self._start: Message | None = None
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

    async def __call__(self, message: Message) -> None:
        """The application's answer, with our headers; what a framework made of a cut-off body is dropped."""
        if self.status or not self.too_large:
            await self.send_own(message)

    def answer(self, status: int, headers: Sequence[Header], body: bytes) -> bool:
        """The same for an answer that is complete (`sent_whole`). False: nothing was done."""
        if self.status or self.too_large or self._start is not None:
            return False
        own, added = self._headers.completed(headers)
        own.append(self._request_id)
        is_sent = self._sent_whole(status, own, added.lines, body)
        if is_sent:
            self.status = status
        return is_sent

    async def send_own(self, message: Message) -> None:
        """The edge's own answer, in place of the application's. Nothing has begun until there is a body."""
        if message["type"] == "http.response.start" and not self.status:
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            start, self._start = self._start, None
            await self._begin(start, message)

    async def _begin(self, start: Message, first: Message) -> None:
        self.status = start["status"]
        own, added = self._headers.completed(start.get("headers", ()))
        own.append(self._request_id)
        is_whole = not first.get("more_body", False)
        if is_whole and self._sent_whole(self.status, own, added.lines, first.get("body", b"")):
            return
        start["headers"] = [*own, *added.headers]
        await self._send(start)
        await self._send(first)

    def _sent_whole(self, status: int, own: list[Header], added: bytes, body: bytes) -> bool:
        if self._send_whole is None:
            return False
        lines = header_lines(own, None if self._is_head else len(body))
        return lines is not None and self._send_whole(status, lines + added, b"" if self._is_head else body)
