"""Rules about the sources that no linter knows: size, docstrings, layers without exceptions, error codes."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from tests.support.requirements import checklist

ROOT = Path(__file__).parents[2]
MAX_LINES = 400
MAX_CONFTEST_LINES = 150
# Megabytes that most processes never need.
LOADED_LATE = frozenset({"holidays", "httpx", "segno", "zxcvbn"})
# The same of ours and of drivers, by the module that chooses what its process needs.
CHOSEN_LATE = {
    "idp/database/backends/__init__.py": {
        "idp.database.backends",
        "idp.database.backends.postgresql",
        "idp.database.backends.sqlite",
    },
    "idp/outbound/client.py": {"idp.outbound.connection"},
    "idp/wiring.py": {"idp.messaging.sms"},
}

# The registries of the specifications that we follow: nothing else may stand in an `error` parameter.
SPECIFIED_ERRORS = {
    "RFC 6749": "invalid_request invalid_client invalid_grant invalid_scope unauthorized_client unsupported_grant_type "
    "unsupported_response_type access_denied server_error temporarily_unavailable",
    "OpenID Connect Core": "interaction_required login_required account_selection_required consent_required "
    "invalid_request_uri invalid_request_object request_not_supported request_uri_not_supported "
    "registration_not_supported",
    "OpenID Connect Unmet Authentication Requirements": "unmet_authentication_requirements",
    "RFC 6750": "invalid_token insufficient_scope",
    "RFC 7009": "unsupported_token_type",
    "RFC 7591": "invalid_redirect_uri invalid_client_metadata unapproved_software_statement",
    "RFC 9396 §5": "invalid_authorization_details",
    "RFC 8628": "authorization_pending slow_down expired_token",
    "CIBA Core": "unknown_user_id invalid_binding_message",
    "RFC 8707": "invalid_target",
    "RFC 9449": "invalid_dpop_proof use_dpop_nonce",
    "RFC 9470": "insufficient_user_authentication",
}


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not {"node_modules", "versions"} & set(path.parts):
                yield path


@lru_cache(maxsize=1024)
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    """400 lines for every Python file and template, 150 for the fixtures."""
    templates = (ROOT / "idp" / "templates").rglob("*.*")
    long = [_name(path) for path in (*_sources("idp", "tests", "examples"), *templates) if _lines(path) > MAX_LINES]
    assert long == []
    assert _lines(ROOT / "tests" / "conftest.py") <= MAX_CONFTEST_LINES


def test_every_module_says_what_it_is_for() -> None:
    """A docstring on each module, at most 15 lines on a package; only the `__init__.py` files of tests are empty."""
    silent = [_name(path) for path in _sources("idp", "examples", "tests") if not _says_something(path)]
    assert silent == []
    wordy = [_name(path) for path in _sources("idp") if path.name == "__init__.py" and _docstring_lines(path) > 15]
    assert wordy == []


def _says_something(path: Path) -> bool:
    return bool(ast.get_docstring(_tree(path))) or (path.name == "__init__.py" and "tests" in path.parts)


def _docstring_lines(path: Path) -> int:
    return len((ast.get_docstring(_tree(path)) or "").splitlines())


def test_the_layers_have_no_exceptions() -> None:
    """The import contracts are exhaustive and ignore nothing."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    configuration = tomllib.loads(text)["tool"]["importlinter"]
    assert "ignore_imports" not in text
    (layers,) = (contract for contract in configuration["contracts"] if contract["type"] == "layers")
    assert layers["exhaustive"] is True
    assert any(contract["type"] == "acyclic_siblings" for contract in configuration["contracts"])


