"""Resource indicators (RFC 8707): which resources a token is asked to be for, and which it may be for."""

from collections.abc import Collection
from urllib.parse import urlsplit

from idp.protocol.errors import ErrorCode, OAuthError

_MOST = 8


def read_resources(value: str | None) -> tuple[str, ...]:
    """The `resource` parameters of one request (`parameters.REPEATABLE`); raises `OAuthError` (invalid_target)."""
    resources = tuple(dict.fromkeys((value or "").split()))
    if len(resources) > _MOST:
        raise OAuthError(ErrorCode.INVALID_TARGET, "Too many resources.")
    if not all(_is_absolute(resource) for resource in resources):
        raise OAuthError(ErrorCode.INVALID_TARGET, "A resource is an absolute URI without fragment.")
    return resources


def check_target(asked: Collection[str], allowed: Collection[str]) -> None:
    """Raises `OAuthError` (invalid_target) unless all that is asked for is allowed."""
    if not set(asked) <= set(allowed):
        raise OAuthError(ErrorCode.INVALID_TARGET, "The client has no access to this resource.")


def _is_absolute(uri: str) -> bool:
    """RFC 8707 §2: an absolute URI (RFC 3986 §4.3), which has no fragment."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.path) and "#" not in uri
