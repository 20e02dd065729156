"""What a client may say of itself over the network, and where it is treated otherwise than one of `clients.yaml`.

Only members that IANA lists count. Ours (`first_party`, `audience`, `resource_of` …) are an operator's to give: here
they are ignored like every unknown member (RFC 7591 §2), whatever the reader of the file makes of them. Of the others
everything that `idp.clients.client` understands is accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from idp.clients.backchannel_authentication import CIBA
from idp.clients.client import PUBLIC_CLIENT, Client
from idp.clients.device_authorization import DEVICE_CODE
from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.clients.metadata import read_client
from idp.protocol.scopes import OWN_API_PREFIX, STANDARD_SCOPES

# IANA, "OAuth Dynamic Client Registration Metadata", without what is answered only.
_PUBLIC_MEMBERS = frozenset({
    "redirect_uris", "token_endpoint_auth_method", "grant_types", "response_types", "client_name", "client_uri",
    "logo_uri", "scope", "contacts", "tos_uri", "policy_uri", "jwks_uri", "jwks", "software_id", "software_version",
    "application_type", "sector_identifier_uri", "subject_type", "id_token_signed_response_alg",
    "id_token_encrypted_response_alg", "id_token_encrypted_response_enc", "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc", "request_object_signing_alg",
    "request_object_encryption_alg", "request_object_encryption_enc", "token_endpoint_auth_signing_alg",
    "default_max_age", "require_auth_time", "default_acr_values", "initiate_login_uri", "request_uris",
    "tls_client_certificate_bound_access_tokens", "tls_client_auth_subject_dn", "tls_client_auth_san_dns",
    "tls_client_auth_san_uri", "tls_client_auth_san_ip", "tls_client_auth_san_email", "use_mtls_endpoint_aliases",
    "dpop_bound_access_tokens", "require_signed_request_object", "require_pushed_authorization_requests",
    "introspection_signed_response_alg", "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc", "authorization_signed_response_alg",
    "authorization_encrypted_response_alg", "authorization_encrypted_response_enc", "authorization_details_types",
    "post_logout_redirect_uris", "frontchannel_logout_uri", "frontchannel_logout_session_required",
    "backchannel_logout_uri", "backchannel_logout_session_required", "backchannel_token_delivery_mode",
    "backchannel_client_notification_endpoint", "backchannel_authentication_request_signing_alg",
    "backchannel_user_code_parameter", "response_modes",
})  # fmt: skip

# RFC 7591 §2 and OIDC Registration §2, where the file's defaults are others.
_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "application_type": "web",
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "RS256",
    }
)
_APPLICATION_TYPES = ("web", "native")  # OIDC Registration §2; spa and service are words of ours


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """What the operator allows to whoever registers.

    `are_invited`: somebody gave them a token. `allows_http` is for development on one's own machine.
    """

    scopes: tuple[str, ...]
    require_pkce: bool
    are_invited: bool
    allows_http: bool


def dynamic_metadata(client_id: str, declared: Mapping[str, Any], policy: RegistrationPolicy) -> dict[str, Any]:
    """The metadata to store, without what is not understood; raises `InvalidClientMetadata`."""
    # RFC 7592 §2.2: null is the same as a member that is missing.
    given = {name: value for name, value in declared.items() if is_public(name) and value is not None}
    metadata = {**_DEFAULTS, "scope": " ".join(policy.scopes), **given}
    if metadata["token_endpoint_auth_method"] != PUBLIC_CLIENT:
        metadata["require_pkce"] = policy.require_pkce
    read = MemberReader(metadata)
    client = read_client(client_id, read)
    _check_policy(client, policy)
    return {name: value for name, value in metadata.items() if name in read.effective}


def registered_metadata(client_id: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What a client is told of itself (RFC 7591 §3.2.1): every member in force, the defaults too."""
    read = MemberReader(metadata)
    read_client(client_id, read)
    return {name: value for name, value in read.effective.items() if is_public(name)}


def is_public(member: str) -> bool:
    """Whether a client may speak of this member; one with a language tag (`client_name#cs`) is like the one without."""
    return member.partition("#")[0] in _PUBLIC_MEMBERS


def _check_policy(client: Client, policy: RegistrationPolicy) -> None:
    if client.application_type not in _APPLICATION_TYPES:
        raise InvalidClientMetadata("application_type", f"must be one of {', '.join(_APPLICATION_TYPES)}")
    scopes = [scope for scope in policy.scopes if not scope.startswith(OWN_API_PREFIX)]
    if not set(client.scope) <= set(scopes):
        raise InvalidClientMetadata("scope", f"may contain only {', '.join(scopes)}")
    # Without a scope of some API, a token of its own would stand for nothing but our signature.
    if client.allows_grant_type("client_credentials") and set(client.scope) <= set(STANDARD_SCOPES):
        raise InvalidClientMetadata("grant_types", "may contain client_credentials only with a scope of an API")
    # Both let a stranger ask people who are elsewhere: RFC 8628 §5.4, CIBA §15.
    if not policy.are_invited and not {DEVICE_CODE, CIBA}.isdisjoint(client.grant_types):
        raise InvalidClientMetadata(
            "grant_types", "may ask people on other devices only where registration needs a token"
        )
    if policy.allows_http:
        return
    web_uris = client.redirect_uris if client.application_type == "web" else ()
    for member, uris in (("redirect_uris", web_uris), ("initiate_login_uri", (client.initiate_login_uri or "https:",))):
        if not all(uri.startswith("https:") for uri in uris):
            raise InvalidClientMetadata(member, "must be https addresses")
