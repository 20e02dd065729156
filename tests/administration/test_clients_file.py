"""`clients.yaml`: what is read, and how each mistake is named with its line."""

from pathlib import Path

import pytest

from idp.administration.client_secrets import SecretReference, make_secret_file, read_secret
from idp.administration.clients_file import InvalidClientsFile, read_clients_file
from idp.administration.refusal import Refused

ROOT = Path(__file__).parents[2]
SECRET = "a" * 43


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "clients.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_file_is_valid() -> None:
    """The clients.yaml of the project declares the example clients, and no secret."""
    declared = {client.client_id: client for client in read_clients_file(ROOT / "clients.yaml")}

    assert list(declared) == ["portal", "example-api", "demo-partner", "token-command", "example-device"]
    assert declared["portal"].secret == SecretReference(file=ROOT / "var/secrets/portal", generate=True)
    assert declared["token-command"].secret is None


def test_members_keep_their_types(tmp_path: Path) -> None:
    """Lists, booleans and numbers arrive as such; a relative secret file is looked for beside clients.yaml."""
    path = written(
        tmp_path,
        "clients:\n  shop:\n    client_name: Shop\n    redirect_uris: ['https://shop.example.com/cb']\n"
        "    first_party: true\n    default_max_age: 300\n    secret: {file: shop.secret}\n",
    )
    (client,) = read_clients_file(path)

    assert client.metadata == {
        "client_name": "Shop",
        "redirect_uris": ["https://shop.example.com/cb"],
        "first_party": True,
        "default_max_age": 300,
    }
    assert client.secret == SecretReference(file=tmp_path / "shop.secret")


@pytest.mark.parametrize("text", ["clients:\n", "clients: {}\n"])
def test_no_clients_are_fine(tmp_path: Path, text: str) -> None:
    """A file that declares nothing is a declaration, too."""
    assert read_clients_file(written(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("", 1, "clients:", id="empty"),
        pytest.param("- a\n", 1, "clients:", id="list"),
        pytest.param("client:\n  a: {}\n", 1, "unknown member 'client'", id="wrong-root"),
        pytest.param("clients:\n  a: [\n", 3, "YAML", id="syntax"),
        pytest.param("clients:\n\ta: {}\n", 2, "YAML", id="tab"),
        pytest.param("clients:\n  a: text\n", 2, "mapping", id="no-mapping"),
        pytest.param("clients:\n  a: {}\n  a: {}\n", 3, "twice", id="client-twice"),
        pytest.param("clients:\n  a:\n    scope: x\n    scope: y\n", 4, "twice", id="member-twice"),
        pytest.param("clients:\n  acc_a: {}\n", 2, "client_id", id="client-id"),
        pytest.param("clients:\n  a:\n    scopes: x\n    redirect_uris: [https://a/]\n", 3, "scopes", id="typo"),
        pytest.param("clients:\n  a:\n    scope: x\n    redirect_uris: [https://a/#x]\n", 4, "fragment", id="hash"),
        pytest.param("clients:\n  a:\n    client_name: A\n", 2, "redirect_uris", id="no-redirect-uri"),
        pytest.param("clients:\n  a:\n    client_name: 2026-01-01\n", 3, "quotes", id="date"),
        pytest.param("clients:\n  a:\n    default_max_age: 1.5\n", 3, "quotes", id="float"),
        pytest.param("clients:\n  a:\n    client_name: &x A\n    client_uri: *x\n", 4, "aliases", id="alias"),
        pytest.param("clients:\n  a:\n    client_name: !!python/name:os.system x\n", 3, "quotes", id="python-tag"),
        pytest.param("clients:\n  a:\n    secret: abcdef\n", 3, "never stands", id="secret-in-file"),
        pytest.param("clients:\n  a:\n    secret: {env: A, file: b}\n", 3, "never stands", id="two-secrets"),
        pytest.param("clients:\n  a:\n    secret: {env: ''}\n", 3, "never stands", id="empty-reference"),
        pytest.param("clients:\n  1: {}\n  ? [a]\n  : {}\n", 3, "plain text", id="list-as-name"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    """File, line, and what is wrong."""
    path = written(tmp_path, text)
    with pytest.raises(InvalidClientsFile) as refusal:
        read_clients_file(path)

    assert str(refusal.value).startswith(f"{path}:{line}: ")
    assert words in str(refusal.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """Nobody has to run the command once for each mistake."""
    path = written(tmp_path, "clients:\n  a:\n    first_party: 1\n  b:\n    scope: [x]\n")
    with pytest.raises(InvalidClientsFile) as refusal:
        read_clients_file(path)

    assert [problem.line for problem in refusal.value.problems] == [3, 5]


def test_public_client_has_no_secret(tmp_path: Path) -> None:
    """A secret for a client that cannot present one is a mistake, not a habit."""
    path = written(
        tmp_path,
        "clients:\n  a:\n    application_type: spa\n    redirect_uris: [https://a.example/cb]\n    secret: {env: A}\n",
    )
    with pytest.raises(InvalidClientsFile, match=":5: a: secret"):
        read_clients_file(path)


def test_unreadable_file_is_one_sentence(tmp_path: Path) -> None:
    """No file, or one that is no text."""
    with pytest.raises(Refused, match="does not exist"):
        read_clients_file(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refused, match="UTF-8"):
        read_clients_file(tmp_path / "binary.yaml")
    with pytest.raises(Refused, match="not allow"):
        read_clients_file(written(tmp_path, "clients: \0\n"))


def test_secrets_come_from_environment_or_file(tmp_path: Path) -> None:
    """Both are trimmed; what is missing, short or not ASCII is refused and never echoed."""
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "short").write_text("hunter2")

    assert read_secret(SecretReference(variable="S"), {"S": SECRET}) == SECRET
    assert read_secret(SecretReference(file=tmp_path / "secret"), {}) == SECRET
    assert read_secret(SecretReference(file=tmp_path / "later", generate=True), {}) is None
    for reference in (
        SecretReference(variable="S"),
        SecretReference(file=tmp_path / "later"),
        SecretReference(file=tmp_path),
        SecretReference(file=tmp_path / "short"),
    ):
        with pytest.raises(Refused) as refusal:
            read_secret(reference, {"S": "é" * 40})
        assert "hunter2" not in str(refusal.value)


def test_generated_secret_file_is_private_and_kept(tmp_path: Path) -> None:
    """Made once with mode 0600; a second maker reads what the first one wrote."""
    path = tmp_path / "secrets" / "portal"
    secret = make_secret_file(path)

    assert make_secret_file(path) == secret
    assert len(secret) == 43
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["portal"]
