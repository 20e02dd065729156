"""A login costs the same work whoever is named, and a fresh installation knows nobody."""

import pytest

from idp.administration import demo
from idp.credentials.password_hashing import PasswordHasher, Place, Verified
from tests.support.browser import Browser
from tests.support.provider import PASSWORD, Provider
from tests.support.relying_party import RelyingParty


class CountingHasher(PasswordHasher):
    """The real one, with a tally."""

    verified = 0

    async def verify(self, stored: str | None, password: str, *, place: Place | None = None) -> Verified:
        self.verified += 1
        return await super().verify(stored, password, place=place)


@pytest.fixture
def hasher(provider: Provider) -> CountingHasher:
    """In the place of the provider's own."""
    settings = provider.wiring.settings
    provider.wiring.hasher.close()
    counting = CountingHasher(threads=1, queue=8, memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes)
    provider.wiring.hasher = counting
    return counting


@pytest.mark.requirement("PW-10")
@pytest.mark.parametrize(
    "name", ["lucie@wedos.cz", "nobody@wedos.cz", "locked@wedos.cz", "new@wedos.cz", "no such name"]
)
async def test_every_login_is_one_verification(
    hasher: CountingHasher, provider: Provider, rp: RelyingParty, browser: Browser, name: str
) -> None:
    """Known, unknown, locked, unverified and impossible names each cost exactly one argon2 run."""
    await provider.account("locked@wedos.cz")
    await provider.lock("locked@wedos.cz")
    await provider.account("new@wedos.cz", email_verified=False)
    await browser.open(rp.authorization_url())
    await browser.submit(username=name, password="not the password at all")
    assert hasher.verified == 1


@pytest.mark.requirement("PW-18")
async def test_a_fresh_installation_has_no_login(provider: Provider, browser: Browser) -> None:
    """None of the demo accounts exists unless development mode has made it."""
    for email in (demo.DEMO_EMAIL, demo.OTP_EMAIL, demo.OPERATOR_EMAIL, "admin@example.com"):
        await browser.open("/login")
        for password in (demo.DEMO_PASSWORD, PASSWORD):
            page = await browser.submit(username=email, password=password)
            assert page.path == "/login"
            assert page.has_error