def test_no_import_hides_from_the_layers() -> None:
    """Imports stand at the top of the module, where a reader and the import contracts see them.

    But for what is large and rarely needed. The import contracts see it all the same.
    """
    hidden = []
    for path in _sources("idp"):
        for function in ast.walk(_tree(path)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [node for node in ast.walk(function) if isinstance(node, ast.ImportFrom | ast.Import)]
                hidden += [
                    f"{_name(path)}:{node.lineno}"
                    for node in inner
                    if "cli" not in path.parts and not _is_large_and_rare(path, node)
                ]
    assert hidden == []


def _is_large_and_rare(path: Path, node: ast.ImportFrom | ast.Import) -> bool:
    names = {node.module or ""} if isinstance(node, ast.ImportFrom) else {alias.name for alias in node.names}
    return names <= CHOSEN_LATE.get(_name(path), set()) or {name.partition(".")[0] for name in names} <= LOADED_LATE


def test_every_error_code_is_one_of_the_specifications() -> None:
    """The enumeration is the whole list, and the list is made of registered codes."""
    registered = {code for codes in SPECIFIED_ERRORS.values() for code in codes.split()}
    (enumeration,) = (
        node
        for node in ast.walk(_tree(ROOT / "idp" / "protocol" / "errors.py"))
        if isinstance(node, ast.ClassDef) and node.name == "ErrorCode"
    )
    codes = {node.value for node in ast.walk(enumeration) if isinstance(node, ast.Constant)} - {
        ast.get_docstring(enumeration, clean=False)
    }
    assert codes <= registered
    used = set()
    for path in _sources("idp"):
        used |= {text for text in re.findall(r'OAuthError\(\s*"(\w+)"', path.read_text(encoding="utf-8"))}
        used |= {text for text in re.findall(r'"error": "(\w+)"', path.read_text(encoding="utf-8"))}
    assert used <= registered


def _tests() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in _sources("tests"):
        if path.name.startswith("test_"):
            for node in ast.walk(_tree(path)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    yield f"{_name(path)}::{node.name}", node


def test_every_test_says_what_it_proves() -> None:
    """A docstring on each test, a package file beside it, and no two tests of one name in a file."""
    tests = list(_tests())
    assert [name for name, node in tests if not ast.get_docstring(node)] == []
    names = [name for name, _ in tests]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
    folders = {path.parent for path in _sources("tests") if path.name.startswith("test_")}
    assert [_name(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_requirement_that_a_test_names_exists() -> None:
    """`@pytest.mark.requirement` takes literal ids of rows of the checklist."""
    wrong = []
    for path in _sources("tests"):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
                rows = [row.value if isinstance(row, ast.Constant) else None for row in node.args]
                wrong += [f"{_name(path)}:{node.lineno}" for row in rows or [None] if row not in checklist()]
    assert wrong == []


# What depends on the machine and is no component that could be installed.
MAY_SKIP = {
    "tests/support/components.py",
    "tests/support/test_requirements.py",
    "tests/examples/test_preparation.py",
    "tests/architecture/test_sources.py",
}


@pytest.mark.parametrize("word", ["pytest.skip(", "importorskip(", "mark.skip", "mark.xfail"])
def test_no_test_gives_itself_a_way_out(word: str) -> None:
    """A missing component goes through `missing()`, which skips on a laptop and fails in CI; nothing else skips."""
    found = [_name(path) for path in _sources("tests") if word in path.read_text(encoding="utf-8")]
    assert set(found) <= MAY_SKIP


@pytest.mark.requirement("CF-04")
@pytest.mark.parametrize("module", ["random", "uuid", "pickle", "marshal", "shelve"])
def test_no_module_of_the_service_imports(module: str) -> None:
    """Secrets come from the operating system's generator, and nothing deserialises code."""
    importing = []
    for path in _sources("idp"):
        for node in ast.walk(_tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            importing += [_name(path) for name in names if name.split(".")[0] == module]
    assert importing == []


@pytest.mark.requirement("CF-06")
@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_every_locked_package_has_its_version_and_hashes_and_no_address(lock: str) -> None:
    """One exact version each, with at least one SHA-256; no index, no link, no file."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+==\S+ ", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_npm_lock_has_hashes_and_no_address() -> None:
    """The relying party of the tests is the published package, wherever it was fetched from."""
    text = (ROOT / "tests" / "relying_parties" / "node" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert text.count('"version"') == text.count('"integrity": "sha512-')
