"""Where a browser is sent at the end of a request."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Here:
    """A path of ours."""

    path: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A proven URI of an application; with `form`, the browser posts these fields to it. See `leaving`."""

    url: str
    form: Mapping[str, str] | None = None


Answer = Here | Elsewhere
