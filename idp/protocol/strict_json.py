"""JSON that two readers cannot read differently: no member twice, no numbers that are none."""

import json
from typing import Any, NoReturn


def parse_object(text: bytes | str) -> dict[str, Any]:
    """The object; raises `ValueError` for anything else."""
    value = _parse(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - to the caller it is a value that does not fit
    return value


def parse_array(text: bytes | str) -> list[Any]:
    """The array; raises `ValueError` for anything else."""
    value = _parse(text)
    if not isinstance(value, list):
        raise ValueError("not an array")  # noqa: TRY004 - as above
    return value


def _parse(text: bytes | str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):  # RFC 8725 §3.7: two readers could see two different tokens
        raise ValueError("duplicate member")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
