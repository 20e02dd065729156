"""Token exchange (RFC 8693): what a request says, and what the new token may say. It only ever narrows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.resources import read_resources
from idp.protocol.scopes import OFFLINE_ACCESS, OPENID, parse_scope

# RFC 8693 §3
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type's name
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
JWT = "urn:ietf:params:oauth:token-type:jwt"
# A refresh token is not among them: it would turn into a token for somebody else without being used up.
_PRESENTED = (ACCESS_TOKEN, ID_TOKEN, JWT)
_ISSUED = (ACCESS_TOKEN, JWT)
_MOST_ACTORS = 4


@dataclass(frozen=True, slots=True)
class PresentedToken:
    token: str
    type: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """The parameters of RFC 8693 §2.1. `targets` are `resource` and `audience` together."""

    subject: PresentedToken
    actor: PresentedToken | None
    issued_type: str
    scope: tuple[str, ...]
    targets: tuple[str, ...]


def read_exchange(form: Mapping[str, str]) -> Exchange:
    """Raises `OAuthError`."""
    subject, actor = _presented(form, "subject_token"), _presented(form, "actor_token")
    if subject is None:
        raise refused("subject_token is missing.")
    issued_type = form.get("requested_token_type", ACCESS_TOKEN)
    if issued_type not in _ISSUED:
        raise refused("requested_token_type is not supported.")
    if "authorization_details" in form:
        raise OAuthError(ErrorCode.INVALID_AUTHORIZATION_DETAILS, "Details are not passed on by an exchange.")
    targets = (*read_resources(form.get("resource")), *form.get("audience", "").split())
    return Exchange(subject, actor, issued_type, parse_scope(form.get("scope")), tuple(dict.fromkeys(targets)))


def exchanged_audience(asked: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Whom the new token is for; raises `OAuthError` (invalid_target)."""
    if not set(asked) <= set(allowed):
        raise OAuthError(ErrorCode.INVALID_TARGET, "The client may not exchange a token for this audience.")
    if not asked and len(allowed) > 1:
        # A token that several understand is one that each of them could use at the others.
        raise OAuthError(ErrorCode.INVALID_TARGET, "Say in resource or audience whom the token is for.")
    return asked or allowed


def exchanged_scope(
    asked: tuple[str, ...], *, of_subject: Collection[str], of_client: Collection[str]
) -> tuple[str, ...]:
    """What the subject's token and the client both have; raises `OAuthError` (invalid_scope)."""
    # A login and lasting access are the person's with the first application, and not passed on.
    most = tuple(scope for scope in of_subject if scope in of_client and scope not in {OPENID, OFFLINE_ACCESS})
    if not set(asked) <= set(most):
        raise OAuthError(ErrorCode.INVALID_SCOPE, "The subject token does not reach as far, or the client does not.")
    return asked or most


def check_bearer(claims: Mapping[str, Any]) -> None:
    """RFC 9449 §5, RFC 8705 §3: a token that is bound to a key does not become one that anybody can use."""
    if "cnf" in claims:
        raise refused("A sender-constrained token cannot be exchanged for a bearer token.")


def acting_party(
    subject: Mapping[str, Any], actor: Mapping[str, Any] | None, *, may_impersonate: bool
) -> Mapping[str, Any] | None:
    """The `act` of the new token (RFC 8693 §4.1): the actor, and within it whoever acted before.

    Both are claims of tokens that were verified. Raises `OAuthError` (invalid_request).
    """
    before = subject.get("act")
    if actor is None:
        if not may_impersonate or "may_act" in subject:
            raise refused("actor_token is missing.")
        return before if isinstance(before, Mapping) else None
    if "act" in actor:
        raise refused("The actor token is not the actor's own.")
    may_act = subject.get("may_act")
    # RFC 8693 §4.4: whoever is named there, and nobody else.
    if may_act is not None and not (isinstance(may_act, Mapping) and may_act.get("sub") == actor["sub"]):
        raise refused("The subject token names another actor.")
    if _depth(before) >= _MOST_ACTORS:
        raise refused("The token was passed on too often.")
    return {"sub": actor["sub"], **({"act": before} if before is not None else {})}


def refused(description: str, *, detail: str = "") -> OAuthError:
    """RFC 8693 §2.2.2: whatever is wrong with either token is an invalid_request."""
    return OAuthError(ErrorCode.INVALID_REQUEST, description, detail=detail)


def _presented(form: Mapping[str, str], name: str) -> PresentedToken | None:
    token, kind = form.get(name), form.get(f"{name}_type")
    if token is None and kind is None:
        return None
    if token is None or kind is None:
        raise refused(f"{name} and {name}_type belong together.")
    if kind not in _PRESENTED:
        raise refused(f"{name}_type is not supported.")
    return PresentedToken(token, kind)


def _depth(act: object) -> int:
    depth = 0
    while isinstance(act, Mapping):
        act, depth = act.get("act"), depth + 1
    return depth
