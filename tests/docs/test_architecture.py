"""`docs/architecture.md` describes what is there: layers, packages, tables, prompts, lifetimes."""

import re
import tomllib
from datetime import timedelta

from pydantic import TypeAdapter

from idp.app import build_app
from idp.interaction.prompts import PROMPTS
from idp.settings import Settings
from idp.tables import metadata
from tests.docs.documents import ROOT, blocks_of
from tests.support.provider import Provider

DOCUMENT = ROOT / "docs" / "architecture.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
IDP = ROOT / "idp"


def test_the_layers_are_those_of_the_contract() -> None:
    """Line by line, in the order of `[tool.importlinter]`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    drawn = next(block for block in blocks_of(DOCUMENT) if block.text.startswith("cli")).text
    lines = [re.split(r" {2,}", line)[0].split(" | ") for line in drawn.splitlines()]
    assert lines == [layer.split(" | ") for layer in contract["layers"]]


def test_every_package_is_named_and_every_name_exists() -> None:
    """Both ways: nothing is left out, nothing is invented."""
    packages = {path.parent.relative_to(ROOT).as_posix() for path in IDP.rglob("__init__.py")} - {"idp"}
    modules = {path.relative_to(ROOT).as_posix() for path in IDP.glob("*.py")} - {"idp/__init__.py"}
    named = set(re.findall(r"`(idp/[\w/.]+?)/?`", TEXT))
    assert (packages | modules) - named == set()
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_table_is_described() -> None:
    """The list of tables is the schema's."""
    section = TEXT.partition("## Data")[2].partition("**Statements.**")[0]
    first_cells = " ".join(re.findall(r"^\| (`.+?) \|", section, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", first_cells)) == set(metadata.tables)


def test_the_prompts_stand_in_their_order() -> None:
    """As the dispatcher asks them."""
    sentence = re.search(r"`idp/interaction/prompts/__init__\.py`:\n([\w, \n]+)\. None needed", TEXT)
    assert sentence is not None
    assert re.split(r",\s+", sentence[1]) == [prompt.name for prompt in PROMPTS]


def test_the_lifetimes_are_the_defaults() -> None:
    """Each with the setting that changes it, none missing."""
    rows = re.findall(r"^\| .+ \| `(P\w+)` \| `(IDP_\w+)` \|$", TEXT.partition("## Lifetimes")[2], re.MULTILINE)
    told = {name.removeprefix("IDP_").lower(): TypeAdapter(timedelta).validate_python(value) for value, name in rows}
    lives = {
        name: field.default
        for name, field in Settings.model_fields.items()
        if isinstance(field.default, timedelta) and name != "otp_tolerance"
    }
    assert told == lives


async def test_the_hot_path_is_the_list_in_the_text(provider: Provider) -> None:
    """The plain ASGI routes that are named exist, and each is no FastAPI route."""
    sentence = TEXT.partition("The hot path is plain ASGI")[2].partition("No dependency graph")[0]
    named = set(re.findall(r"`(/[a-z_-]+)`", sentence))
    routes = build_app(provider.wiring, background=False).router.routes
    plain = {getattr(route, "path", "") for route in routes if type(route).__name__ == "Route"}
    assert named == {path for path in plain if not path.startswith(("/.well-known", "/admin/", "/clients/"))}
