"""The HTTP status of a page that says no: programs are to understand it too."""

from collections.abc import Sequence

from idp.web.pages import PageError


def status_of(errors: Sequence[PageError]) -> tuple[int, dict[str, str]]:
    """A refusal for lack of time or room says so in status and headers (RFC 6585 §4)."""
    for error in errors:
        wait = int(error.values.get("n", 1))
        if error.message in {"rate", "rate.seconds"}:
            return 429, {"Retry-After": str(wait * (60 if error.message == "rate" else 1))}
        if error.message == "busy":
            return 503, {"Retry-After": str(wait)}
    return 200, {}
