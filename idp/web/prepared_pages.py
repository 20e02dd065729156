"""Pages that most people see alike, rendered once and then filled in.

The template is rendered with an unguessable marker in the place of each value that is a visitor's own, and the text
is cut at the markers. The login page, without messages, takes 12 µs then; rendering it takes 225.

A template may only put such a value out as it is, or ask whether it is there: a value that it compares, cuts or
filters is none. So a test compares every state of these pages with the plain rendering, and only values that are
there, and are not empty, are left open.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from markupsafe import escape

# What differs between visitors, by template. All else that a template is given tells its texts apart.
OWN_VALUES: Mapping[str, frozenset[str]] = {
    "login.html": frozenset(
        {"action", "cancel_action", "csrf", "path", "recovery_url", "register_url", "request_id"},
    ),
}
_MOST = 128  # of 6 kB each
_SCALARS = frozenset({str, bool, type(None)})
_UNGUESSABLE = secrets.token_hex(16)
_CUT = _UNGUESSABLE.encode()

Render = Callable[[Mapping[str, str]], str]
"""The template's text with these values in the place of the visitor's own."""


class PreparedPages:
    """A bounded memory of texts; those that nobody asked for longest go first."""

    def __init__(self) -> None:
        self._texts: OrderedDict[Hashable, _Text] = OrderedDict()

    def render(self, key: Hashable, own: Mapping[str, str], render: Render) -> bytes:
        """`render` is called where no text is known by `key`, which has to hold whatever else it depends on."""
        try:
            text = self._texts[key]
            self._texts.move_to_end(key)
        except KeyError:
            text = self._texts[key] = _Text.of(own, render)
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
        together = escaped(_UNGUESSABLE.join([own[name] for name in self._shown])).encode()
        values = dict(zip(self._shown, together.split(_CUT), strict=True))
        pieces = self._pieces.copy()
        pieces[1::2] = [values[name] for name in self._names]
        return b"".join(pieces)


def escaped(text: str) -> str:
    """As `markupsafe.escape` has it. That takes 8 µs for the addresses of a page, where there is nothing but `&`."""
    if "<" in text or ">" in text or '"' in text or "'" in text:
        return str(escape(text))
    return text.replace("&", "&amp;")


def frozen(value: Any) -> Hashable:  # noqa: ANN401 - whatever a template is given
    """A key that is the same for equal values of equal types alone; raises `TypeError` for what has none."""
    kind = type(value)
    if kind not in _SCALARS and isinstance(value, Mapping):  # which takes longer than all the rest
        return (Mapping, *[(name, frozen(each)) for name, each in value.items()])
    hash(value)
    return (kind, value)
