"""The sentences of refusals: every one of the rules has its words on the page, in every language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.administration import cases
from idp.administration.cases.phone_authorisation import _NOT_SENT
from idp.administration.refusal import Refused
from idp.endpoints.desk.refused import refusal

RULES = Path(cases.__file__).parent


def sentences() -> Iterator[str]:
    """What the rules may raise; a value in it stands as 9."""
    for source in sorted(RULES.glob("*.py")):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Refused", "Denied"} and node.args:
                said = node.args[0]
                if isinstance(said, ast.Subscript):
                    continue  # one of a table, see below
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "9" for part in parts)
    yield from _NOT_SENT.values()


@pytest.mark.parametrize("sentence", sorted(set(sentences())))
def test_every_refusal_has_words_on_the_page(sentence: str) -> None:
    """None falls back to the general sentence."""
    assert refusal(Refused(sentence)).message != "desk.refused"


def test_unknown_refusal_shows_nothing_of_itself() -> None:
    """A sentence that no catalogue knows is no text of the page."""
    assert refusal(Refused("<b>x</b>")).message == "desk.refused"
