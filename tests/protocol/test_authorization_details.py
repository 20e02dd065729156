"""Types of authorization details as an installation declares them, and what lies within what (RFC 9396)."""

from pathlib import Path
from typing import Any

import pytest

from idp.protocol.authorization_details import are_within, read_detail_types
from idp.wiring import build_wiring
from tests.support.provider import test_settings

WHOLE: dict[str, Any] = {"type": "domain", "actions": ["read", "transfer"], "name": "example.com"}


def test_a_type_is_called_by_its_title() -> None:
    """In the language asked for, else in English, else by its name."""
    types = read_detail_types('{"a": {"title": {"en": "Domains", "cs": "Domény"}}, "b": {}}')
    assert [types["a"].title(locale) for locale in ("cs", "en", "de")] == ["Domény", "Domains", "Domains"]
    assert types["b"].title("cs") == "b"
    assert read_detail_types("") == {}


@pytest.mark.parametrize(
    "declared",
    [
        "x", "[]", '{"a": []}', '{"a": {"typo": []}}', '{"a": {"title": "x"}}', '{"a": {"title": {"en": 5}}}',
        '{"a": {"actions": "read"}}', '{"a": {"actions": [5]}}', '{"a": {"required": ["name"]}}',
        '{"a": {"members": ["type"]}}', '{"a": {"members": ["actions"]}}', '{"a": {}, "a": {}}', '{"\\u0000": {}}',
    ],
)  # fmt: skip
def test_a_declaration_that_is_wrong_stops_the_start(declared: str, tmp_path: Path) -> None:
    """With a sentence that names the setting."""
    settings = test_settings(f"sqlite:///{tmp_path}/x.sqlite3", tmp_path, authorization_details_types=declared)
    with pytest.raises(ValueError, match="IDP_AUTHORIZATION_DETAILS_TYPES"):
        build_wiring(settings)


@pytest.mark.parametrize(
    ("asked", "is_within"),
    [
        ([], True),
        ([WHOLE], True),
        ([WHOLE | {"actions": ["read"]}], True),
        ([WHOLE | {"actions": ["transfer", "read"]}], True),
        ([WHOLE | {"actions": ["delete"]}], False),
        ([WHOLE | {"name": "other.example"}], False),
        ([WHOLE | {"type": "invoice"}], False),
        ([WHOLE | {"locations": ["x"]}], False),
        ([{"type": "domain", "name": "example.com"}], False),  # without its actions it would stand for all of them
        ([WHOLE, WHOLE | {"name": "other.example"}], False),
    ],
)
def test_lists_may_be_shorter_and_nothing_else(asked: list[dict[str, Any]], is_within: bool) -> None:
    """RFC 9396 §6."""
    assert are_within(asked, [WHOLE]) is is_within
