"""Requests that no honest program sends, as Hypothesis makes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

from hypothesis import strategies as st

_Value = TypeVar("_Value")

CANARY = "kanárek7f3a"

PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method", "prompt", "max_age", "acr_values", "claims", "login_hint", "id_token_hint", "ui_locales",
    "display", "request", "request_uri", "grant_type", "code", "code_verifier", "refresh_token", "client_secret",
    "token", "token_type_hint", "user_agent", "access_token", "post_logout_redirect_uri", "logout_hint", "flow", "csrf",
    "username", "password", "remember", "given_name", "family_name", "email", "phone", "agree", "decision", "clicked",
    "t", "to", "lang", "key", "button", "resource", "audience", "authorization_details", "subject_token", "assertion",
    "device_code", "user_code", "auth_req_id", "binding_message",
    "requested_expiry", "client_notification_token", "said",
)  # fmt: skip
SECRETS = (
    "password", "code", "client_secret", "code_verifier", "refresh_token", "token", "access_token", "device_code",
    "auth_req_id", "client_notification_token",
)  # fmt: skip

_WORDS = (
    "", "0", "-1", "1e999", "9" * 400, "2147483648", "9223372036854775808", "NaN", "true", "null", "[]", "{}", "openid",
    "shop", "other", "code", "S256", "none", "login", "create", "query", "form_post", "authorization_code",
    "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "BCDF-GHJK",
    "urn:openid:params:grant-type:ciba", "https://shop.example/cb", "https://evil.example/", "//evil.example",
    "javascript:alert(1)", "lucie@wedos.cz", "ota@wedos.cz\r\nBcc: a@b.cz", "+420601123456", "000000",
    "'; DROP TABLE x;--",
    "{{7*7}}", "%00", "\x00", "\r\nSet-Cookie: a=b", "\u202e", "\ufeff", "ı", "ǆ", "İ", "🜏" * 40, "a" * 5000, "é" * 400,
    "x.y.z", "eyJhbGciOiJub25lIn0.e30.", "acc_x", "cs en de", "a b " * 3000, "[" * 3000, '{"userinfo":' * 500,
    '{"id_token":{"acr":{"values":["a"],"essential":true}}}', '{"userinfo":{"a":null,"a":null}}', '{"a":1e400}',
    '{"userinfo":{"x":"\\ud800"}}', '{"id_token":{"sub":{"value":' + "9" * 5000 + "}}}", f"<i>{CANARY}",
    f'"><i>{CANARY}',
    CANARY,
)  # fmt: skip
_RAW = (
    b"%", b"%zz", b"%ff", b"%c3%28", b"%ed%a0%80", b"\xff", b"\x00", b"+", b"&", b"=", b"&&", b";", b"%00", b"%0d%0a",
    b"a", b"a=", b"=a", b"[]", b"\xc3", b"%u0041",
)  # fmt: skip
_HEADER_VALUES = (
    b"", b"text/html", b"application/json", b"application/x-www-form-urlencoded; charset=utf-16", b"text/plain",
    b"multipart/form-data; boundary=x", b"gzip", b"null", b"https://evil.example", b"http://localhost:8000",
    b"cross-site",
    b"Basic", b"Basic !!!", b"Basic OjpcAA==", b"Basic c2hvcDolZmY=", b"Basic c2hvcDolMDA=", b"Bearer", b"Bearer x y",
    b"Bearer eyJhbGciOiJub25lIn0.e30.", b"Digest a=b", b"session=; device=", b"session=\xff; device=\x80",
    b"session=" + b"a" * 4000, b"device=" + b"\xe9" * 43, b"device=" + b"-" * 43, b'lang="\\303"; lang=xx',
    b"lang=../../x",
    b"=; ; ;=,", b"en;q=nan, cs;q=1e9, *;q=-1", b"\xc5\xa1,,;q=;", b"a-" * 300, b"x" * 600, b"Mozilla/5.0 (", b"9" * 40,
    b"bytes=0-1,2-3,-5", b"W/\"x\", *", b"t\xc3\xa9st",
)  # fmt: skip
_HEADERS = (
    b"content-type", b"accept", b"authorization", b"cookie", b"user-agent", b"accept-language", b"origin",
    b"sec-fetch-site", b"sec-fetch-dest", b"content-length", b"content-encoding", b"x-forwarded-for",
    b"x-forwarded-proto",
    b"referer", b"range", b"if-none-match", b"dpop", b"transfer-encoding",
)  # fmt: skip
_HOSTS = (b"localhost:8000",) * 20 + (
    b"",
    b"evil.example",
    b"localhost:8000@evil",
    b"xn--a",
    "ů.cz".encode(),
    b"[::1]:8000",
)


@dataclass(frozen=True, slots=True)
class HostileRequest:
    """Everything that a caller chooses. `visitor` says whose cookies, flow and form token it may bring along."""

    method: str
    path: str
    fields: dict[str, str]
    noise: bytes = b""  # goes behind the fields as it is
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes | None = None  # instead of the fields
    visitor: int = 0
    is_based: bool = True  # the fields change a request that would otherwise be good

    def encoded(self, base: Mapping[str, str]) -> bytes:
        """The fields over the base, as a query or a form."""
        fields = (dict(base) if self.is_based else {}) | self.fields
        return b"&".join(filter(None, [urlencode(fields).encode(), self.noise]))


def hostile_requests(paths: tuple[str, ...], visitors: int) -> st.SearchStrategy[HostileRequest]:
    """A path of ours, or one bent out of shape, with anything at all on it."""
    tails = ["/", "//", "/..", ";x.css", ".css", "\x00", "é", "%00", "\ufffd", "\u202e"]
    value = st.sampled_from(_WORDS) | st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
    noise = st.lists(st.sampled_from(_RAW), max_size=5).map(b"".join)
    headers = st.lists(st.tuples(st.sampled_from(_HEADERS), st.sampled_from(_HEADER_VALUES)), max_size=2)
    return st.builds(
        HostileRequest,
        method=st.sampled_from(
            ["GET"] * 8 + ["POST"] * 12 + ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"]
        ),
        path=st.builds(str.__add__, st.sampled_from(paths), _seldom(st.sampled_from(tails), "")),
        fields=st.dictionaries(st.sampled_from(PARAMETERS), value, max_size=4),
        noise=_seldom(noise, b""),
        headers=st.builds(lambda host, more: [(b"host", host), *more], st.sampled_from(_HOSTS), _seldom(headers, [])),
        body=_seldom(st.binary(max_size=40) | st.just(b"a=" + b"b" * 70_000), None),
        visitor=st.integers(0, visitors - 1),
        is_based=st.sampled_from([True, True, True, False]),
    )


def _seldom(strategy: st.SearchStrategy[_Value], usual: _Value) -> st.SearchStrategy[_Value]:
    """What would hide everything behind it, if it were always there."""
    return st.sampled_from([False, False, False, True]).flatmap(lambda is_used: strategy if is_used else st.just(usual))
