"""What programs send to the endpoints that answer programs: good, nearly good, and made to break things."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from idp.endpoints.token.grant_types import GRANT_TYPES
from idp.protocol.client_assertion import ASSERTION_TYPE
from idp.protocol.token_exchange import ACCESS_TOKEN, ID_TOKEN, JWT
from tests.support.client_keys import ClientKey

METHODS = ["POST"] * 16 + ["GET", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"]
CONTENT_TYPES = [
    *["application/x-www-form-urlencoded"] * 8, *["application/json"] * 3, "application/jwt", "text/plain", "", "x",
    "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data; boundary=x", "application/json; a",
]  # fmt: skip
ACCEPTS = [
    "", "*/*", "application/json", "application/token-introspection+jwt", "application/jwt;q=1.5, */*;q=nan", ";,;q=",
    "text/html", "application/token-introspection+jwt;q=" + "9" * 400,
]  # fmt: skip
PARAMETERS = [
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "resource", "audience",
    "authorization_details", "subject_token", "subject_token_type", "actor_token", "actor_token_type", "token",
    "requested_token_type", "assertion", "client_id", "client_secret", "client_assertion", "client_assertion_type",
    "token_type_hint", "user_agent", "access_token", "device_code", "auth_req_id", "login_hint", "login_hint_token",
    "id_token_hint", "binding_message", "requested_expiry", "client_notification_token", "acr_values", "user_code",
    "request", "request_uri", "response_type", "response_mode", "state", "nonce", "code_challenge", "dpop_jkt",
    "code_challenge_method", "prompt", "max_age", "claims", "ui_locales", "display", "interval",
]  # fmt: skip
WORDS = [
    "", " ", "0", "-1", "1e999", "9" * 400, "NaN", "null", "[]", "{}", "openid", "shop", "robot", "none", "S256",
    "a.b.c", "https://shop.example/cb", "https://api.example", "https://api.example#x", "http://[", "javascript:x",
    "urn:ietf:params:oauth:request_uri:x", "..", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiJ9.W10.AAAA",
    "\u202e", "ı", "🜏" * 40, "a" * 5000, '[{"type":"x"}]', '[{"type":"domain","actions":["read"],"name":"\\ud800"}]',
    '[{"type":"domain","actions":["read"],"name":"x"}]', '[{"type":["x"]}]', "[" * 3000, '{"a":' * 900,
    ACCESS_TOKEN, ID_TOKEN, JWT, ASSERTION_TYPE, *GRANT_TYPES, "urn:ietf:params:oauth:grant-type:device_code",
    "urn:openid:params:grant-type:ciba",
]  # fmt: skip

# JSON texts may hold what no UTF-8 can: a lone surrogate, written as an escape.
_STRINGS = st.sampled_from([*WORDS, "\ud800", "\x00"]) | st.text(max_size=20)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _STRINGS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_STRINGS, inner, max_size=4),
    max_leaves=12,
)
_CLAIMS = ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "scope", "acr", "cnf", "htm", "htu", "ath", "nonce", "typ"]


@dataclass(frozen=True, slots=True)
class BackChannelRequest:
    """`fields` are changes to a good request (None leaves one out); `body` stands in their place."""

    method: str
    path: str
    content_type: str
    headers: list[tuple[str, str]]
    fields: list[tuple[str, str]]
    is_based: bool
    body: bytes | None


def hostile_jwts(key: ClientKey, claims: dict[str, Any]) -> st.SearchStrategy[str]:
    """Properly signed, with claims of which some are anything at all, and headers that say too much."""
    changes = st.dictionaries(st.sampled_from(_CLAIMS), JSON_VALUES, max_size=3)
    text = st.sampled_from(["JWT", "x", "dpop+jwt", "application/jwt"])
    url = st.just("https://evil.example/keys")
    header = st.fixed_dictionaries({}, optional={"typ": text, "cty": text, "kid": text, "jku": url, "x5u": url})
    return st.builds(lambda more, head: key.sign(claims | more, **head), changes, header)


def back_channel_requests(
    paths: list[str], tokens: list[str], jwts: st.SearchStrategy[str], authorizations: list[str]
) -> st.SearchStrategy[BackChannelRequest]:
    """Any of these paths with anything on it; `tokens` and `authorizations` are good somewhere."""
    text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
    value = st.sampled_from(WORDS) | st.sampled_from(tokens) | jwts | text
    header_value = st.sampled_from(["", "x", "DPoP x", "\xff", "a" * 3000, *tokens]) | jwts
    headers = st.lists(
        st.sampled_from(authorizations).map(lambda text: ("authorization", text))
        | st.tuples(st.sampled_from(["dpop", "authorization", "client-cert", "user-agent"]), header_value)
        | st.sampled_from(ACCEPTS).map(lambda text: ("accept", text)),
        max_size=3,
    )
    body = st.binary(max_size=40) | JSON_VALUES.map(_as_json) | st.just(b"a=" + b"b" * 70_000)
    return st.builds(
        BackChannelRequest,
        method=st.sampled_from(METHODS),
        path=st.sampled_from(paths),
        content_type=st.sampled_from(CONTENT_TYPES),
        headers=headers,
        fields=st.lists(st.tuples(st.sampled_from(PARAMETERS), value), max_size=5),
        is_based=st.sampled_from([True, True, False]),
        body=st.sampled_from([None, None, None, True]).flatmap(lambda used: body if used else st.none()),
    )


def _as_json(value: object) -> bytes:
    return json.dumps(value).encode()
