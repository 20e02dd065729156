"""From the sentence of a `Refused` to what the page says."""

from idp.administration.refusal import Refused
from idp.web.pages import PageError
from idp.web.refusals import REFUSALS

_INCOMPLETE = "The evidence is not complete. "  # and then what is missing, which the page shows itself


def refusal(refused: Refused, field: str = "") -> PageError:
    """The sentence is its own key; one that no catalogue has becomes a general one."""
    sentence = str(refused)
    if sentence.startswith(_INCOMPLETE):
        return PageError(field, "desk.evidence")
    return PageError(field, sentence if sentence in REFUSALS else "desk.refused")
