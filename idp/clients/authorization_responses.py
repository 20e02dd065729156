"""How a client wants to be answered at the authorization endpoint: which response types, how, and how signed."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.protocol.response_modes import RESPONSE_MODE_NAMES
from idp.protocol.response_types import ResponseType


@dataclass(frozen=True, slots=True)
class AuthorizationResponses:
    """`modes` is ours: the `response_mode`s that the client may name. `signing_alg` signs those that are JWTs."""

    modes: tuple[str, ...]
    signing_alg: str


def read_authorization_responses(read: MemberReader, algorithms: Sequence[str]) -> AuthorizationResponses:
    """Raises `InvalidClientMetadata`."""
    return AuthorizationResponses(
        modes=read.choices("response_modes", RESPONSE_MODE_NAMES, RESPONSE_MODE_NAMES),
        signing_alg=read.choice("authorization_signed_response_alg", algorithms, "RS256"),  # JARM §3
    )


def read_response_types(read: MemberReader, default: tuple[str, ...]) -> tuple[str, ...]:
    """RFC 7591 §2: each is a set of words, whose order does not matter. Raises `InvalidClientMetadata`."""
    types = [ResponseType.read(text) for text in read.texts("response_types", default)]
    known = tuple(dict.fromkeys(each.value for each in types if each is not None))
    if len(known) != len(types):
        raise InvalidClientMetadata("response_types", f"may contain only {', '.join(ResponseType)}, each once")
    return known


def response_type_problem(response_types: Sequence[str], grant_types: Sequence[str]) -> str | None:
    """Why these do not go together (RFC 7591 §2.1); None where they do."""
    needed = {name for each in response_types for name in ResponseType(each).grant_types}
    for grant_type in ("authorization_code", "implicit"):
        if grant_type in needed and grant_type not in grant_types:
            return f"needs the grant type {grant_type}"
        if grant_type in grant_types and grant_type not in needed:
            return f"has nothing for the grant type {grant_type}"
    return None
