"""Whether a client's metadata keeps to the security profile that it is registered for."""

from collections.abc import Iterator
from typing import Protocol

from idp.clients.members import InvalidClientMetadata
from idp.clients.request_objects import RequestObjects
from idp.clients.sender_constraint import SenderConstraint
from idp.protocol.profiles import SecurityProfile


class ProfiledClient(Protocol):
    """What a profile decides about."""

    @property
    def profile(self) -> SecurityProfile: ...
    @property
    def token_endpoint_auth_method(self) -> str: ...
    @property
    def token_endpoint_auth_signing_alg(self) -> str | None: ...
    @property
    def id_token_signed_response_alg(self) -> str: ...
    @property
    def access_token_signed_response_alg(self) -> str: ...
    @property
    def request_objects(self) -> RequestObjects: ...
    @property
    def sender(self) -> SenderConstraint: ...
    @property
    def response_types(self) -> tuple[str, ...]: ...
    @property
    def require_pkce(self) -> bool: ...


def check_security_profile(client: ProfiledClient) -> None:
    """Raises `InvalidClientMetadata` for the first member that the profile forbids."""
    for member, reason in _problems(client):
        raise InvalidClientMetadata(member, f"{reason} in the security profile {client.profile.name}")


def _problems(client: ProfiledClient) -> Iterator[tuple[str, str]]:
    profile = client.profile
    methods, algorithms, types = profile.auth_methods, profile.signing_algorithms, profile.response_types
    if methods is not None and client.token_endpoint_auth_method not in methods:
        yield "token_endpoint_auth_method", f"must be one of {', '.join(sorted(methods))}"
    if algorithms is not None:
        for member, alg in (
            ("token_endpoint_auth_signing_alg", client.token_endpoint_auth_signing_alg),
            ("request_object_signing_alg", client.request_objects.signing_alg),
            ("id_token_signed_response_alg", client.id_token_signed_response_alg),
            ("access_token_signed_response_alg", client.access_token_signed_response_alg),
        ):
            if alg is not None and alg not in algorithms:
                yield member, f"must be one of {', '.join(sorted(algorithms))}"
    if types is not None and not set(client.response_types) <= types:
        yield "response_types", f"may contain only {', '.join(sorted(types))}"
    if profile.must_bind_tokens and client.sender == SenderConstraint():
        yield "dpop_bound_access_tokens", "or tls_client_certificate_bound_access_tokens must be true"
    if profile.must_use_pkce and not client.require_pkce:
        yield "require_pkce", "cannot be switched off"
