"""What one state of a page is, for every part of the gallery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idp.web.pages import PageError


@dataclass(frozen=True, slots=True)
class State:
    """One picture of a page. `translated` states are also shown in Czech by the browser tests."""

    name: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    errors: Sequence[PageError] = ()
    status: int = 200
    translated: bool = False
