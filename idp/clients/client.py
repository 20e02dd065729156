"""One relying party, as its metadata describes it: RFC 7591 §2 names as attributes, and ours beside them.

`metadata` reads it, one group of members per file; `consistency` says which members go together.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from idp.clients.authorization_responses import AuthorizationResponses
from idp.clients.backchannel_authentication import CIBA, BackchannelAuthentication
from idp.clients.certificate_subject import CertificateSubject
from idp.clients.device_authorization import DEVICE_CODE
from idp.clients.introspection import IntrospectionAnswer
from idp.clients.jwt_bearer import JWT_BEARER, TrustedIssuer
from idp.clients.logout_metadata import LogoutMetadata
from idp.clients.members import InvalidClientMetadata
from idp.clients.own_keys import OwnKeys
from idp.clients.request_objects import RequestObjects
from idp.clients.sender_constraint import SenderConstraint
from idp.clients.software import Software
from idp.clients.subjects import SubjectMetadata
from idp.clients.token_exchange import TOKEN_EXCHANGE, TokenExchange
from idp.clients.translations import Translations
from idp.clients.userinfo import UserInfoAnswer
from idp.protocol.encrypted_to_client import Encryption
from idp.protocol.profiles import PROFILES, SecurityProfile

__all__ = ["Client", "InvalidClientMetadata", "has_redirects", "has_users", "is_valid_client_id"]

APPLICATION_TYPES = ("web", "spa", "native", "service")
GRANT_TYPES = (
    "authorization_code",
    "implicit",
    "refresh_token",
    "client_credentials",
    TOKEN_EXCHANGE,
    JWT_BEARER,
    DEVICE_CODE,
    CIBA,
)
PUBLIC_CLIENT = "none"
SIGNED_BY_SECRET = "client_secret_jwt"  # noqa: S105 - a method, not a secret
SECRET_METHODS = ("client_secret_basic", "client_secret_post", SIGNED_BY_SECRET)
NAMED_BY_AUTHORITY = "tls_client_auth"
SELF_SIGNED = "self_signed_tls_client_auth"
CERTIFICATE_METHODS = (NAMED_BY_AUTHORITY, SELF_SIGNED)
KEY_METHODS = ("private_key_jwt", SELF_SIGNED)
AUTH_METHODS = (*SECRET_METHODS, "private_key_jwt", *CERTIFICATE_METHODS, PUBLIC_CLIENT)
SIGNING_ALGORITHMS = ("ES256", "EdDSA", "RS256", "PS256")

# RFC 3986 §2.3: a client id that needs no encoding anywhere.
_CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_REDIRECT_GRANT_TYPES = frozenset({"authorization_code", "implicit"})
_DECOUPLED_GRANT_TYPES = frozenset({DEVICE_CODE, CIBA})


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client. `application_type` is web, spa (code in a browser), native, or service (no person)."""

    client_id: str
    client_name: str
    application_type: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    logout: LogoutMetadata
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    responses: AuthorizationResponses
    response_encryption: Encryption | None
    token_endpoint_auth_method: str
    token_endpoint_auth_signing_alg: str | None
    keys: OwnKeys
    subjects: SubjectMetadata
    request_objects: RequestObjects
    certificate_subject: CertificateSubject | None
    sender: SenderConstraint
    backchannel_authentication: BackchannelAuthentication
    scope: tuple[str, ...]
    software: Software
    client_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    translations: Translations
    contacts: tuple[str, ...]
    initiate_login_uri: str | None
    id_token_signed_response_alg: str
    id_token_encryption: Encryption | None
    userinfo: UserInfoAnswer
    access_token_signed_response_alg: str
    default_max_age: int | None
    require_auth_time: bool
    default_acr_values: tuple[str, ...]
    first_party: bool
    security_profile: str
    user_agent_binding: str
    user_agent_policy: str | None
    require_pkce: bool
    allowed_acr: tuple[str, ...]
    issue_refresh_token: str
    audience: tuple[str, ...]
    resource_of: tuple[str, ...]
    authorization_details_types: tuple[str, ...]
    introspection: IntrospectionAnswer
    token_exchange: TokenExchange
    jwt_bearer_issuers: tuple[TrustedIssuer, ...]
    sign_in_button: str | None
    status: str = "active"
    source: str = "file"
    secret_digests: tuple[tuple[str, int | None], ...] = ()  # each with its expiry
    sealed_secrets: tuple[tuple[bytes, int | None], ...] = ()  # the same, where they can be read again

    @property
    def is_active(self) -> bool:
        return self.status == "active"

    @property
    def profile(self) -> SecurityProfile:
        """The rules that `security_profile` names."""
        return PROFILES[self.security_profile]

    @property
    def is_public(self) -> bool:
        """RFC 6749 §2.1: it cannot keep a secret."""
        return self.token_endpoint_auth_method == PUBLIC_CLIENT

    @property
    def has_secret(self) -> bool:
        """Whether it proves itself with a secret that both sides know."""
        return self.token_endpoint_auth_method in SECRET_METHODS

    @property
    def signs_with_secret(self) -> bool:
        """Whether we need the secret itself, and not its digest, to know it again."""
        return self.token_endpoint_auth_method == SIGNED_BY_SECRET

    @property
    def is_named_by_authority(self) -> bool:
        """RFC 8705 §2.1: a certificate authority says who it is."""
        return self.token_endpoint_auth_method == NAMED_BY_AUTHORITY

    @property
    def may_get_refresh_token(self) -> bool:
        """Whether some request of it can be answered with a refresh token."""
        return self.issue_refresh_token in {"offline_access", "always"}

    @property
    def runs_in_browser(self) -> bool:
        """Its token requests come from the person's own browser, whose User-Agent they carry."""
        return self.application_type == "spa"

    def allows_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grant_types


def has_redirects(grant_types: Sequence[str]) -> bool:
    """Whether people are sent to the authorization endpoint."""
    return not _REDIRECT_GRANT_TYPES.isdisjoint(grant_types)


def has_users(grant_types: Sequence[str]) -> bool:
    """Whether one of them begins with somebody's login."""
    return has_redirects(grant_types) or not _DECOUPLED_GRANT_TYPES.isdisjoint(grant_types)


def is_valid_client_id(client_id: str) -> bool:
    """Account ids begin with `acc_`: a client's own token must never look like a person's (RFC 9700 §4.15)."""
    return _CLIENT_ID.fullmatch(client_id) is not None and not client_id.startswith("acc_")
