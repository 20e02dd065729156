"""From the sentence of a `Refused` to what the page says."""

from idp.administration.refusal import Refused
from idp.web.pages import PageError
from idp.web.refusals import REFUSALS, WITH_VALUES


def refusal(refused: Refused, field: str = "") -> PageError:
    """The sentence is its own key; one that no catalogue has becomes a general one."""
    sentence = str(refused)
    if sentence in REFUSALS:
        return PageError(field, sentence)
    for pattern, key in WITH_VALUES:
        if found := pattern.fullmatch(sentence):
            return PageError(field, key, {name: int(value) for name, value in found.groupdict().items()})
    return PageError(field, "desk.refused")
