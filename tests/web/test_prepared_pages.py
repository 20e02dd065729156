"""Pages that are rendered once and filled in are the pages that rendering makes, byte for byte."""

from collections.abc import Mapping
from typing import Any

import pytest
from markupsafe import escape

import idp.web.prepared_pages
from idp.localization import Localization
from idp.web.pages import Pages
from idp.web.prepared_pages import PreparedPages, escaped
from tests.web.gallery import PORTAL, SETTINGS

VALUES = (
    "plain",
    "/login?flow=sealed&lang=cs",
    "\"'><script>alert(1)</script>{{ 7*7 }}{% if %}",
    "\\1 \\g<0> %s {0}",
    "Příliš žluťoučký kůň",
)


@pytest.fixture
def pages() -> Pages:
    return Pages(SETTINGS, Localization())


def a_login(own: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """What the login page is given when it has nothing to tell."""
    return {
        "action": f"/login?flow={own['seal']}",
        "register_url": f"/register?flow={own['seal']}",
        "recovery_url": f"/recovery?flow={own['seal']}",
        "cancel_action": f"/login?flow={own['seal']}",
        "csrf": own["csrf"],
        "language_address": own["language_address"],
        **more,
    }


@pytest.mark.parametrize("locale", ["en", "cs"])
@pytest.mark.parametrize("app", [None, PORTAL], ids=["own", "application"])
def test_a_prepared_page_is_the_rendered_one(pages: Pages, app: Any, locale: str) -> None:
    """With values of all kinds in every open place, one after the other, and its headers too."""
    for first in range(len(VALUES)):
        names = ("seal", "csrf", "language_address")
        own = {name: VALUES[(first + number) % len(VALUES)] for number, name in enumerate(names)}
        prepared = pages.prepared(
            "login.html",
            locale=locale,
            key="key",
            made_of=app,
            own=own,
            context=lambda marked: a_login(marked, app=app),
        )
        plain = pages.html("login.html", locale=locale, **a_login(own, app=app))
        assert prepared.body == plain.body
        assert prepared.raw_headers == plain.raw_headers
        assert prepared.status_code == plain.status_code


def test_locale_template_and_key_tell_texts_apart(pages: Pages) -> None:
    """None of them is shown for another; and one that is known is not made again."""
    made = []

    def ask(template: str, locale: str, key: str) -> bytes:
        def context(marked: Mapping[str, str]) -> dict[str, Any]:
            made.append((template, locale, key))
            return {"app": None, "host": key, "retry_url": f"/{key}?{marked['seal']}"} | a_login(
                {"csrf": "", "language_address": "", **marked}, awaits_session=key == "b"
            )

        page = pages.prepared(template, locale=locale, key=key, made_of=None, own={"seal": "s"}, context=context)
        return bytes(page.body)

    asked = [(template, locale, key) for template in ("login.html", "cookies_off.html") for locale in ("en", "cs")
             for key in ("a", "b")]  # fmt: skip
    first = [ask(*each) for each in asked]
    assert len(set(first)) == len(asked)
    assert [ask(*each) for each in asked] == first
    assert made == asked


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was asked for longest ago goes first."""
    monkeypatch.setattr(idp.web.prepared_pages, "_MOST", 2)
    pages, made = PreparedPages(), []

    def ask(key: str) -> bytes:
        def render(marked: Any) -> str:
            made.append(key)
            return f"{key} {marked['a']}{marked['a']} {marked['b']}"

        return pages.render(key, None, {"a": "<", "b": "1"}, render)

    assert [ask(key) for key in "xyxzxy"] == [b"%b &lt;&lt; 1" % key.encode() for key in "xyxzxy"]
    assert made == ["x", "y", "z", "y"]


@pytest.mark.parametrize("beside", ["", "&", "<", ">", '"', "'", "&amp;"])
def test_what_is_filled_in_is_escaped_as_templates_do(beside: str) -> None:
    """Every letter, alone and beside one that needs it: no value leaves its attribute."""
    for code in range(0x180):
        text = f"a{chr(code)}{beside}b"
        assert escaped(text) == str(escape(text))


def test_another_object_is_another_text() -> None:
    """What was changed comes with a new object; that it is equal says nothing about what hangs on it."""
    pages, first, second = PreparedPages(), ["a"], ["a"]

    def ask(made_of: list[str], text: str) -> bytes:
        return pages.render("key", made_of, {"a": ""}, lambda _: text)

    assert [ask(first, "1"), ask(first, "2"), ask(second, "3"), ask(second, "4")] == [b"1", b"1", b"3", b"3"]
    assert len(pages._texts) == 1
