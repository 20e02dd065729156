"""Arbitrary input raises nothing but what is declared, and costs little."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.protocol.acr import parse_acr_values
from idp.protocol.claims_request import ClaimsRequest
from idp.protocol.errors import OAuthError
from idp.protocol.parameters import parse_parameters
from idp.protocol.pkce import challenge_problem, verifier_matches
from idp.protocol.redirect_uris import is_registered, registration_problem
from idp.protocol.scopes import parse_scope
from idp.protocol.user_agent_binding import BindingMode, bind, is_same_browser, raised, read_user_agent, reparsed

# The first header that is read compiles the parser's patterns: no deadline for a single example.
fuzzed = settings(deadline=None, max_examples=300)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]), max_size=700)
ENCODED = st.lists(st.sampled_from([b"a", b"=", b"&", b"%", b"%41", b"%ff", b"+", b"\xc3", b"\x00", b"1"])).map(
    b"".join
)
URI_PIECES = st.lists(
    st.sampled_from(
        [
            "https", "http", "com.a.b", "javascript", ":", "/", "//", "@", "?", "#", "[", "]", "::1", "localhost",
            "127.0.0.1", ".", "..", "%", "%2e", "a", ":80", ":99999", "\\", "\n", "ž", "\ud800", "*", "0x7f",
        ]
    ),
    max_size=12,
).map("".join)  # fmt: skip
AGENT_PIECES = st.lists(
    st.sampled_from(
        [
            "Mozilla/5.0 ", "(Windows NT 10.0)", "(", ")", "Chrome/", "120", ".0", " Safari/537.36", "Firefox/",
            "9" * 30,
            "Opera/", "/", "(iPad; CPU OS 17_4 like Mac OS X)", "(Linux; Android 10; K)", " Mobile", " ", "\x00", "é",
            "\ud800", "٣", "A" * 200,
        ]
    ),
    max_size=10,
).map("".join)  # fmt: skip
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["userinfo", "id_token", "acr", "value", "x"]), inner)
    ),
    max_leaves=12,
)


@fuzzed
@given(st.binary(max_size=300) | ENCODED)
def test_parameters(raw: bytes) -> None:
    """Bytes are parameters of clean text, or an OAuthError."""
    try:
        parameters = parse_parameters(raw)
    except OAuthError:
        return
    for name, value in parameters.items():
        assert name
        assert value
        assert (name + value).encode().decode() == name + value


@pytest.mark.requirement("DS-05")
@fuzzed
@given(ANY_TEXT | JSON_VALUES.map(json.dumps))
def test_claims_requests(text: str) -> None:
    """Text is a claims request that survives storage, or an OAuthError."""
    try:
        request = ClaimsRequest.parse(text)
    except OAuthError:
        return
    stored = json.dumps(request.to_json(), allow_nan=False)
    assert ClaimsRequest.from_json(json.loads(stored)) == request


@pytest.mark.requirement("DS-05")
@fuzzed
@given(ANY_TEXT)
def test_lists_of_words(text: str) -> None:
    """Scopes and levels are bounded lists, or an OAuthError."""
    for parse in (parse_scope, parse_acr_values):
        with suppress(OAuthError):
            assert len(parse(text)) <= 64


@fuzzed
@given(ANY_TEXT | URI_PIECES)
def test_redirect_uris(uri: str) -> None:
    """No text makes the checks of redirect URIs fail, and what passes is harmless ASCII with a known scheme."""
    for application_type in ("web", "spa", "native", "service"):
        assert not is_registered(uri, ["http://127.0.0.1/cb-of-ours"], application_type)
        if registration_problem(uri, application_type) is None:
            assert uri.isascii()
            assert uri.isprintable()
            assert uri.partition(":")[0].lower() in {"https", "http", "com.a.b"}


@fuzzed
@given(ANY_TEXT, ANY_TEXT)
def test_pkce(first: str, second: str) -> None:
    """No text makes the PKCE checks fail."""
    challenge_problem(first, second)
    assert not verifier_matches(first, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")


@pytest.mark.requirement("RT-13")
@fuzzed
@given(ANY_TEXT | AGENT_PIECES, ANY_TEXT | AGENT_PIECES, st.sampled_from(BindingMode))
def test_user_agents(first: str, second: str, mode: BindingMode) -> None:
    """Every header can be bound, stored, compared, raised and read again; it is always the same as itself."""
    agent, other = read_user_agent(first), read_user_agent(second)
    binding = bind(mode, agent)
    assert binding.raw.encode().count(b"\x00") == 0
    assert 0 <= binding.version < 2**31
    assert agent is None or is_same_browser(binding, agent)
    if is_same_browser(binding, other):
        assert is_same_browser(raised(binding, other), other)
    assert reparsed(binding) is binding


@pytest.mark.requirement("DS-06")
@pytest.mark.parametrize(
    "character", ["(", ")", "[", "a", "a ", "%", "%2e", "/.", ".", "-", ":", "@", "é", "\\", "(a", "*"]
)
def test_long_repetitions(character: str) -> None:
    """100 kB of one character are refused or read without any pattern going astray (a hang would time the run out)."""
    text = (character * 100_000)[:100_000]
    registration_problem("https://" + text, "native")
    registration_problem("https://" + text[:1900], "native")
    is_registered("http://127.0.0.1:" + text, ["http://127.0.0.1/cb"], "native")
    read_user_agent("Mozilla/5.0 " + text)
    read_user_agent("Mozilla/5.0 " + text[:250])
    for parse in (parse_scope, parse_acr_values, ClaimsRequest.parse, lambda value: parse_parameters(value.encode())):
        with suppress(OAuthError):
            parse(text)
