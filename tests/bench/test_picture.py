"""The picture shows every row of a result once, in light and in dark."""

from xml.etree import ElementTree

from bench.measure import Effort
from bench.picture import draw, shown_rows
from bench.results import new_result
from tests.bench.figures import figures, row

SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_has_a_bar_for_each_row_and_colours_for_both_themes() -> None:
    """A bar's length is its ratio; names and rates can be read; a shorter one looks otherwise."""
    rows = [row(figures(3000), figures(1000)), row(figures(500), figures(1000), database="postgresql")]
    drawn = draw(new_result(Effort(), rows, is_complete=True).to_json())
    picture = ElementTree.fromstring(drawn)  # noqa: S314 - made a line above
    bars = picture.findall(f"{SVG}rect")
    assert [bar.get("class") for bar in bars] == ["bar", "short"]
    longer, shorter = (float(bar.get("width") or 0) for bar in bars)
    assert abs(longer / shorter - 6) < 0.01
    said = " ".join(text.text or "" for text in picture.findall(f"{SVG}text"))
    for words in ("JWKS, sqlite", "JWKS, postgresql", "3.0 ×", "0.5 ×", "3 000 : 1 000 /s", "oidc-provider 9."):
        assert words in said
    assert "prefers-color-scheme: dark" in drawn


def test_of_several_numbers_of_connections_one_is_shown() -> None:
    """The row with 64, or with the most there is."""
    few, many = row(figures(3), figures(1), connections=16), row(figures(2), figures(1), connections=64)
    login = row(figures(4), figures(1), scenario="login", connections=8)
    shown = shown_rows([each.to_json() for each in (few, many, login)])
    assert [(each["scenario"], each["connections"]) for each in shown] == [("jwks", 64), ("login", 8)]
