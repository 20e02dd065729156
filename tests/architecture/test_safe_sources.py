"""What no source of the service does: build SQL of strings, compare secrets byte by byte, run what it was given."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What hands a text to a database: SQLAlchemy's functions, and the methods of SQLAlchemy, asyncpg and sqlite3.
_FUNCTIONS_OF_SQL = {"text", "literal_column"}
_METHODS_OF_SQL = {
    *("exec_driver_sql", "execute", "executemany", "executescript", "literal_column"),
    *("fetch", "fetchrow", "fetchval", "prepare", "cursor", "scalar", "scalars"),
}
_PRAGMAS = "idp/database/backends/sqlite.py"  # a pragma takes no parameters; these are made of our own constants

# Whoever sees such a name compares what only one side may know.
_SECRET_NAMES = {"secret", "password", "token", "handle", "mac", "signature", "secret_digest", "token_digest", "csrf"}

_RUNS_WHAT_IT_IS_GIVEN = {
    *("eval", "exec", "compile", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "yaml.full_load"),
    *("pickle.loads", "marshal.loads", "hashlib.md5", "hashlib.sha1", "ssl._create_unverified_context"),
}
_DANGEROUS_OPTIONS = {("shell", True), ("verify", False), ("check_hostname", False), ("autoescape", False)}


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "idp").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for name, tree in _sources():
        yield from ((name, node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def is_built(text: ast.expr) -> bool:
    """Whether the expression puts a string together, as injected SQL would have to be."""
    if isinstance(text, ast.JoinedStr):
        return True
    if isinstance(text, ast.BinOp):
        return isinstance(text.op, ast.Add | ast.Mod)
    return isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute) and text.func.attr in {"format", "join"}


@pytest.mark.requirement("CF-05")
def test_no_sql_is_put_together() -> None:
    """Statements are SQLAlchemy's or literal, and values are bound; only SQLite's pragmas are made of constants."""
    built = [
        f"{name}:{call.lineno}"
        for name, call in _calls()
        if _takes_sql(call) and is_built(call.args[0]) and name != _PRAGMAS
    ]
    assert built == []


def _takes_sql(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        return bool(call.args) and call.func.attr in _METHODS_OF_SQL
    return bool(call.args) and ast.unparse(call.func) in _FUNCTIONS_OF_SQL


@pytest.mark.requirement("CF-05")
def test_a_pragma_is_made_of_nothing_but_constants() -> None:
    """In the one place where a statement is put together, whatever stands in it was written there."""
    tree = ast.parse((ROOT / _PRAGMAS).read_text(encoding="utf-8"))
    statements = [node.args[0] for node in ast.walk(tree) if isinstance(node, ast.Call) and _takes_sql(node)]
    texts = [ast.unparse(statement) for statement in statements if is_built(statement)]
    assert sorted(texts) == ["f'PRAGMA busy_timeout={WAIT_SECONDS * 1000:.0f}'", "f'PRAGMA {pragma}'"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('f"SELECT {x}"', True),
        ('"SELECT " + x', True),
        ('"SELECT %s" % x', True),
        ('"SELECT {}".format(x)', True),
        ('", ".join(x)', True),
        ('"SELECT 1"', False),
        ("select(table)", False),
    ],
)
def test_every_way_of_building_a_string_is_seen(text: str, *, expected: bool) -> None:
    """Otherwise the tests above would find nothing in anything."""
    assert is_built(ast.parse(text, mode="eval").body) is expected


@pytest.mark.requirement("JW-20")
def test_no_secret_is_compared_byte_by_byte() -> None:
    """Not with `==`, `!=` or `in`: only `hmac.compare_digest` takes as long when the first byte is wrong.

    A comparison in SQL looks for the digest of what came, which nobody can aim; what a person typed into two fields
    is no secret of ours.
    """
    compared = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn)
        if any(map(_is_secret, sides := (node.left, *node.comparators)))
        if not any(isinstance(each, ast.Constant) or _is_column(each) or _is_typed(each) for each in sides)
    ]
    assert compared == []


def _is_secret(value: ast.expr) -> bool:
    name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
    return name in _SECRET_NAMES


def _is_typed(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "form.one"


def _is_column(value: ast.expr) -> bool:
    """`table.c.column`, which makes SQL of the comparison."""
    return isinstance(value, ast.Attribute) and isinstance(value.value, ast.Attribute) and value.value.attr == "c"


@pytest.mark.requirement("CF-07")
def test_nothing_runs_what_it_was_given() -> None:
    """No `eval`, no shell, no YAML that makes objects, no unverified TLS, no broken hash."""
    found = [
        f"{name}:{call.lineno}"
        for name, call in _calls()
        if ast.unparse(call.func) in _RUNS_WHAT_IT_IS_GIVEN or _options(call) & _DANGEROUS_OPTIONS
    ]
    assert found == []


def _options(call: ast.Call) -> set[tuple[str, bool]]:
    return {
        (option.arg, option.value.value)
        for option in call.keywords
        if option.arg and isinstance(option.value, ast.Constant) and isinstance(option.value.value, bool)
    }
