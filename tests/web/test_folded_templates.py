"""Templates with their constant parts folded in render what Jinja alone renders."""

import pytest
from jinja2 import DictLoader, Environment
from markupsafe import Markup

import idp.web.pages
from idp.localization import Localization
from idp.web.folded_templates import FoldedEnvironment
from idp.web.pages import Pages
from tests.web.gallery import GALLERY, SETTINGS, render


@pytest.mark.parametrize("locale", ["en", "cs"])
def test_every_page_is_the_same_byte_for_byte(locale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every state of every page, in both languages."""
    folded = Pages(SETTINGS, Localization())
    monkeypatch.setattr(idp.web.pages, "FoldedEnvironment", Environment)
    plain = Pages(SETTINGS, Localization())
    for state in GALLERY:
        assert render(folded, state, locale) == render(plain, state, locale), state


def test_only_constant_calls_are_folded() -> None:
    """A constant call is made once, and escaped unless it returns markup; the others are made at every rendering."""
    calls: list[object] = []

    def noted(*values: object) -> str:
        calls.append(values)
        return "<b>"

    template = '{{ f("a") }} {{ f(x) }} {{ f("a", b=1) }} {{ bold() }}'
    environment = FoldedEnvironment(loader=DictLoader({"page": template}), autoescape=True)
    environment.globals["f"] = lambda *_, **__: "run"
    environment.constant = {"f": noted, "bold": lambda: Markup("<b>")}
    for _ in range(2):
        assert environment.get_template("page").render(x=1) == "&lt;b&gt; run run <b>"
    assert calls == [("a",)]
