"""The example device signs in at a real provider, as its screen says; and says why where it does not."""

import pytest

from examples.device.sign_in import Device, SignInFailed
from tests.support.browser import Browser
from tests.support.decoupled import TV, type_code
from tests.support.live import LiveProvider


def _device(live: LiveProvider, screen: list[str], button: str) -> Device:
    """Somebody reads the screen while the device waits for the second time, and presses the button."""
    waits: list[float] = []

    async def answer(user_code: str) -> None:
        async with Browser(live.provider.app, base_url=live.issuer) as browser:
            await type_code(browser, user_code)
            await browser.submit(button=button)

    def wait(seconds: float) -> None:
        waits.append(seconds)
        live.clock.advance(seconds=int(seconds))
        if len(waits) == 2 and button:
            line = next(line for line in screen if line.startswith("Open "))
            live.run(answer(line.split(" type ")[1][:9]))

    return Device(live.issuer, "example-device", "openid profile", screen.append, wait)


@pytest.fixture
def live(live_provider: LiveProvider) -> LiveProvider:
    live_provider.client("example-device", **TV)
    return live_provider


def test_it_signs_in(live: LiveProvider) -> None:
    """A QR code on the screen, the address and the code beside it, tokens at the end."""
    screen: list[str] = []
    tokens = _device(live, screen, "request-allow").sign_in()
    assert tokens["token_type"] == "Bearer"
    assert "█" in screen[0] or "▀" in screen[0] or "▄" in screen[0]
    assert f"{live.issuer}/device" in screen[1]


def test_it_says_that_it_was_not_allowed(live: LiveProvider) -> None:
    """`access_denied`."""
    with pytest.raises(SignInFailed, match="not allowed"):
        _device(live, [], "request-deny").sign_in()


def test_it_says_that_nobody_came(live: LiveProvider) -> None:
    """`expired_token`, after ten minutes of asking."""
    with pytest.raises(SignInFailed, match="in time"):
        _device(live, [], "").sign_in()


def test_it_says_that_it_is_not_known(live: LiveProvider) -> None:
    """A client id that nobody registered."""
    stranger = Device(live.issuer, "nobody", "openid", lambda _: None, lambda _: None)
    with pytest.raises(SignInFailed, match="invalid_client"):
        stranger.sign_in()
