"""The `claims` parameter (OpenID Connect Core §5.5): which single claims a client asks for, and how urgently."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from idp.protocol.errors import ErrorCode, OAuthError

_MAX_LENGTH = 4096
_MAX_CLAIMS = 64
_MAX_NAME = 128
_MAX_VALUES = 16
_MAX_DIGITS = 18  # 64 bits


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """How one claim is asked for. `value` and `values` of the specification are kept as one tuple."""

    essential: bool = False
    values: tuple[Any, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"essential": self.essential, "values": list(self.values)}


ClaimRules = Mapping[str, ClaimRule | None]


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """The claims asked for, by the place they are wanted in. None stands for "in the default manner"."""

    userinfo: ClaimRules = field(default_factory=dict)
    id_token: ClaimRules = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Reads the parameter; raises `OAuthError` (invalid_request) for what is not such a request, or too much."""
        if not text:
            return cls()
        # OpenID Connect Core §5.5: other members than these two must be ignored.
        members = _json_object(text)
        return cls(
            userinfo=_rules(members.get("userinfo")),
            id_token=_rules(members.get("id_token")),
        )

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`, for what we stored or sealed ourselves."""
        if not stored:
            return cls()
        return cls(userinfo=_rules(stored.get("userinfo")), id_token=_rules(stored.get("id_token")))

    def to_json(self) -> dict[str, Any]:
        """A JSON value to store; empty where nothing is asked for."""
        places = {"userinfo": self.userinfo, "id_token": self.id_token}
        return {
            place: {name: rule and rule.to_json() for name, rule in rules.items()}
            for place, rules in places.items()
            if rules
        }

    @property
    def essential_acr_values(self) -> tuple[str, ...]:
        """OpenID Connect Core §5.5.1.1: the levels of which one must be reached, else the request fails."""
        rule = self.id_token.get("acr")
        return _texts(rule) if rule and rule.essential else ()

    @property
    def voluntary_acr_values(self) -> tuple[str, ...]:
        """The levels asked for without insisting."""
        rule = self.id_token.get("acr")
        return _texts(rule) if rule and not rule.essential else ()

    @property
    def required_subjects(self) -> tuple[str, ...]:
        """OpenID Connect Core §5.5.1: a `sub` with a value must not be answered for another subject."""
        rules = (self.id_token.get("sub"), self.userinfo.get("sub"))
        return tuple(value for rule in rules if rule for value in _texts(rule))


def _texts(rule: ClaimRule) -> tuple[str, ...]:
    return tuple(value for value in rule.values if isinstance(value, str))


def _json_object(text: str) -> dict[str, Any]:
    if len(text) > _MAX_LENGTH:
        raise _refusal("The claims parameter is too long.")
    # PostgreSQL stores no NUL, and nothing that is asked for contains one.
    if "\\u0000" in text:
        raise _refusal("The claims parameter contains a control character.")
    try:
        members = json.loads(
            text, object_pairs_hook=_without_repetition, parse_constant=_no_constant, parse_int=_bounded_integer
        )
        json.dumps(members, ensure_ascii=False, allow_nan=False).encode()  # refuses 1e999 and lone surrogates
    except (ValueError, RecursionError):
        raise _refusal("The claims parameter is not a JSON object.") from None
    if not isinstance(members, dict):
        raise _refusal("The claims parameter is not a JSON object.")
    return members


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _bounded_integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError("an integer is too long")
    return int(digits)


def _rules(members: object) -> dict[str, ClaimRule | None]:
    if members is None:
        return {}
    if not isinstance(members, Mapping) or len(members) > _MAX_CLAIMS:
        raise _refusal("The claims parameter lists too many claims, or none at all where it must.")
    if any(not name or len(name) > _MAX_NAME for name in members):
        raise _refusal("The claims parameter names a claim that cannot exist.")
    return {name: _rule(value) for name, value in members.items()}


def _rule(value: object) -> ClaimRule | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _refusal("A claim must be asked for by null or by an object.")
    essential = value.get("essential", False)
    values = value.get("values", [])
    if not isinstance(essential, bool) or not isinstance(values, list) or len(values) > _MAX_VALUES:
        raise _refusal("A claim is asked for with members of the wrong type.")
    wanted = ([value["value"]] if "value" in value else []) + values
    if any(isinstance(item, dict | list) for item in wanted):
        raise _refusal("A claim is asked for with members of the wrong type.")
    return ClaimRule(essential=essential, values=tuple(wanted))


def _refusal(description: str) -> OAuthError:
    return OAuthError(ErrorCode.INVALID_REQUEST, description)
