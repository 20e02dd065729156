"""The documents of the repository, read as far as tests look at them: fenced blocks, links, headings."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda path: path.relative_to(ROOT).as_posix()
)

_FENCE = re.compile(r"^```(\w*)$\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"<!-- test: (\w+) -->\s*$")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name_of(path: Path) -> str:
    """As it stands in a test's id."""
    return path.relative_to(ROOT).as_posix()


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. `mark` is what an invisible comment above it says how to test it."""

    document: Path
    language: str
    text: str
    line: int
    mark: str

    @property
    def place(self) -> str:
        return f"{name_of(self.document)}:{self.line}"


def blocks(*languages: str, mark: str | None = None) -> list[Block]:
    """Every block in one of the languages, in the documents' order."""
    return [
        block
        for document in DOCUMENTS
        for block in blocks_of(document)
        if block.language in languages and (mark is None or block.mark == mark)
    ]


def blocks_of(document: Path) -> Iterator[Block]:
    text = document.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        before = text[: match.start()]
        mark = _MARK.search(before)
        yield Block(document, match[1], match[2], before.count("\n") + 1, mark[1] if mark else "")


def prose_of(document: Path) -> str:
    """The document without its blocks."""
    return _FENCE.sub("", document.read_text(encoding="utf-8"))


def links_of(document: Path) -> list[str]:
    return _LINK.findall(prose_of(document))


def anchors_of(document: Path) -> set[str]:
    """As the hosts of repositories make them from headings."""
    headings = _HEADING.findall(prose_of(document))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a shell block, split into words; `typed` is the file that `< file` names."""

    place: str
    words: tuple[str, ...]
    typed: str | None = None

    @property
    def program(self) -> str:
        return Path(self.words[0]).name


def commands_of(block: Block) -> Iterator[Command]:
    """Lines of one command each: the documents use no other shell syntax than comments, `export` and `<`."""
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        words = shlex.split(line, comments=True)
        if not words:
            continue
        typed = words[words.index("<") + 1] if "<" in words else None
        kept = words[: words.index("<")] if typed else words
        yield Command(f"{name_of(block.document)}:{number}", tuple(kept), typed)
