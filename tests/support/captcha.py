"""A CAPTCHA solved as a browser's script would solve it."""

import json
from typing import TYPE_CHECKING

from altcha import Challenge, Payload, solve_challenge

if TYPE_CHECKING:
    from tests.support.browser import Page


def solved(page: "Page") -> dict[str, str]:
    """The fields to add to the form; none where the page asks for no proof."""
    challenge = next((form.challenge for form in page.forms if form.challenge), "")
    return {"captcha": answer_to(challenge)} if challenge else {}


def answer_to(challenge: str) -> str:
    """What the widget puts into its field for a challenge in JSON."""
    read = Challenge.from_dict(json.loads(challenge))
    solution = solve_challenge(read)
    assert solution is not None
    return Payload(read, solution).to_base64()
