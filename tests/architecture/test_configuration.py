"""`docs/configuration.md` and `idp.settings.Settings` say the same, both ways."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, TypeAdapter

from idp.settings import Settings

DOCUMENT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(IDP_\w+)` \| (.+?) \| (.+) \|$", DOCUMENT, re.MULTILINE)


def test_every_setting_is_documented_once_and_nothing_else_is() -> None:
    """The names in the tables are those of the class."""
    names = [name for name, _, _ in ROWS]
    assert len(names) == len(set(names))
    assert set(names) == {f"IDP_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.requirement("CF-10")
@pytest.mark.parametrize(
    ("name", "written"), [(name, written) for name, written, _ in ROWS], ids=[row[0] for row in ROWS]
)
def test_every_documented_default_is_the_real_one(name: str, written: str) -> None:
    """Durations are compared as durations, everything else as it would stand in the environment."""
    default = Settings.model_fields[name.removeprefix("IDP_").lower()].default
    text = "" if written == "–" else written.strip("`")
    if isinstance(default, timedelta):
        assert TypeAdapter(timedelta).validate_python(text) == default
    elif isinstance(default, SecretStr):
        assert text == default.get_secret_value()
    elif isinstance(default, bool):
        assert text == str(default).lower()
    else:
        assert text == ("" if default == () else str(default))


def test_every_row_says_what_the_variable_does() -> None:
    """A sentence, with its full stop."""
    assert [name for name, _, text in ROWS if not text.endswith(".") or len(text) < 10] == []
