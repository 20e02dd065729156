"""Where an address is, as far as a database on this machine knows (MaxMind DB format). Nobody else is asked."""

from typing import Any

import maxminddb

from idp.localization import Localization


class Places:
    """One open database; raises `ValueError` for a file that is none."""

    def __init__(self, path: str, localization: Localization) -> None:
        try:
            self._reader = maxminddb.open_database(path)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            raise ValueError(f"IDP_GEOIP_FILE is no database of places: {type(error).__name__}") from error
        self._localization = localization

    def name(self, address: str, locale: str) -> str:
        """`Brno, Czechia` in the reader's language, as far as it is known; empty for an address that is nowhere."""
        try:
            found: Any = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return ""
        if not isinstance(found, dict):
            return ""
        country = _dictionary(found, "country")
        code = str(country.get("iso_code", ""))
        names = (
            _translated(_dictionary(found, "city"), locale),
            self._localization.country_name(locale, code) or _translated(country, locale),
        )
        return ", ".join(name for name in names if name)


def _dictionary(record: dict[str, Any], key: str) -> dict[str, Any]:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _translated(record: dict[str, Any], locale: str) -> str:
    names = _dictionary(record, "names")
    return str(names.get(locale) or names.get("en") or "")
