"""The portal when the provider is away, and its parts by themselves."""

from pathlib import Path

import httpx2
import pytest

from examples.portal.api_client import ApiAnswer, read_step_up
from examples.portal.app import build_app
from examples.portal.browser_sessions import BrowserSession, SessionStore
from examples.portal.configuration import Configuration, ConfigurationError
from examples.portal.provider import is_stale
from examples.portal.story import claims_for_show, record
from examples.portal.texts import TEXTS, choose_locale
from tests.examples.conftest import PORTAL
from tests.examples.scripted_provider import LocalHosts
from tests.support.clock import MovableClock


async def test_provider_that_is_away_is_a_sentence() -> None:
    """The public page works without the provider; signing in says that it cannot be reached."""
    transport = httpx2.ASGITransport(build_app(Configuration(), transport=LocalHosts()))
    async with httpx2.AsyncClient(transport=transport, base_url=PORTAL) as browser:
        assert (await browser.get("/live")).text == "ok"
        assert (await browser.get("/")).status_code == 200
        answer = await browser.get("/login")
    assert answer.status_code == 503
    assert "cannot be reached at the moment" in answer.text
    assert 'href="/login"' in answer.text


def test_languages_have_the_same_sentences() -> None:
    """No sentence is missing in one of the languages, and none is empty."""
    assert TEXTS["en"].keys() == TEXTS["cs"].keys()
    assert all(sentence for texts in TEXTS.values() for sentence in texts.values())


@pytest.mark.parametrize(
    ("wishes", "locale"),
    [
        (("cs", "en", None), "cs"),
        ((None, None, "de-DE,cs;q=0.8,en;q=0.5"), "cs"),
        (("xx", None, "de"), "en"),
        ((None, "en", "cs"), "en"),
        ((None, None, None), "en"),
    ],
)
def test_locale_is_the_first_wish_that_is_spoken(wishes: tuple[str | None, ...], locale: str) -> None:
    """The choice, then the remembered choice, then the browser's list, then English."""
    assert choose_locale(*wishes) == locale


def test_session_ends_after_idleness(clock: MovableClock) -> None:
    """A session lives as long as it is used and not a second longer than its lifetime after that."""
    store = SessionStore(clock.now, lifetime=60)
    session = BrowserSession()
    session_id = store.insert(session)
    clock.advance(seconds=59)
    assert store.find(session_id) is session
    clock.advance(seconds=59)
    assert store.find(session_id) is session
    clock.advance(seconds=60)
    assert store.find(session_id) is None


def test_sessions_are_bounded(clock: MovableClock) -> None:
    """The session unused for longest makes room; memory does not grow with visitors."""
    store = SessionStore(clock.now, capacity=2)
    first, second = store.insert(BrowserSession()), store.insert(BrowserSession())
    store.find(first)
    store.insert(BrowserSession())
    assert len(store) == 2
    assert store.find(first) is not None
    assert store.find(second) is None


def test_story_holds_no_secret() -> None:
    """What is shown to developers cannot be used by whoever looks over their shoulder."""
    session: dict[str, object] = {}
    record(session, "step_redeemed", at=0, refresh_token="s" * 60, code="c" * 43, scope="openid")
    assert "s" * 20 not in str(session)
    assert "c" * 20 not in str(session)
    assert "openid" in str(session)


def test_unreadable_token_shows_no_claims() -> None:
    """An opaque access token is no error."""
    assert claims_for_show("opaque") == {}
    assert claims_for_show("a.b.c") == {}


@pytest.mark.parametrize(("left", "stale"), [(61, False), (60, True), (-5, True)])
def test_token_is_stale_a_minute_before_its_end(left: int, stale: bool) -> None:
    """A token is renewed while it still works, so that no call fails."""
    assert is_stale({"expires_at": 1000 + left}, now=1000) is stale


@pytest.mark.parametrize(
    ("status", "challenge", "wanted"),
    [
        (
            401,
            'Bearer error="insufficient_user_authentication", acr_values="urn:idp:acr:otp", max_age="300"',
            {"acr_values": "urn:idp:acr:otp", "max_age": "300"},
        ),
        (401, "Bearer error=insufficient_user_authentication, max_age=60", {"max_age": "60"}),
        (401, 'Bearer error="insufficient_user_authentication", acr_values="a b"', {"acr_values": "a b"}),
        (401, 'Bearer error="invalid_token", acr_values="a"', None),
        (403, 'Bearer error="insufficient_user_authentication", acr_values="a"', None),
        (401, "", None),
        (401, 'Basic realm="x"', None),
    ],
)
def test_challenge_of_the_api_is_understood(status: int, challenge: str, wanted: dict[str, str] | None) -> None:
    """RFC 9470 §3: only this error starts a new sign-in, with what it names and nothing else."""
    step_up = read_step_up(ApiAnswer("/protected", status, challenge, {}))
    assert (step_up.parameters if step_up else None) == wanted


def test_configuration_reads_secrets_from_files(tmp_path: Path) -> None:
    """Addresses lose their last slash, and a secret its line end."""
    (tmp_path / "secret").write_text("s3cret\n")
    environment = {
        "PORTAL_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        "PORTAL_PARTNER_SECRET_FILE": str(tmp_path / "secret"),
        "PORTAL_URL": "https://portal.example.com/",
        "PORTAL_BRAND": "Acme",
    }
    configuration = Configuration.from_environment(environment)
    assert (configuration.client_secret, configuration.url) == ("s3cret", "https://portal.example.com")
    assert configuration.has_tls
    assert "s3cret" not in repr(configuration)


@pytest.mark.parametrize(
    ("name", "value"), [("PORTAL_CLIENT_SECRET_FILE", "/does/not/exist"), ("PORTAL_ISSUER", "localhost:8000")]
)
def test_wrong_configuration_is_a_sentence(name: str, value: str) -> None:
    """Whoever sets a variable wrong reads its name."""
    with pytest.raises(ConfigurationError, match=name):
        Configuration.from_environment({name: value})
