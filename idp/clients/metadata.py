"""Reads a client's metadata (RFC 7591 §2): every member once, each group of them by a file of its own."""

from collections.abc import Mapping
from typing import Any

from idp.clients.addresses import check_addresses
from idp.clients.authorization_responses import (
    read_authorization_responses,
    read_response_types,
)
from idp.clients.backchannel_authentication import read_backchannel_authentication
from idp.clients.certificate_subject import read_certificate_subject
from idp.clients.client import (
    APPLICATION_TYPES,
    AUTH_METHODS,
    GRANT_TYPES,
    PUBLIC_CLIENT,
    SIGNING_ALGORITHMS,
    Client,
    has_redirects,
    has_users,
    is_valid_client_id,
)
from idp.clients.consistency import check_consistency
from idp.clients.encryption import read_id_token_encryption, read_response_encryption
from idp.clients.introspection import read_introspection_answer
from idp.clients.jwt_bearer import read_jwt_bearer_issuers
from idp.clients.logout_metadata import read_logout_metadata
from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.clients.own_keys import read_own_keys
from idp.clients.request_objects import read_request_objects
from idp.clients.security_profile import check_security_profile
from idp.clients.sender_constraint import read_sender_constraint
from idp.clients.software import read_software
from idp.clients.subjects import read_subjects
from idp.clients.token_exchange import read_token_exchange
from idp.clients.translations import read_translations
from idp.clients.userinfo import read_userinfo_answer
from idp.protocol.errors import OAuthError
from idp.protocol.profiles import PROFILES
from idp.protocol.scopes import parse_scope
from idp.protocol.signed_by_client import CLIENT_ALGORITHMS, HMAC_ALGORITHMS

_USER_GRANT_TYPES = ("authorization_code", "refresh_token")
_DEFAULT_USER_SCOPE = ("openid", "profile", "email")


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
    client = Client(
        client_id=client_id,
        client_name=read.text("client_name") or client_id,
        application_type=application_type,
        redirect_uris=read.texts("redirect_uris"),
        post_logout_redirect_uris=read.texts("post_logout_redirect_uris"),
        logout=read_logout_metadata(read),
        grant_types=grant_types,
        response_types=read_response_types(read, default=("code",) if has_redirects(grant_types) else ()),
        responses=read_authorization_responses(read, SIGNING_ALGORITHMS),
        response_encryption=read_response_encryption(read),
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
        scope=_scope(read, default=_DEFAULT_USER_SCOPE if has_users(grant_types) else ()),
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
    check_consistency(client)
    check_addresses(client)
    check_security_profile(client)
    return client


def _scope(read: MemberReader, default: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return parse_scope(" ".join(read.words("scope", default)))
    except OAuthError as error:
        raise InvalidClientMetadata("scope", "must be scope values with one space between them") from error


def _check_client_id(client_id: str) -> None:
    if not is_valid_client_id(client_id):
        raise InvalidClientMetadata(
            "client_id",
            "must have 1 to 128 letters, digits, dots, dashes, underscores or tildes, and not begin with acc_",
        )
