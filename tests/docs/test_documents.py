"""The documents point at what exists, name what exists, and say nothing about the machine they were written on."""

import re
from pathlib import Path

import pytest

from idp.settings import Settings
from tests.docs.documents import DOCUMENTS, ROOT, anchors_of, blocks, links_of, name_of

_EVERY = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
_LARGEST_PICTURE = 150 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
# What would tell where somebody worked, or make an installation depend on one registry.
_FOREIGN = re.compile(
    r"/home/|/root/|/work/|/Users/|/tmp/|pypi\.org|pythonhosted|npmjs|index-url|debian\.org", re.IGNORECASE
)


def test_the_documents_that_everybody_expects_are_there() -> None:
    """A newcomer, a developer and an operator each find their page."""
    pages = ("architecture", "command-line", "configuration", "operations", "relying-parties", "user-agent-binding")
    expected = {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", *(f"docs/{page}.md" for page in pages)}
    assert expected <= {name_of(document) for document in DOCUMENTS}


@_EVERY
def test_every_link_leads_somewhere(document: Path) -> None:
    """Files exist, and so do the headings that links name."""
    for link in links_of(document):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors_of(target), link


@_EVERY
def test_every_variable_that_is_named_exists(document: Path) -> None:
    """`IDP_…` names in prose and in blocks are fields of the settings."""
    known = {f"IDP_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"IDP_[A-Z0-9_]*[A-Z0-9]", document.read_text(encoding="utf-8")))
    assert named <= known


@_EVERY
def test_no_document_names_a_machine_or_a_registry(document: Path) -> None:
    """Nor a temporary directory: what is written works everywhere."""
    assert _FOREIGN.findall(document.read_text(encoding="utf-8")) == []


@_EVERY
def test_every_file_that_is_named_exists(document: Path) -> None:
    """Paths in backticks, from the repository's root."""
    paths = re.compile(r"`((?:idp|docs|tests|examples|deploy|migrations)/[\w./*-]+)`")
    named = paths.findall(document.read_text(encoding="utf-8"))
    missing = [path for path in named if not (ROOT / path).exists()]
    assert missing == []


def test_every_decision_is_listed_and_has_the_four_parts() -> None:
    """The index names each page, and each page says its decision in one quoted line."""
    directory = ROOT / "docs" / "decisions"
    pages = sorted(directory.glob("0*.md"))
    index = (directory / "README.md").read_text(encoding="utf-8")
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        assert f"[{page.name[:4]}]({page.name}) | {title[5:]} |" in index
        assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Alternatives"]
        assert len(re.findall(r"^> .+\.$", text, re.MULTILINE)) == 1


def test_pictures_are_small_and_used() -> None:
    """Files of at most 150 kB that the README shows: what a person sees as PNG, and the benchmark's drawing."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = sorted(path for path in (ROOT / "docs" / "images").iterdir() if path.is_file())
    assert pictures
    for picture in pictures:
        assert picture.read_bytes().startswith(_PNG) or picture.name == "performance.svg"
        assert picture.stat().st_size <= _LARGEST_PICTURE
        assert f"docs/images/{picture.name}" in readme


def test_contributing_fits_on_a_page() -> None:
    """Who wants to help reads one page before the first change."""
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 50


def test_python_blocks_are_python() -> None:
    """The lines of the integration guides parse, `await` included."""
    for block in blocks("python"):
        body = "\n".join(f"    {line}" for line in block.text.splitlines())
        compile(f"async def block(oauth, client, request):\n{body}\n", block.place, "exec")
