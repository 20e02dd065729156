"""Languages: gettext catalogues, the choice of a locale, and dates and numbers as that locale writes them.

English stands in the sources; every other language is a committed `locale/<tag>/LC_MESSAGES/messages.po`, compiled in
memory when the process starts, so that a catalogue and its text can never be of two different versions.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from babel import Locale, localedata
from babel.core import get_global
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LOCALE = "en"
DOMAIN = "messages"
CATALOGUES = Path(__file__).parent / "locale"

# Far above any honest header; the rest of a longer list is not read.
_LONGEST_PREFERENCE = 1000
# Of a language, pages show dates, spans of time, and what it calls itself and countries.
_NEVER_SHOWN = (
    "compact_currency_formats",
    "compact_decimal_formats",
    "compound_unit_patterns",
    "currency_names",
    "currency_names_plural",
    "meta_zones",
    "time_zones",
    "unit_display_names",
)
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


class Localization:
    """The languages of an installation. Immutable after construction and safe to share."""

    def __init__(self, directory: Path = CATALOGUES, default: str = SOURCE_LOCALE) -> None:
        """Read every catalogue below `directory`. A default without a catalogue falls back to English."""
        self._translations: dict[str, NullTranslations] = {SOURCE_LOCALE: NullTranslations()}
        for source in sorted(directory.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
            self._translations[source.parent.parent.name] = _compile_catalogue(source)
        self.available: tuple[str, ...] = tuple(self._translations)
        self._known = {locale.lower().replace("_", "-"): locale for locale in self.available}
        self.default = self._find(default) or SOURCE_LOCALE
        for locale in ("root", *self.available):
            _forget_what_is_never_shown(locale)

    def translations(self, locale: str) -> NullTranslations:
        """The catalogue of `locale`, or the default's when there is none."""
        return self._translations.get(locale) or self._translations[self.default]

    def negotiate(self, *candidates: str | None) -> str:
        """The first locale we have among `candidates`, strongest first, else the default.

        A candidate is one tag, the space-separated tags of `ui_locales`, or a whole `Accept-Language` header.
        """
        for candidate in candidates:
            for tag in _preferred_tags(candidate[:_LONGEST_PREFERENCE]) if candidate else ():
                found = self._find(tag)
                if found:
                    return found
        return self.default

    def native_name(self, locale: str) -> str:
        """A language's name in that language, as the language links show it."""
        name = Locale.parse(locale, sep="-").get_display_name() or locale
        return name[:1].upper() + name[1:]

    def country_name(self, locale: str, code: str) -> str:
        """`Česko` for `CZ`; empty for what is no country's code."""
        return str(Locale.parse(_babel_tag(locale)).territories.get(code.upper(), ""))

    def text_direction(self, locale: str) -> str:
        """`ltr` or `rtl`, for the `dir` attribute."""
        return Locale.parse(locale, sep="-").text_direction

    def format_datetime(self, locale: str, moment: int) -> str:
        """`22. 11. 2026 19:05:00 UTC`: the server does not know the reader's zone, so it names its own."""
        return f"{format_datetime(_utc(moment), 'medium', locale=_babel_tag(locale))} UTC"

    def format_date(self, locale: str, moment: int) -> str:
        """`22. listopadu 2026`."""
        return format_date(_utc(moment), "long", locale=_babel_tag(locale))

    def format_time(self, locale: str, moment: int) -> str:
        """`19:05 UTC`."""
        return f"{format_time(_utc(moment), 'short', locale=_babel_tag(locale))} UTC"

    def format_duration(self, locale: str, seconds: int) -> str:
        """`5 minut`: the largest fitting unit."""
        return format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=_babel_tag(locale))

    def format_from_now(self, locale: str, seconds: int) -> str:
        """`za 5 minut`: with the preposition, because Czech inflects the unit after it."""
        span = timedelta(seconds=seconds)
        return format_timedelta(span, threshold=1.5, add_direction=True, locale=_babel_tag(locale))

    def _find(self, tag: str) -> str | None:
        # RFC 4647 §3.4 lookup: drop subtags from the end until one fits; case does not matter (§2.1).
        wanted = tag.replace("_", "-").lower()
        while wanted:
            if wanted in self._known:
                return self._known[wanted]
            wanted = wanted.rpartition("-")[0]
        return None


def _compile_catalogue(source: Path) -> GNUTranslations:
    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _forget_what_is_never_shown(locale: str) -> None:
    """babel keeps what it has loaded of a language, and hands out the same dictionary every time.

    Saves 1.9 of 4.6 MB, with two languages.
    """
    known = localedata.load(_babel_tag(locale))
    for section in _NEVER_SHOWN:
        known.pop(section, None)
    units = known["unit_patterns"]
    for unit in [unit for unit in units if not unit.startswith("duration-")]:
        del units[unit]


def _forget_what_is_never_asked() -> None:
    """The same for what it knows of all the world: saves 1.6 of 2.1 MB. Languages that it can write stay whole."""
    for section in (get_global("territory_currencies"), get_global("territory_languages")):
        cast(dict[str, Any], section).clear()
    written = {identifier.partition("_")[0] for identifier in localedata.locale_identifiers()}
    likely = cast(dict[str, Any], get_global("likely_subtags"))
    for tag in [tag for tag in likely if tag not in written]:
        del likely[tag]


_forget_what_is_never_asked()


@lru_cache(maxsize=1024)
def _preferred_tags(preference: str) -> tuple[str, ...]:
    """Read once for each header: browsers send the same few, and reading takes 6 µs, three times a page."""
    weighted: list[tuple[float, int, str]] = []
    # OIDC Core §3.1.2.1: `ui_locales` is separated by spaces; a header by commas, with spaces anywhere.
    items = re.split("," if {",", ";"} & set(preference) else r"\s+", preference)
    for position, item in enumerate(items):
        tag, _, parameters = item.partition(";")
        weight = _quality(parameters)
        if weight and _TAG.fullmatch(tag.strip()):
            weighted.append((-weight, position, tag.strip()))
    return tuple(tag for _, _, tag in sorted(weighted))


def _quality(parameters: str) -> float:
    # RFC 9110 §12.4.2: the weight is between 0 (not acceptable) and 1 (the default).
    match = re.search(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$", parameters)
    return float(match[1]) if match else 1.0


def _babel_tag(locale: str) -> str:
    return locale.replace("-", "_")


def _utc(moment: int) -> datetime:
    return datetime.fromtimestamp(moment, tz=UTC)
