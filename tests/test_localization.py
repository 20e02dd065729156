"""Languages: which one a person gets, that catalogues are whole, and how dates and counts are written."""

import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from idp.localization import CATALOGUES, DOMAIN, Localization
from tests.web.catalogue import extract, read

MOMENT = 1_795_000_000
SPANS = (1, 45, 60, 150, 3600, 9000, 86_400, 5 * 86_400, 40 * 86_400, 900 * 86_400)
FILES = sorted(CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


@pytest.fixture(scope="module")
def localization() -> Localization:
    """The languages of the project."""
    return Localization()


@pytest.fixture(scope="module")
def sentences() -> Catalog:
    """What the sources say now."""
    return extract()


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (("cs",), "cs"),
        (("CS",), "cs"),
        (("cs-CZ",), "cs"),
        (("cs_CZ",), "cs"),
        (("cs-CZ en",), "cs"),
        (("sk cs",), "cs"),
        (("xx-YY",), "en"),
        ((None, "", "cs"), "cs"),
        (("de", "cs"), "cs"),
        (("en", "cs"), "en"),
        (("en-GB;q=0.7, cs;q=0.9",), "cs"),
        (("cs;q=0, en;q=0.1",), "en"),
        (("de-DE,de;q=0.9,cs;q=0.8,en;q=0.7",), "cs"),
        (("*",), "en"),
        (("cs; q=0.5 , en; q=0.4",), "cs"),
        (("../../etc/passwd",), "en"),
        (("<script>",), "en"),
        (("x," * 5000 + "cs",), "en"),
        ((), "en"),
    ],
)
def test_negotiation(localization: Localization, candidates: tuple[str | None, ...], expected: str) -> None:
    """The strongest wish we can serve wins; nonsense, refused and unknown languages fall through to the default."""
    assert localization.negotiate(*candidates) == expected


def test_default_locale_is_a_setting() -> None:
    """An installation may prefer Czech; a default nobody translated is English."""
    assert Localization(default="cs-CZ").negotiate("fr") == "cs"
    assert Localization(default="fr").negotiate("de") == "en"


def test_english_needs_no_catalogue(tmp_path: Path) -> None:
    """The sources are English: without any catalogue there is still one language."""
    localization = Localization(tmp_path)
    assert localization.available == ("en",)
    assert localization.translations("cs").gettext("Sign out") == "Sign out"


@pytest.mark.parametrize("source", FILES, ids=lambda source: source.parent.parent.name)
def test_catalogue_is_whole(source: Path, sentences: Catalog) -> None:
    """Every sentence is translated, none by guess, none left over, all with the same placeholders."""
    catalogue = read(source)
    wanted = {(message.context, message.id) for message in sentences if message.id}
    present = {(message.context, message.id) for message in catalogue if message.id}
    assert present == wanted, "run `python -m tests.web.catalogue`, then translate"
    assert [message.id for message in catalogue if message.fuzzy] == []
    assert list(catalogue.obsolete) == []
    empty = [
        m.id for m in catalogue if m.id and not all(m.string if isinstance(m.string, tuple | list) else [m.string])
    ]
    assert empty == []
    assert [(message.id, problems) for message, problems in catalogue.check()] == []


def test_czech_counts_in_three_forms(localization: Localization) -> None:
    """One, few and many."""
    translations = localization.translations("cs")
    english = ("Too many attempts. Try again in %(n)s minute.", "Too many attempts. Try again in %(n)s minutes.")
    assert [translations.ngettext(*english, n) % {"n": n} for n in (1, 3, 5)] == [
        "Příliš mnoho pokusů. Zkuste to znovu za 1 minutu.",
        "Příliš mnoho pokusů. Zkuste to znovu za 3 minuty.",
        "Příliš mnoho pokusů. Zkuste to znovu za 5 minut.",
    ]


def test_times_are_written_as_the_language_writes_them(localization: Localization) -> None:
    """Dates and durations follow the locale, moments name their zone."""
    assert localization.format_datetime("cs", MOMENT) == "18. 11. 2026 11:06:40 UTC"
    assert localization.format_date("cs", MOMENT) == "18. listopadu 2026"
    assert localization.format_date("en", MOMENT) == "November 18, 2026"
    assert localization.format_time("cs", MOMENT) == "11:06 UTC"
    assert localization.format_duration("cs", 300) == "5 minut"
    assert localization.format_from_now("cs", 60) == "za 60 sekund"
    assert localization.format_from_now("cs", 180) == "za 3 minuty"
    assert localization.format_from_now("en", 180) == "in 3 minutes"


def test_languages_name_themselves(localization: Localization) -> None:
    """A person who cannot read the page finds their own language's name."""
    assert [localization.native_name(locale) for locale in localization.available] == ["English", "Čeština"]
    assert localization.text_direction("cs") == "ltr"


def test_what_is_forgotten_of_a_language_is_missing_nowhere(localization: Localization) -> None:
    """Every date, span of time and name is what babel writes in a process of its own, which forgets nothing."""
    program = "\n".join(
        (
            "from datetime import UTC, datetime, timedelta",
            "from babel import Locale",
            "from babel.dates import format_date, format_datetime, format_time, format_timedelta",
            f"moment = datetime.fromtimestamp({MOMENT}, UTC)",
            f"for tag in {localization.available!r}:",
            "    print(Locale.parse(tag).get_display_name().capitalize(), Locale.parse(tag).territories['CZ'])",
            "    print(format_datetime(moment, 'medium', locale=tag), 'UTC', format_date(moment, 'long', locale=tag))",
            "    print(format_time(moment, 'short', locale=tag), 'UTC')",
            f"    for span in [timedelta(seconds=seconds) for seconds in {SPANS!r}]:",
            "        print(format_timedelta(span, threshold=1.5, locale=tag))",
            "        print(format_timedelta(span, threshold=1.5, add_direction=True, locale=tag))",
        )
    )
    ours = []
    for tag in localization.available:
        ours += [f"{localization.native_name(tag)} {localization.country_name(tag, 'CZ')}"]
        ours += [f"{localization.format_datetime(tag, MOMENT)} {localization.format_date(tag, MOMENT)}"]
        ours += [localization.format_time(tag, MOMENT)]
        for seconds in SPANS:
            ours += [localization.format_duration(tag, seconds), localization.format_from_now(tag, seconds)]
    untouched = subprocess.run([sys.executable, "-X", "utf8", "-c", program], check=True, capture_output=True)
    assert untouched.stdout.decode().splitlines() == ours
