"""Reads the members of a client's metadata one by one, each of exactly its type.

A typo of an operator must not be silent: `refuse_unread` is for what nobody asked for. Programs that register
themselves are told what came of their metadata instead: `effective`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from idp.protocol.errors import ErrorCode

_MAX_TEXT = 2000
_MAX_ITEMS = 64
_MAX_LANGUAGES = 32
# BCP 47 as far as its form goes: a primary language and subtags.
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


class InvalidClientMetadata(Exception):
    """A member of a client's metadata that cannot be accepted, and why."""

    def __init__(self, member: str, reason: str) -> None:
        self.member = member
        self.reason = reason
        # RFC 7591 §3.2.2 has one code for redirect URIs and one for the rest.
        is_redirect_uri = member == "redirect_uris"
        self.code = ErrorCode.INVALID_REDIRECT_URI if is_redirect_uri else ErrorCode.INVALID_CLIENT_METADATA
        super().__init__(f"{member} {reason}")


class MemberReader:
    """Hands out the members of one metadata object, and remembers which nobody asked for.

    `effective` is every member that was asked for as it is in force: the value given, or the default that is one.
    """

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self._metadata = metadata
        self._unread = dict.fromkeys(metadata)
        self.effective: dict[str, Any] = {}
        self.asked_for: set[str] = set()

    def text(self, member: str) -> str | None:
        """A printable, non-empty string; None where the member is missing."""
        value = self._take(member)
        if value is None:
            return None
        return _checked_text(member, value)

    def words(self, member: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A string of words with spaces between them, such as `scope`."""
        text = self._take(member, " ".join(default))
        if text is None:
            return default
        if text == "":
            return ()
        return tuple(dict.fromkeys(_checked_text(member, text).split(" ")))

    def texts(self, member: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of different strings. A lone string is not a list."""
        value = self._take(member, list(default))
        if value is None:
            return default
        if not isinstance(value, list | tuple) or len(value) > _MAX_ITEMS:
            raise InvalidClientMetadata(member, f"must be a list of at most {_MAX_ITEMS} strings")
        texts = tuple(_checked_text(member, item) for item in value)
        if len(set(texts)) != len(texts):
            raise InvalidClientMetadata(member, "has the same value twice")
        return texts

    def localized(self, member: str) -> Mapping[str, str]:
        """OIDC Registration §2.1: the same member for other languages, `client_name#cs`, by language."""
        prefix = f"{member}#"
        names = [str(name) for name in self._metadata]  # YAML has names that are no text
        tags = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
        texts: dict[str, str] = {}
        for tag in tags:
            text = self.text(prefix + tag)
            if not _LANGUAGE_TAG.fullmatch(tag):
                raise InvalidClientMetadata(_quotable(prefix + tag), "does not end with a language tag, such as cs")
            if text is not None:
                texts[tag.lower()] = text
        if len(texts) > _MAX_LANGUAGES:
            raise InvalidClientMetadata(member, f"may be given in at most {_MAX_LANGUAGES} languages")
        return texts

    def json_object(self, member: str) -> Mapping[str, Any] | None:
        """An object of any members; None where the member is missing."""
        value = self._take(member)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise InvalidClientMetadata(member, "must be an object")
        return value

    def json_objects(self, member: str) -> tuple[Mapping[str, Any], ...]:
        """A list of objects of any members."""
        value = self._take(member)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or len(value) > _MAX_ITEMS:
            raise InvalidClientMetadata(member, f"must be a list of at most {_MAX_ITEMS} objects")
        if not all(isinstance(each, Mapping) for each in value):
            raise InvalidClientMetadata(member, "must be a list of objects")
        return tuple(value)

    def boolean(self, member: str, *, default: bool) -> bool:
        """true or false; neither 0, nor 1, nor a word for it."""
        value = self._take(member, default)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise InvalidClientMetadata(member, "must be true or false")
        return value

    def seconds(self, member: str) -> int | None:
        """A number of seconds, 0 or more."""
        value = self._take(member)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            raise InvalidClientMetadata(member, "must be a whole number of seconds")
        return value

    def choice(self, member: str, allowed: Sequence[str], default: str) -> str:
        """One of a few words."""
        value = self._take(member, default)
        if value is None:
            return default
        if not isinstance(value, str) or value not in allowed:
            raise InvalidClientMetadata(member, f"must be one of {', '.join(allowed)}")
        return value

    def choices(self, member: str, allowed: Sequence[str], default: tuple[str, ...]) -> tuple[str, ...]:
        """Some of a few words."""
        values = self.texts(member, default)
        if not set(values) <= set(allowed):
            raise InvalidClientMetadata(member, f"may contain only {', '.join(allowed)}")
        return values

    def refuse_unread(self) -> None:
        """Raises for the first member that nobody asked for."""
        for member in self._unread:
            raise InvalidClientMetadata(_quotable(member), "is not a member that is known here")

    def _take(self, member: str, default: object = None) -> object:
        self._unread.pop(member, None)
        self.asked_for.add(member)
        value = self._metadata.get(member)
        in_force = default if value is None else value
        if in_force is not None and in_force not in ("", []):
            self.effective[member] = in_force
        return value


def _checked_text(member: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidClientMetadata(member, "must be a string" if value is not None else "must not contain null")
    if not value.strip() or len(value) > _MAX_TEXT or not value.isprintable():
        raise InvalidClientMetadata(member, f"must have 1 to {_MAX_TEXT} printable characters")
    return value


def _quotable(member: object) -> str:
    return re.sub(r"[^A-Za-z0-9_.#-]", "?", str(member)[:64]) or "?"
