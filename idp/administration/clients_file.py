"""Reads `clients.yaml`: every problem is found before anything is changed, each with its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from idp.administration.client_secrets import SecretReference
from idp.administration.refusal import Refused
from idp.clients.client import InvalidClientMetadata
from idp.clients.metadata import parse_client_metadata

_JSON_SCALARS = (str, int, bool, type(None))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: lines count from 1."""

    line: int
    text: str


class InvalidClientsFile(Refused):
    """The file cannot be applied. Its text has one line for each problem."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        super().__init__("\n".join(f"{path}:{problem.line}: {problem.text}" for problem in problems))
        self.path = path
        self.problems = problems


@dataclass(frozen=True, slots=True)
class DeclaredClient:
    """One entry of the file: RFC 7591 metadata and ours, and where its secret comes from."""

    client_id: str
    metadata: Mapping[str, Any]
    secret: SecretReference | None
    line: int


class _Wrong(Exception):
    def __init__(self, place: Node | yaml.Event | None, text: str) -> None:
        mark = place.start_mark if place is not None else None
        self.problem = Problem(mark.line + 1 if mark is not None else 1, text)
        super().__init__(text)


def read_clients_file(path: Path) -> list[DeclaredClient]:
    """The declared clients in the file's order; raises `InvalidClientsFile`, or `Refused` when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refused(f"{path} does not exist: create it, or name another file in IDP_CLIENTS_FILE.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read as UTF-8 text: {type(error).__name__}.") from error
    problems: list[Problem] = []
    try:
        entries = _entries(_compose(text))
    except _Wrong as wrong:
        raise InvalidClientsFile(path, [wrong.problem]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidClientsFile(path, [Problem(line, f"this is no YAML: {error.problem}")]) from None
    except yaml.YAMLError:
        raise InvalidClientsFile(path, [Problem(1, "a character that YAML does not allow")]) from None
    declared = [_declared(key, node, path.parent, problems) for key, node in entries]
    if problems:
        raise InvalidClientsFile(path, sorted(problems, key=lambda problem: problem.line))
    return [client for client in declared if client is not None]


def _compose(text: str) -> Node | None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):  # a few lines of them expand without end
            raise _Wrong(event, "aliases (*name) are not supported; write the value out")
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _entries(root: Node | None) -> list[tuple[ScalarNode, Node]]:
    if not isinstance(root, MappingNode):
        raise _Wrong(root, "the file starts with `clients:`")
    for key, node in _members(root):
        if key.value != "clients":
            raise _Wrong(key, f"unknown member {key.value!r}: the only one here is `clients`")
        if isinstance(node, ScalarNode) and node.value == "":
            return []
        return _members(node)
    return []


def _members(node: Node) -> list[tuple[ScalarNode, Node]]:
    if not isinstance(node, MappingNode):
        raise _Wrong(node, "this is a mapping: `name: value` lines")
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, ScalarNode):
            raise _Wrong(key, "a member's name is plain text")
        if key.value in seen:
            raise _Wrong(key, f"{key.value} stands here twice")
        seen.add(key.value)
    return list(node.value)


def _declared(key: ScalarNode, node: Node, directory: Path, problems: list[Problem]) -> DeclaredClient | None:
    client_id, metadata, secret = key.value, {}, None
    lines: dict[str, int] = {}
    try:
        for name, value in _members(node):
            lines[name.value] = name.start_mark.line + 1
            if name.value == "secret":
                secret = _secret_reference(value, directory)
            else:
                metadata[name.value] = _value(value)
    except _Wrong as wrong:
        problems.append(Problem(wrong.problem.line, f"{client_id}: {wrong.problem.text}"))
        return None
    try:
        client = parse_client_metadata(client_id, metadata)
    except InvalidClientMetadata as error:
        problems.append(Problem(lines.get(error.member, key.start_mark.line + 1), f"{client_id}: {error}"))
        return None
    if not client.has_secret and secret is not None:
        problems.append(Problem(lines["secret"], f"{client_id}: secret is of no use with an auth method of none"))
    return DeclaredClient(client_id, metadata, secret, key.start_mark.line + 1)


def _value(node: Node) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(node, MappingNode):
        return {key.value: _value(value) for key, value in _members(node)}
    if isinstance(node, SequenceNode):
        return [_value(item) for item in node.value]
    try:
        value = yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):
        raise _Wrong(node, f"{node.value!r} cannot be read: put it in quotes") from None
    if not isinstance(value, _JSON_SCALARS):
        raise _Wrong(node, f"{node.value!r} is text, a whole number, true or false: put it in quotes")
    return value


def _secret_reference(node: Node, directory: Path) -> SecretReference:
    """Relative paths start where `clients.yaml` stands."""
    sentence = "a secret never stands in this file; write {env: NAME}, {file: path} or {file: path, generate: true}"
    if not isinstance(node, MappingNode):
        raise _Wrong(node, sentence)
    match {key.value: _value(value) for key, value in _members(node)}:
        case {"env": str(variable), **rest} if variable and not rest:
            return SecretReference(variable=variable)
        case {"file": str(file), **rest} if file and set(rest) <= {"generate"}:
            return SecretReference(file=directory / file, generate=rest.get("generate", False) is True)
    raise _Wrong(node, sentence)
