"""One relying party, as its metadata describes it: RFC 7591 §2 names as attributes, and ours beside them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.clients.authorization_responses import (
    AuthorizationResponses,
    read_authorization_responses,
    read_response_types,
    response_type_problem,
)
from idp.clients.backchannel_authentication import CIBA, BackchannelAuthentication, read_backchannel_authentication
from idp.clients.certificate_subject import CertificateSubject, read_certificate_subject
from idp.clients.device_authorization import DEVICE_CODE
from idp.clients.encryption import read_id_token_encryption
from idp.clients.introspection import IntrospectionAnswer, read_introspection_answer
from idp.clients.jwt_bearer import JWT_BEARER, TrustedIssuer, read_jwt_bearer_issuers
from idp.clients.logout_metadata import LogoutMetadata, read_logout_metadata
from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.clients.own_keys import OwnKeys, read_own_keys
from idp.clients.request_objects import RequestObjects, read_request_objects
from idp.clients.security_profile import check_security_profile
from idp.clients.sender_constraint import SenderConstraint, read_sender_constraint
from idp.clients.software import Software, read_software
from idp.clients.subjects import SubjectMetadata, read_subjects
from idp.clients.token_exchange import TOKEN_EXCHANGE, TokenExchange, read_token_exchange
from idp.clients.translations import Translations, read_translations
from idp.clients.userinfo import UserInfoAnswer, read_userinfo_answer
from idp.protocol.encrypted_to_client import Encryption
from idp.protocol.errors import OAuthError
from idp.protocol.profiles import PROFILES, SecurityProfile
from idp.protocol.redirect_uris import registration_problem
from idp.protocol.response_types import ResponseType
from idp.protocol.scopes import parse_scope
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS, HMAC_ALGORITHMS

__all__ = ["Client", "InvalidClientMetadata", "is_valid_client_id", "parse_client_metadata"]

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
_USER_GRANT_TYPES = ("authorization_code", "refresh_token")
_PERSON_GRANT_TYPES = frozenset({"authorization_code", DEVICE_CODE, CIBA})  # each begins with somebody's login
_DEFAULT_USER_SCOPE = ("openid", "profile", "email")


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


def parse_client_metadata(client_id: str, metadata: Mapping[str, Any]) -> Client:
    """The client that the metadata describes, active and without secrets; raises `InvalidClientMetadata`."""
    read = MemberReader(metadata)
    client = read_client(client_id, read)
    read.refuse_unread()
    return client


def read_client(client_id: str, read: MemberReader) -> Client:
    """The same from a reader, which knows afterwards what was understood; raises `InvalidClientMetadata`."""
    _check_client_id(client_id)
    application_type = read.choice("application_type", APPLICATION_TYPES, "web")
    is_service = application_type == "service"
    first_party = read.boolean("first_party", default=False)
    algorithm = read.choice("id_token_signed_response_alg", SIGNING_ALGORITHMS, "ES256")
    grant_types = read.choices("grant_types", GRANT_TYPES, ("client_credentials",) if is_service else _USER_GRANT_TYPES)
    has_redirects = _has_redirects(grant_types)
    has_users = has_redirects or not _PERSON_GRANT_TYPES.isdisjoint(grant_types)
    client = Client(
        client_id=client_id,
        client_name=read.text("client_name") or client_id,
        application_type=application_type,
        redirect_uris=read.texts("redirect_uris"),
        post_logout_redirect_uris=read.texts("post_logout_redirect_uris"),
        logout=read_logout_metadata(read),
        grant_types=grant_types,
        response_types=read_response_types(read, default=("code",) if has_redirects else ()),
        responses=read_authorization_responses(read, SIGNING_ALGORITHMS),
        token_endpoint_auth_method=read.choice(
            "token_endpoint_auth_method",
            AUTH_METHODS,
            PUBLIC_CLIENT if application_type in {"spa", "native"} else "client_secret_basic",  # RFC 7591 §2
        ),
        token_endpoint_auth_signing_alg=read.choice(
            "token_endpoint_auth_signing_alg", (*CLIENT_ALGORITHMS, *HMAC_ALGORITHMS), ""
        )
        or None,
        keys=(keys := read_own_keys(read)),
        subjects=read_subjects(read),
        request_objects=read_request_objects(read, keys),
        certificate_subject=read_certificate_subject(read),
        sender=read_sender_constraint(read),
        backchannel_authentication=read_backchannel_authentication(read),
        scope=_scope(read, default=_DEFAULT_USER_SCOPE if has_users else ()),
        software=read_software(read),
        client_uri=read.text("client_uri"),
        logo_uri=read.text("logo_uri"),
        policy_uri=read.text("policy_uri"),
        tos_uri=read.text("tos_uri"),
        translations=read_translations(read),
        contacts=read.texts("contacts"),
        initiate_login_uri=read.text("initiate_login_uri"),
        id_token_signed_response_alg=algorithm,
        id_token_encryption=read_id_token_encryption(read),
        userinfo=read_userinfo_answer(read, SIGNING_ALGORITHMS),
        access_token_signed_response_alg=read.choice("access_token_signed_response_alg", SIGNING_ALGORITHMS, algorithm),
        default_max_age=read.seconds("default_max_age"),
        require_auth_time=read.boolean("require_auth_time", default=False),
        default_acr_values=read.texts("default_acr_values"),
        first_party=first_party,
        security_profile=read.choice("security_profile", tuple(PROFILES), "oidc"),
        user_agent_binding=read.choice(
            "user_agent_binding",
            ("required", "auto", "off"),
            "off" if is_service else "required" if first_party else "auto",
        ),
        user_agent_policy=read.choice("user_agent_policy", ("exact", "stable", "off"), "") or None,
        require_pkce=read.boolean("require_pkce", default=True),
        allowed_acr=read.texts("allowed_acr"),
        issue_refresh_token=read.choice(
            "issue_refresh_token",
            ("offline_access", "always", "never"),
            "offline_access" if "refresh_token" in grant_types else "never",
        ),
        audience=read.texts("audience"),
        resource_of=read.texts("resource_of"),
        authorization_details_types=read.texts("authorization_details_types"),
        introspection=read_introspection_answer(read, SIGNING_ALGORITHMS),
        token_exchange=read_token_exchange(read),
        jwt_bearer_issuers=read_jwt_bearer_issuers(read),
        sign_in_button=read.text("sign_in_button"),
    )
    _check_grant_types(client)
    _check_uris(client)
    check_security_profile(client)
    return client


def _has_redirects(grant_types: Sequence[str]) -> bool:
    """Whether the client sends people to the authorization endpoint."""
    return not {"authorization_code", "implicit"}.isdisjoint(grant_types)


def _scope(read: MemberReader, default: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return parse_scope(" ".join(read.words("scope", default)))
    except OAuthError as error:
        raise InvalidClientMetadata("scope", "must be scope values with one space between them") from error


def is_valid_client_id(client_id: str) -> bool:
    """Account ids begin with `acc_`: a client's own token must never look like a person's (RFC 9700 §4.15)."""
    return _CLIENT_ID.fullmatch(client_id) is not None and not client_id.startswith("acc_")


def _check_client_id(client_id: str) -> None:
    if not is_valid_client_id(client_id):
        raise InvalidClientMetadata(
            "client_id",
            "must have 1 to 128 letters, digits, dots, dashes, underscores or tildes, and not begin with acc_",
        )


def _check_grant_types(client: Client) -> None:
    """Raises `InvalidClientMetadata` where grants, response types, secrets and PKCE contradict each other."""
    has_users = _has_redirects(client.grant_types) or not _PERSON_GRANT_TYPES.isdisjoint(client.grant_types)
    response_types = response_type_problem(client.response_types, client.grant_types)
    problems = (
        (not client.grant_types and not client.resource_of, "grant_types", "may be empty only for a resource server"),
        (response_types is not None, "response_types", response_types or ""),
        (
            "refresh_token" in client.grant_types and _PERSON_GRANT_TYPES.isdisjoint(client.grant_types),
            "grant_types",
            "has refresh_token without a grant type of people",
        ),
        # What passes through the browser is bound to nobody's key.
        (
            client.sender.binds_tokens and any(ResponseType(each).has_access_token for each in client.response_types),
            "response_types",
            "cannot have a token where access tokens are bound to a key",
        ),
        # RFC 6749 §4.4: confidential clients only.
        (
            "client_credentials" in client.grant_types and client.is_public,
            "token_endpoint_auth_method",
            "cannot be none with client_credentials",
        ),
        (
            (client.backchannel_authentication.delivery_mode is not None) != client.allows_grant_type(CIBA),
            "backchannel_token_delivery_mode",
            "must be given with the grant type of CIBA, and only then",
        ),
        # CIBA §4: whoever asks for people who are not there has proven who it is.
        (
            client.is_public and client.allows_grant_type(CIBA),
            "token_endpoint_auth_method",
            "cannot be none with the grant type of CIBA",
        ),
        (
            client.backchannel_authentication.request_signing_alg is not None and not client.keys.exist,
            "backchannel_authentication_request_signing_alg",
            "needs jwks or jwks_uri",
        ),
        (
            bool(client.token_exchange.audience) != client.allows_grant_type(TOKEN_EXCHANGE),
            "token_exchange_audience",
            "must be given with the grant type of RFC 8693, and only then",
        ),
        (
            bool(client.jwt_bearer_issuers) != client.allows_grant_type(JWT_BEARER),
            "jwt_bearer_issuers",
            "must be given with the grant type of RFC 7523, and only then",
        ),
        # Both speak for people who are not there: whoever does so has proven who it is.
        (
            client.is_public and not {TOKEN_EXCHANGE, JWT_BEARER}.isdisjoint(client.grant_types),
            "token_endpoint_auth_method",
            "cannot be none with token exchange or assertions",
        ),
        (client.application_type == "service" and has_users, "grant_types", "of a service cannot be for people"),
        # What runs in a browser has no place for a secret.
        (
            client.application_type == "spa" and not client.is_public,
            "token_endpoint_auth_method",
            "of an application in the browser must be none",
        ),
        # RFC 9700 §2.1.1: public clients must use PKCE.
        (
            client.is_public and not client.require_pkce,
            "require_pkce",
            "cannot be switched off without a client secret",
        ),
        (
            client.may_get_refresh_token and "refresh_token" not in client.grant_types,
            "issue_refresh_token",
            "needs the grant type refresh_token",
        ),
        (bool(client.resource_of) and client.is_public, "resource_of", "needs a client secret"),
        (
            client.token_endpoint_auth_method in KEY_METHODS and not client.keys.exist,
            "token_endpoint_auth_method",
            "needs jwks or jwks_uri",
        ),
        (
            client.is_named_by_authority != (client.certificate_subject is not None),
            "token_endpoint_auth_method",
            "is tls_client_auth with one of the tls_client_auth_ names, and only then",
        ),
        (
            client.token_endpoint_auth_signing_alg is not None
            and (client.token_endpoint_auth_signing_alg in HMAC_ALGORITHMS) != client.signs_with_secret,
            "token_endpoint_auth_signing_alg",
            "does not go with token_endpoint_auth_method",
        ),
    )
    for holds, member, reason in problems:
        if holds:
            raise InvalidClientMetadata(member, reason)


def _check_uris(client: Client) -> None:
    """Raises `InvalidClientMetadata` for an address that may not be registered."""
    if bool(client.redirect_uris) != _has_redirects(client.grant_types):
        raise InvalidClientMetadata("redirect_uris", "must be given with authorization_code or implicit, and only then")
    for member, uris in (
        ("redirect_uris", client.redirect_uris),
        ("post_logout_redirect_uris", client.post_logout_redirect_uris),
    ):
        for uri in uris:
            _check_uri(member, uri, client.application_type)
    for member in ("client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri"):
        if (uri := getattr(client, member)) is not None:
            _check_uri(member, uri, "web")
    if client.keys.jwks_uri is not None:
        _check_uri("jwks_uri", client.keys.jwks_uri, "web")
    for member, uri in client.translations.uris():
        _check_uri(member, uri, "web")


def _check_uri(member: str, uri: str, application_type: str) -> None:
    if problem := registration_problem(uri, application_type):
        raise InvalidClientMetadata(member, problem)
