"""Pages that are rendered once and filled in are the pages that rendering makes, byte for byte."""

from typing import Any

import pytest
from markupsafe import escape

import idp.web.pages
import idp.web.prepared_pages
from idp.localization import Localization
from idp.web.pages import Pages
from idp.web.prepared_pages import OWN_VALUES, PreparedPages, escaped, frozen
from tests.web.gallery import GALLERY, SETTINGS, SHARED
from tests.web.gallery_state import State

STATES = [state for state in GALLERY if state.template in OWN_VALUES]
VALUES = (
    "plain",
    "/login?flow=sealed&lang=cs",
    "\"'><script>alert(1)</script>{{ 7*7 }}{% if %}",
    "\\1 \\g<0> %s {0}",
    "Příliš žluťoučký kůň",
)


def rendered(pages: Pages, state: State, locale: str, **more: Any) -> str:
    """As a route asks for it."""
    return pages.render(
        state.template, locale=locale, errors=state.errors, **({**SHARED, "back_url": "/"} | {**state.context} | more)
    )


@pytest.fixture
def prepared() -> Pages:
    """The product's."""
    return Pages(SETTINGS, Localization())


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Pages:
    """One that prepares nothing."""
    pages = Pages(SETTINGS, Localization())
    original = pages.render

    def render(*arguments: Any, **options: Any) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(idp.web.pages, "OWN_VALUES", {})
            return original(*arguments, **options)

    monkeypatch.setattr(pages, "render", render)
    return pages


@pytest.mark.parametrize("locale", ["en", "cs"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_state_is_the_same_byte_for_byte(prepared: Pages, plain: Pages, state: State, locale: str) -> None:
    """With values of all kinds in every open place, one after the other, and with some that are missing or empty."""
    names = sorted(OWN_VALUES[state.template])
    assert rendered(prepared, state, locale) == rendered(plain, state, locale)
    for first in range(len(VALUES)):
        own = {name: VALUES[(first + number) % len(VALUES)] for number, name in enumerate(names)}
        assert rendered(prepared, state, locale, **own) == rendered(plain, state, locale, **own)
        for name in names:
            without = own | {name: ""}
            assert rendered(prepared, state, locale, **without) == rendered(plain, state, locale, **without)


def test_what_is_nobodys_own_tells_pages_apart(prepared: Pages, plain: Pages) -> None:
    """Another application, another wish of the client, a page without its links: none is shown for another."""
    state = next(state for state in STATES if not state.errors)
    app = {"name": "A", "logo_uri": None, "policy_uri": None, "tos_uri": None, "host": "a.example"}
    for more in (
        {"app": None},
        {"app": app},
        {"app": app | {"name": "B"}},
        {"app": app | {"policy_uri": "https://a.example/<privacy>"}},
        {"awaits_session": True},
        {"awaits_session": False},
        {"values": {"username": "", "remember": ""}},
    ):
        for _ in range(2):
            assert rendered(prepared, state, "en", **more) == rendered(plain, state, "en", **more)


def test_what_one_person_is_told_is_not_remembered(prepared: Pages) -> None:
    """Errors, notices, riddles and what somebody typed would fill the memory with pages that nobody asks for again."""
    kept = prepared._prepared._texts
    for state in STATES:
        context = state.context
        is_told = state.errors or context.get("notice") or context.get("captcha")
        before = len(kept)
        rendered(prepared, state, "en", values={"username": "lucie@wedos.cz"})
        assert len(kept) == before
        if is_told:
            rendered(prepared, state, "en")
            assert len(kept) == before


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was asked for longest ago goes first."""
    monkeypatch.setattr(idp.web.prepared_pages, "_MOST", 2)
    pages, made = PreparedPages(), []

    def ask(key: str) -> bytes:
        def render(marked: Any) -> str:
            made.append(key)
            return f"{key} {marked['a']}{marked['a']} {marked['b']}"

        return pages.render(key, {"a": "<", "b": "1"}, render)

    assert [ask(key) for key in "xyxzxy"] == [b"%b &lt;&lt; 1" % key.encode() for key in "xyxzxy"]
    assert made == ["x", "y", "z", "y"]


@pytest.mark.parametrize("beside", ["", "&", "<", ">", '"', "'", "&amp;"])
def test_what_is_filled_in_is_escaped_as_templates_do(beside: str) -> None:
    """Every letter, alone and beside one that needs it: no value leaves its attribute."""
    for code in range(0x180):
        text = f"a{chr(code)}{beside}b"
        assert escaped(text) == str(escape(text))


def test_a_key_knows_types_and_order() -> None:
    """What is written differently has another key; what has no key is an error, not a guess."""
    values = [1, True, "1", None, "", {}, {"a": 1}, {"a": True}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": {"a": 1}}]
    assert len({frozen(value) for value in values}) == len(values)
    assert frozen({"a": {"b": "c"}}) == frozen({"a": {"b": "c"}})
    with pytest.raises(TypeError):
        frozen([1])
