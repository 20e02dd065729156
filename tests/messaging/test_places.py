"""Mails name the place of an address where the installation has a database of places, and only there."""

from pathlib import Path
from typing import Any

import pytest

from idp.localization import Localization
from idp.messaging.compose import Composer, Sender
from idp.messaging.places import Places
from idp.wiring import build_wiring
from tests.messaging.letters import VALUES, claimed
from tests.messaging.place_files import BRNO, write_places
from tests.support.clock import MovableClock
from tests.support.provider import test_settings

PLACES: dict[str, Any] = {
    "192.0.2.0/24": BRNO,
    "2001:db8::/32": BRNO,
    "198.51.100.0/24": {"country": {"iso_code": "SK"}},
    "203.0.113.0/24": {"city": {"names": {"en": "https://evil.example/\r\nBcc: x@example.com"}}},
    "203.0.114.0/24": {"city": "Brno", "country": {"names": ["Czechia"], "iso_code": 7}},
}


@pytest.fixture
def database_of_places(tmp_path: Path) -> str:
    """A tiny one, with some records that are not as they should be."""
    return write_places(tmp_path / "places.mmdb", PLACES)


@pytest.mark.parametrize(
    ("address", "locale", "name"),
    [
        ("192.0.2.7", "en", "Brno, Czechia"),
        ("192.0.2.7", "cs", "Brno, Česko"),
        ("2001:db8::7", "en", "Brno, Czechia"),
        ("198.51.100.1", "cs", "Slovensko"),
        ("10.0.0.1", "en", ""),
        ("203.0.114.1", "en", ""),
        ("no address", "en", ""),
        ("", "en", ""),
    ],
)
def test_an_address_has_a_place_or_none(database_of_places: str, address: str, locale: str, name: str) -> None:
    """City as the database spells it, country in the reader's language; what is not known is left out."""
    assert Places(database_of_places, Localization()).name(address, locale) == name


@pytest.mark.parametrize(("locale", "shown"), [("en", "Place: Brno, Czechia"), ("cs", "Místo: Brno, Česko")])
def test_a_mail_names_the_place(database_of_places: str, locale: str, shown: str) -> None:
    """Between browser and address; without a database there is no such line."""
    sender, localization = Sender("Keygate", "Example", "s@example.com", "https://login.example.com"), Localization()
    values = {name: VALUES[name] for name in ("when", "browser", "address")}
    places = Places(database_of_places, localization)
    mail = Composer(sender, localization, places).compose(claimed("new_device"), locale, values)
    assert shown in mail.text
    assert shown.partition(": ")[2] in mail.html
    without = Composer(sender, localization).compose(claimed("new_device"), locale, values)
    assert shown.partition(":")[0] not in without.text


@pytest.mark.requirement("RC-21")
def test_a_place_cannot_steer_the_mail(database_of_places: str) -> None:
    """The file comes from elsewhere: its words make no link, no line and no header."""
    localization = Localization()
    composer = Composer(
        Sender("Keygate", "Example", "s@example.org", "https://login.example.org"),
        localization,
        Places(database_of_places, localization),
    )
    values = {"when": VALUES["when"], "browser": "B", "address": "203.0.113.9"}
    mail = composer.compose(claimed("new_device"), "en", values)
    assert "https://evil" not in mail.text + mail.html
    assert "evil.example" not in mail.text + mail.html
    assert "\nBcc" not in mail.text


def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path, clock: MovableClock, sqlite_url: str) -> None:
    """With the name of the setting: missing, and not a database."""
    nonsense = tmp_path / "nonsense.mmdb"
    nonsense.write_bytes(b"nonsense")
    for path in (tmp_path / "missing.mmdb", nonsense):
        with pytest.raises(ValueError, match="IDP_GEOIP_FILE"):
            build_wiring(test_settings(sqlite_url, tmp_path / "var", geoip_file=str(path)), clock)
