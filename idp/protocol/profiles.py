"""What a client's security profile decides, in one table: `oidc`, and `fapi2` (FAPI 2.0 Security Profile, final).

Whoever has to choose between the two asks the profile for the rule by its name, never for the profile by its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class SecurityProfile:
    """The rules as data. The defaults are those of OpenID Connect Core and RFC 9700."""

    name: str
    auth_methods: frozenset[str] | None = None  # None: all that there are
    signing_algorithms: frozenset[str] | None = None  # of the client, and ours towards it
    assertions_name_the_issuer: bool = False  # `aud` is the issuer, as a string
    must_push: bool = False
    must_use_pkce: bool = False
    must_bind_tokens: bool = False  # to a key of the sender: DPoP or mutual TLS
    request_object_alone_counts: bool = False  # RFC 9101 §6.3; otherwise OIDC Core §6.1: it wins
    request_object_is_bounded: bool = False  # `exp` and `nbf` at most an hour apart, `jti` once
    response_types: frozenset[str] | None = None
    response_modes: frozenset[str] | None = None
    longest_code_lifetime: int | None = None  # seconds
    rotates_refresh_tokens: bool = True


OIDC = SecurityProfile("oidc")

FAPI2 = SecurityProfile(
    "fapi2",
    # FAPI 2.0 Security Profile §5.3.2.1: the client proves itself with a key.
    auth_methods=frozenset({"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}),
    signing_algorithms=frozenset({"PS256", "ES256", "EdDSA", "Ed25519"}),  # §5.4.1
    assertions_name_the_issuer=True,  # §5.3.2.1
    must_push=True,  # §5.3.2.2
    must_use_pkce=True,  # §5.3.2.2
    must_bind_tokens=True,  # §5.3.2.1
    request_object_alone_counts=True,
    request_object_is_bounded=True,  # FAPI 2.0 Message Signing §5.3.1
    response_types=frozenset({"code"}),  # §5.3.2.2
    response_modes=frozenset({"query", "query.jwt", "jwt"}),
    longest_code_lifetime=60,  # §5.3.2.2
    rotates_refresh_tokens=False,  # §5.3.2.1
)

PROFILES: Mapping[str, SecurityProfile] = MappingProxyType({each.name: each for each in (OIDC, FAPI2)})
