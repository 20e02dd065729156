"""Tokens whose signature was good, so that the next look at the same token costs 2 µs instead of 60.

A resource server asks about one token many times, and an application calls UserInfo at each page. What a signature
says never changes; whether the token is still good does, and is asked each time.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from idp.keys.own_key import OwnKey

_MOST = 2048  # of 3 KiB at the most: tokens are signed by us, so nobody else decides what they hold


class Seen(NamedTuple):
    """`key` is the very object that verified it: keys that were loaded anew are asked again."""

    typ: str
    key: OwnKey
    claims: Mapping[str, Any]


class SeenTokens:
    """The latest ones, by their whole text."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    def find(self, token: str) -> Seen | None:
        return self._seen.get(token)

    def add(self, token: str, seen: Seen) -> None:
        """Only what was verified comes in: a stranger can push nothing out."""
        self._seen[token] = seen
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)
