"""`docs/user-agent-binding.md`: the policy table says what the code does."""

import re

import pytest

from idp.protocol.user_agent_binding import BindingMode, bind, is_same_browser, read_user_agent
from tests.docs.documents import ROOT

TEXT = (ROOT / "docs" / "user-agent-binding.md").read_text(encoding="utf-8")
_TOLD = r" \| (same|changed)"
ROWS = re.findall(rf"^\| ([^|]+) → ([^|]+?){_TOLD * 3} \|$", TEXT, re.MULTILINE)

_SYSTEMS = {
    "Windows": "Windows NT 10.0; Win64; x64",
    "Linux": "X11; Linux x86_64",
    "Android, phone": "Linux; Android 10; K",
    "Android, tablet": "Linux; Android 10; K",
}


def _header(words: str) -> str | None:
    """The header of `Chrome 142 on Windows` and its like."""
    words = words.strip()
    if words.endswith("no header at all"):
        return None
    if match := re.fullmatch(r"curl (\S+)", words):
        return f"curl/{match[1]}"
    match = re.fullmatch(r"(Chrome|Firefox) (\d+) on (.+)", words)
    assert match, words
    browser, version, place = match.groups()
    if browser == "Firefox":
        return f"Mozilla/5.0 ({_SYSTEMS[place]}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
    mobile = " Mobile" if place == "Android, phone" else ""
    engine = f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0{mobile} Safari/537.36"
    return f"Mozilla/5.0 ({_SYSTEMS[place]}) {engine}"


@pytest.mark.parametrize(("before", "after", "exact", "stable", "off"), ROWS)
def test_the_policy_table_is_true(before: str, after: str, exact: str, stable: str, off: str) -> None:
    """Each row, under each policy."""
    first = _header("Chrome 142 on Windows" if before.strip() in {"a string"} else before)
    second = first if after.strip() == "the identical string" else _header(after)
    for mode, told in ((BindingMode.EXACT, exact), (BindingMode.STABLE, stable), (BindingMode.OFF, off)):
        binding = bind(mode, read_user_agent(first))
        assert is_same_browser(binding, read_user_agent(second)) == (told == "same"), mode


def test_the_table_has_rows() -> None:
    """A table that no row was read from would prove nothing."""
    assert len(ROWS) == 8


def test_every_framework_has_its_line() -> None:
    """One line of code each, and a word on gateways that cannot."""
    names = "FastAPI Django Flask Express Laravel PHP Spring ASP.NET Go Rails oauth2-proxy nginx"
    assert [name for name in names.split() if not re.search(rf"\b{re.escape(name)}\b", TEXT)] == []
