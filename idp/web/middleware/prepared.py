"""Answers that are ready before they are asked for: discovery, and the keys. Scripts of any origin may read them."""

from collections.abc import Callable, Mapping

from idp.web.header_lines import header_lines
from idp.web.middleware.security_headers import SecurityHeaders
from idp.web.plain import CROSS_ORIGIN, PlainResponse

Prepared = Mapping[str, Callable[[], PlainResponse]]
"""By their paths. The same object is the same answer; where it changes, there is another."""


class PreparedAnswers:
    """Each with its headers as they go over the wire, worked out when it is first sent."""

    def __init__(self, prepared: Prepared, headers: SecurityHeaders) -> None:
        self._prepared = prepared
        self._headers = headers
        self._lines: dict[str, tuple[PlainResponse, bytes]] = {}

    def find(self, path: str) -> tuple[PlainResponse, bytes] | None:
        """The answer and the lines of its headers. None: nothing is prepared there."""
        make = self._prepared.get(path)
        if make is None:
            return None
        answer, known = make(), self._lines.get(path)
        if known is None or known[0] is not answer:
            own, added = self._headers.completed([*answer.raw_headers, *CROSS_ORIGIN])
            lines = header_lines(own, len(answer.body))
            if lines is None:
                return None
            known = self._lines[path] = (answer, lines + added.lines)
        return known
