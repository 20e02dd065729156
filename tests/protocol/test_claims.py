"""Scopes, the claims parameter, and what is released."""

import json
from typing import Any

import pytest

from idp.protocol.claims_release import released_claims
from idp.protocol.claims_request import ClaimRule, ClaimsRequest
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.scopes import CLAIMS_OF_SCOPE, claims_of_scopes, parse_scope


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        (None, ()),
        ("", ()),
        ("openid", ("openid",)),
        ("openid email openid", ("openid", "email")),
        (" openid  email ", ("openid", "email")),
        ("https://api.example.com/read !#[]~", ("https://api.example.com/read", "!#[]~")),
    ],
)
def test_reads_a_scope(text: str | None, scope: tuple[str, ...]) -> None:
    """Each value once, in the order given."""
    assert parse_scope(text) == scope


@pytest.mark.requirement("DS-05")
@pytest.mark.parametrize(
    "text",
    [
        "a" * 2049,
        " ".join(f"s{number}" for number in range(10_000)),
        " ".join("abcdefgh" * 20),
        'a"b',
        "a\\b",
        "ž",
        "a\tb",
    ],
)
def test_refuses_a_scope_that_is_too_much(text: str) -> None:
    """Ten thousand values, or characters that no scope has; a repetition is no way around the limit."""
    if text.startswith("a b c"):
        assert len(parse_scope(text)) == 8
        return
    with pytest.raises(OAuthError) as caught:
        parse_scope(text)
    assert caught.value.code is ErrorCode.INVALID_SCOPE


def test_reads_the_claims_parameter() -> None:
    """The example of OpenID Connect Core §5.5, in our words."""
    request = ClaimsRequest.parse(
        json.dumps(
            {
                "userinfo": {"given_name": {"essential": True}, "nickname": None, "https://example.info/c#x": {}},
                "id_token": {"auth_time": {"essential": True}, "acr": {"values": ["a", "b"], "essential": True}},
                "elsewhere": {"ignored": 1},
            }
        )
    )
    assert request.userinfo == {
        "given_name": ClaimRule(essential=True),
        "nickname": None,
        "https://example.info/c#x": ClaimRule(),
    }
    assert request.essential_acr_values == ("a", "b")
    assert request.voluntary_acr_values == ()
    assert ClaimsRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


@pytest.mark.parametrize(
    ("rule", "essential", "voluntary"),
    [
        (None, (), ()),
        ({"value": "a"}, (), ("a",)),
        ({"value": "a", "essential": False}, (), ("a",)),
        ({"value": "a", "essential": True}, ("a",), ()),
        ({"values": ["a", 1, "b"], "essential": True}, ("a", "b"), ()),
        ({"essential": True}, (), ()),
    ],
)
def test_the_acr_asked_for(rule: object, essential: tuple[str, ...], voluntary: tuple[str, ...]) -> None:
    """A single value and a list are the same; what is no text is no level."""
    request = ClaimsRequest.parse(json.dumps({"id_token": {"acr": rule}}))
    assert (request.essential_acr_values, request.voluntary_acr_values) == (essential, voluntary)


def test_a_subject_asked_for_by_value() -> None:
    """OpenID Connect Core §5.5.1: the answer may be about no other subject."""
    request = ClaimsRequest.parse('{"id_token": {"sub": {"value": "acc_1"}}, "userinfo": {"sub": null}}')
    assert request.required_subjects == ("acc_1",)
    assert ClaimsRequest().required_subjects == ()


@pytest.mark.requirement("DS-05")
@pytest.mark.parametrize(
    "text",
    [
        "x", "[]", "1", "null", '"a"', "{", '{"userinfo": []}', '{"userinfo": {"a": 1}}', '{"userinfo": {"a": []}}',
        '{"userinfo": {"a": {"essential": 1}}}', '{"userinfo": {"a": {"essential": "true"}}}',
        '{"userinfo": {"a": {"values": "b"}}}', '{"userinfo": {"a": {"values": [{}]}}}', '{"userinfo": {"": null}}',
        '{"userinfo": {"a": {"value": {"deep": 1}}}}', '{"userinfo": {"a": null, "a": null}}', '{"id_token": 5}',
        '{"userinfo": {"a": {"value": NaN}}}', '{"userinfo": {"a": {"value": 1e999}}}',
        '{"userinfo": {"\\u0000": null}}',
        '{"userinfo": {"a": {"value": "\\ud800"}}}', '{"userinfo": {"\ud800": null}}', "[" * 4000, '{"a":' * 800,
        '{"userinfo": {"a": {"value": ' + "9" * 4000 + "}}}", " " * 4097, '{"userinfo": {"' + "a" * 129 + '": null}}',
        json.dumps({"userinfo": {f"c{number}": None for number in range(65)}}),
        json.dumps({"userinfo": {f"c{number}": None for number in range(10_000)}}),
        json.dumps({"id_token": {"acr": {"values": ["a"] * 17}}}),
    ],
)  # fmt: skip
def test_refuses_hostile_claims_parameters(text: str) -> None:
    """What is not such a request, repeats itself, nests, overflows, or asks for too much."""
    with pytest.raises(OAuthError) as caught:
        ClaimsRequest.parse(text)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_nothing_asked_for_is_stored_as_nothing() -> None:
    """The common case costs a row or a URL nothing."""
    assert ClaimsRequest.parse(None).to_json() == {}
    assert ClaimsRequest.from_json({}) == ClaimsRequest()


AVAILABLE = {
    "name": "Jana Nováková",
    "email": "jana@example.com",
    "email_verified": False,
    "nickname": "",
    "website": None,
    "updated_at": 0,
    "phone_number": "+420601123456",
    "sub": "acc_other",
    "acr": "urn:idp:acr:otp",
}


@pytest.mark.parametrize(
    ("scope", "requested", "released"),
    [
        (("openid",), {}, set()),
        (("openid", "email"), {}, {"email", "email_verified"}),
        (("openid", "profile"), {}, {"name", "updated_at"}),
        (("openid",), {"phone_number": None, "missing": ClaimRule(essential=True)}, {"phone_number"}),
        (("openid", "unheard_of"), {"name": None}, {"name"}),
    ],
)
def test_releases_what_was_asked_for_and_exists(
    scope: tuple[str, ...], requested: dict[str, Any], released: set[str]
) -> None:
    """By scope and by name; false and 0 are values, an empty string and null are none."""
    assert released_claims(AVAILABLE, scope, requested).keys() == released


@pytest.mark.requirement("JW-18")
def test_an_account_never_speaks_for_the_token() -> None:
    """Claims that only the provider makes are not released from an account, even when asked for by name."""
    assert released_claims(AVAILABLE, CLAIMS_OF_SCOPE, {"sub": None, "acr": None, "iss": None}).keys() == {
        "name",
        "email",
        "email_verified",
        "updated_at",
        "phone_number",
    }


def test_the_standard_scopes() -> None:
    """OpenID Connect Core §5.4: fourteen profile claims, and the three other scopes."""
    assert len(claims_of_scopes(["profile"])) == 14
    assert claims_of_scopes(["phone", "address", "openid"]) == {"phone_number", "phone_number_verified", "address"}
