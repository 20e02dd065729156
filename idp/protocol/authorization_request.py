"""One validated authorization request, as it travels through the login conversation and into the grant."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from idp.protocol.claims_request import ClaimsRequest


class AuthorizationRequest(NamedTuple):
    """The parameters of OpenID Connect Core §3.1.2.1 and RFC 7636 §4.3, after every check.

    A new member comes last: sealed addresses tell them apart by their order. A frozen dataclass of so many takes 4 µs
    to make, and every visit makes two.
    """

    client_id: str
    redirect_uri: str
    response_type: str
    response_mode: str
    scope: tuple[str, ...] = ()
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    claims: ClaimsRequest = ClaimsRequest()
    login_hint: str | None = None
    id_token_hint_subject: str | None = None  # the account that a verified hint names
    ui_locales: tuple[str, ...] = ()
    display: str | None = None
    dpop_jkt: str | None = None
    resources: tuple[str, ...] = ()  # RFC 8707 §2.1
    authorization_details: tuple[Mapping[str, Any], ...] = ()  # RFC 9396 §2
    pushed_request: str | None = None  # RFC 9126: the id of the row, which the completion spends
    decoupled_id: str | None = None  # of a request that came without a redirect, and is answered without one

    def to_json(self) -> dict[str, Any]:
        """A JSON value to seal or store; what was not asked for is left out."""
        stored: dict[str, Any] = {
            name: list(value) if isinstance(value, tuple) else value
            for name in _STORED_AS_THEY_ARE
            if (value := getattr(self, name)) is not None and value != ()
        }
        if claims := self.claims.to_json():
            stored["claims"] = claims
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "AuthorizationRequest":
        """The inverse of `to_json`; raises `TypeError` for members that this version does not know."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        values["claims"] = ClaimsRequest.from_json(stored.get("claims", {}))
        return cls(**values)

    def to_list(self) -> list[Any]:
        """A JSON value without names, for addresses: the members in their order, without the last ones that were not
        asked for. With its names the flow of a usual login is half as long again, and takes 20 µs more both ways.
        """
        values: list[Any] = [*self]
        values[_CLAIMS] = self.claims.to_json()
        while values[-1] in _NOT_ASKED:
            values.pop()
        return values

    @classmethod
    def from_list(cls, values: Sequence[Any]) -> "AuthorizationRequest":
        """The inverse of `to_list`; raises `TypeError` for members that this version does not know."""
        members: list[Any] = [tuple(value) if type(value) is list else value for value in values]
        if len(members) > _CLAIMS:
            members[_CLAIMS] = ClaimsRequest.from_json(members[_CLAIMS])
        return cls(*members)


_CLAIMS = AuthorizationRequest._fields.index("claims")
_NOT_ASKED: tuple[object, ...] = (None, (), {})
_STORED_AS_THEY_ARE = tuple(name for name in AuthorizationRequest._fields if name != "claims")
