"""Where a browser is sent at the end of a request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Here:
    """A path of ours."""

    path: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A proven URI of an application.

    From a form the way leads over `/continue`: Chromium applies `form-action` to every redirect behind a form.
    """

    url: str


Answer = Here | Elsewhere
