"""What the page behind a 303 has to say, sealed in its address (`?said=`): errors, typed values, a notice, facts.

It is bound to its reader (a device, an account) and to the path, so that nobody can send another person to a page
that says something; and it ends after a while. Like a flow it is never evidence.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode

from idp.sealing import MasterKeys, SealBroken
from idp.web.pages import PageError

_PURPOSE = "page-state"
_LONGEST = 8000  # characters of an address that proxies still let through


@dataclass(frozen=True, slots=True)
class PageState:
    """`facts` are references for the page itself, such as the number of a request just made."""

    errors: tuple[PageError, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def url(self, keys: MasterKeys, path: str, *, reader: str, now: int) -> str:
        """`path` with the state in it. Values that would make the address too long are left out, longest first."""
        kept = dict(self.values)
        while True:
            sealed = keys.seal_text(self._text(kept, now), purpose=_PURPOSE, context=f"{reader} {path}")
            if len(sealed) <= _LONGEST or not kept:
                return f"{path}?{urlencode({'said': sealed})}"
            del kept[max(kept, key=lambda name: len(kept[name]))]

    def _text(self, values: Mapping[str, str], now: int) -> str:
        errors = [error.to_json() for error in self.errors]
        return json.dumps([now, errors, dict(values), self.notice, dict(self.facts)], separators=(",", ":"))

    @classmethod
    def read(cls, keys: MasterKeys, sealed: str, *, path: str, reader: str, now: int, lifetime: int) -> Self:
        """An empty state for what was made up, is another reader's, or too old."""
        try:
            text = keys.open_text(sealed, purpose=_PURPOSE, context=f"{reader} {path}")
        except SealBroken:
            return cls()
        said_at, errors, values, notice, facts = json.loads(text)
        if now - said_at > lifetime:
            return cls()
        return cls(tuple(PageError.from_json(error) for error in errors), values, notice, facts)
