"""Rich authorization requests (RFC 9396): what types of details there are, and what a request may say in them.

Strict by design: a type declares each word that it knows, and everything else is `invalid_authorization_details`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.strict_json import parse_array, parse_object

# RFC 9396 §2.2: the common members that hold lists.
LISTS = ("actions", "locations", "datatypes", "privileges")
_MOST_DETAILS = 16
_MOST_CHARACTERS = 4096
_LONGEST_VALUE = 256
_DECLARED = {"title", "members", "required", *LISTS}

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DetailType:
    """One type: its title by locale, the words that each list may hold, and which members hold a text."""

    name: str
    titles: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    texts: tuple[str, ...]
    required: tuple[str, ...]

    def title(self, locale: str) -> str:
        return self.titles.get(locale) or self.titles.get("en") or self.name


DetailTypes = Mapping[str, DetailType]


def read_detail_types(declared: str) -> DetailTypes:
    """The types of an installation, from a JSON object by name; raises `ValueError`."""
    types = parse_object(declared or "{}")
    return {name: _read_type(name, value) for name, value in types.items()}


def read_details(text: str | None, types: DetailTypes, *, allowed: Sequence[str]) -> tuple[Detail, ...]:
    """The `authorization_details` of a request by a client that may use the `allowed` types.

    Raises `OAuthError` (invalid_authorization_details).
    """
    if text is None:
        return ()
    if len(text) > _MOST_CHARACTERS:
        raise _refusal("authorization_details is too long.")
    try:
        details = parse_array(text)
    except ValueError:
        raise _refusal("authorization_details is a JSON array of objects.") from None
    if not 0 < len(details) <= _MOST_DETAILS:
        raise _refusal("authorization_details has no element, or too many.")
    for detail in details:
        _check(detail, types, allowed)
    return tuple(details)


def are_within(asked: Sequence[Detail], granted: Sequence[Detail]) -> bool:
    """RFC 9396 §6: whether nothing is asked for that was not granted; each list may be shorter, nothing may be gone."""
    return all(any(_is_within(detail, whole) for whole in granted) for detail in asked)


def _is_within(detail: Detail, whole: Detail) -> bool:
    # A member that is left out would stand for more, not for less.
    return detail.keys() == whole.keys() and all(
        set(value) <= set(whole[name]) if name in LISTS else value == whole[name] for name, value in detail.items()
    )


def _check(detail: object, types: DetailTypes, allowed: Sequence[str]) -> None:
    if not isinstance(detail, dict):
        raise _refusal("authorization_details is a JSON array of objects.")
    name = detail.get("type")
    if not isinstance(name, str) or name not in types or name not in allowed:
        raise _refusal("A type is unknown, or the client may not use it.")
    kind = types[name]
    for member, value in detail.items():
        is_known = member == "type" or (
            _is_some_of(value, kind.words[member]) if member in kind.words else member in kind.texts and _is_text(value)
        )
        if not is_known:
            raise _refusal("A member of a detail is unknown, or has a value that its type does not allow.")
    if not set(kind.required) <= detail.keys():
        raise _refusal("A member that the type requires is missing.")


def _is_some_of(value: object, words: Sequence[str]) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        return False
    return len(set(value)) == len(value) and set(value) <= set(words)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_VALUE and value.isprintable()


def _read_type(name: str, value: object) -> DetailType:
    if not isinstance(value, dict) or not value.keys() <= _DECLARED or not name.isprintable():
        raise ValueError(f"{json.dumps(name)} must be an object of {', '.join(sorted(_DECLARED))}")
    titles = value.get("title", {})
    lists = {member: value[member] for member in (*LISTS, "members", "required") if member in value}
    if not isinstance(titles, dict) or not all(isinstance(title, str) for title in titles.values()):
        raise ValueError(f"the title of {json.dumps(name)} must be an object of texts by locale")
    if not all(isinstance(words, list) and all(isinstance(word, str) for word in words) for words in lists.values()):
        raise ValueError(f"{json.dumps(name)} must have lists of strings")
    words = {member: tuple(lists[member]) for member in LISTS if member in lists}
    texts, required = tuple(lists.get("members", ())), tuple(lists.get("required", ()))
    if {"type", *LISTS} & set(texts) or not set(required) <= {*words, *texts}:
        raise ValueError(f"{json.dumps(name)} names a member that it does not declare, or one that is taken")
    return DetailType(name, titles, words, texts, required)


def _refusal(description: str) -> OAuthError:
    return OAuthError(ErrorCode.INVALID_AUTHORIZATION_DETAILS, description)
