"""`prompt`: the values that exist, and `none` alone."""

import pytest

from tests.support.calls import answer_to
from tests.support.relying_party import RelyingParty

PROMPTS = {
    "": "/login",
    "login": "/login",
    "consent": "/login",
    "select_account": "/login",
    "create": "/register",
    "login consent": "/login",
    "consent select_account login": "/login",
    "none": "login_required",
    "none login": "invalid_request",
    "login none": "invalid_request",
    "None": "invalid_request",
    "logout": "invalid_request",
    "login unknown": "invalid_request",
}


async def test_prompt_values(rp: RelyingParty) -> None:
    """For a stranger: the login page, the registration page, or the error of OIDC Core §3.1.2.6."""
    assert {prompt: await answer_to(rp, prompt=prompt) for prompt in PROMPTS} == PROMPTS


@pytest.mark.parametrize("display", ["page", "popup", "touch", "wap"])
async def test_prompt_none_outranks_display(rp: RelyingParty, display: str) -> None:
    """No page, however it would look."""
    assert await answer_to(rp, prompt="none", display=display) == "login_required"
