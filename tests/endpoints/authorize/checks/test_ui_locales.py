"""`ui_locales`: wishes, never an error; bounded and remembered by nobody."""

import tracemalloc

import pytest

from tests.support.browser import Browser
from tests.support.calls import answer_to, get
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

LOCALES = {
    "one": ("cs", "/login"),
    "two": ("cs en", "/login"),
    "unknown": ("tlh", "/login"),
    "no tag at all": ("../../etc/passwd <script>", "/login"),
    "too long": ("en " * 100, "invalid_request"),
}


@pytest.mark.requirement("AZ-19", "OC-22")
async def test_ui_locales_are_wishes(rp: RelyingParty) -> None:
    """Unknown languages are no error; a list that nobody would send is."""
    answers = {name: await answer_to(rp, ui_locales=value) for name, (value, _) in LOCALES.items()}
    assert answers == {name: wanted for name, (_, wanted) in LOCALES.items()}


async def test_ui_locales_choose_the_language(rp: RelyingParty, browser: Browser) -> None:
    """The first language that we have, in front of the browser's own."""
    page = await browser.open(rp.authorization_url(ui_locales="tlh cs-CZ en"))
    assert '<html lang="cs"' in page.text


@pytest.mark.requirement("AZ-19")
async def test_distinct_locales_leave_nothing_behind(provider: Provider) -> None:
    """100,000 different wishes are forgotten as they come: under 10 MB remain."""
    negotiate = provider.wiring.localization.negotiate
    negotiate("aa-00000")
    tracemalloc.start()
    try:
        for number in range(100_000):
            negotiate(f"aa-{number:05}")
        remaining, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert remaining < 10_000_000


HUGE = "x" * 100_000


@pytest.mark.requirement("AZ-19")
@pytest.mark.parametrize("parameter", ["login_hint", "ui_locales", "display", "claims", "id_token_hint", "acr_values"])
async def test_huge_values_are_refused(rp: RelyingParty, parameter: str) -> None:
    """100 KB in a parameter: an error without a redirect, whose page repeats none of it."""
    answer = await get(rp.provider, rp.authorization_url(**{parameter: HUGE}))
    assert answer.status in {400, 414}
    assert answer.header("location") is None
    assert len(answer.body) < 50_000
