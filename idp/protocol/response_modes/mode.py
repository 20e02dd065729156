"""What a response mode is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the browser goes, and the form that it sends there; without a form it is a redirect."""

    url: str
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ResponseMode:
    """`deliver` puts parameters where the mode wants them. `is_signed`: they become one JWT first (JARM §2.1)."""

    name: str
    deliver: Callable[[str, Mapping[str, str]], Delivery]
    is_signed: bool = False
    shows_in_logs: bool = False  # a query is seen by servers, logs and `Referer`; a fragment and a form are not
    needs_web_address: bool = False  # a form goes to http and https alone
