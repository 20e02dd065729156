"""Pages that most people see alike, rendered once and then filled in.

The template is rendered with an unguessable mark in the place of each value that is a visitor's own, and the text is
cut at the marks. The login page, without messages, takes 2 µs then; rendering it takes 225.

A template may only put such a value out as it is, or ask whether it is there: a value that it compares, cuts or
filters is none. So a test compares these pages with the plain rendering.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping

from markupsafe import escape

_MOST = 128  # of 6 kB each
_UNGUESSABLE = secrets.token_hex(16)

Render = Callable[[Mapping[str, str]], str]
"""The template's text with these values in the place of the visitor's own."""


class PreparedPages:
    """A bounded memory of texts; those that nobody asked for longest go first."""

    def __init__(self) -> None:
        self._texts: OrderedDict[Hashable, tuple[object, _Text]] = OrderedDict()

    def render(self, key: Hashable, made_of: object, own: Mapping[str, str], render: Render) -> bytes:
        """`render` is called where no text is known by `key`, or one that was made of another object than `made_of`.
        The two have to hold whatever it depends on beside `own`.
        """
        known = self._texts.get(key)
        if known is not None and known[0] is made_of:
            self._texts.move_to_end(key)
            return known[1].filled(own)
        text = _Text.of(own, render)
        self._texts[key] = (made_of, text)
        if len(self._texts) > _MOST:
            self._texts.popitem(last=False)
        return text.filled(own)


class _Text:
    """What stands between the open places, and what belongs into them.

    In UTF-8: to put 6 kB together and encode them takes 20 µs when there is one letter beyond Latin-1 (each page has
    the names of all languages), and of pieces that are encoded already one.
    """

    def __init__(self, fixed: list[str], names: list[str]) -> None:
        between = zip(fixed, names, strict=False)
        self._pieces = [piece.encode() for piece in (*(piece for pair in between for piece in pair), fixed[-1])]
        self._names = names
        self._shown = tuple(dict.fromkeys(names))

    @classmethod
    def of(cls, own: Mapping[str, str], render: Render) -> "_Text":
        marked = {f"{_UNGUESSABLE}x{number}x": name for number, name in enumerate(own)}
        text = render({name: marker for marker, name in marked.items()})
        parts = re.split(f"({'|'.join(marked)})", text)
        return cls(parts[::2], [marked[marker] for marker in parts[1::2]])

    def filled(self, own: Mapping[str, str]) -> bytes:
        values = {name: escaped(own[name]).encode() for name in self._shown}
        pieces = self._pieces.copy()
        pieces[1::2] = [values[name] for name in self._names]
        return b"".join(pieces)


def escaped(text: str) -> str:
    """As `markupsafe.escape` has it. That takes 8 µs for the addresses of a page, where there is nothing but `&`."""
    if "<" in text or ">" in text or '"' in text or "'" in text:
        return str(escape(text))
    return text.replace("&", "&amp;")
