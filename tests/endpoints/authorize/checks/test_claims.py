"""`claims`: a JSON object of bounded size."""

import json

import pytest

from tests.support.calls import answer_to
from tests.support.relying_party import RelyingParty

CLAIMS = {
    "userinfo": ('{"userinfo":{"name":{"essential":true}}}', "/login"),
    "default manner": ('{"userinfo":{"email":null},"id_token":{"auth_time":{"essential":true}}}', "/login"),
    "unknown claim": ('{"userinfo":{"https://claims.example/shoe_size":null}}', "/login"),
    "unknown place": ('{"elsewhere":{"name":null}}', "/login"),
    "unknown member of a rule": ('{"userinfo":{"name":{"purpose":"greeting"}}}', "/login"),
    "language tag": ('{"userinfo":{"name#cs":null}}', "/login"),
    "empty object": ("{}", "/login"),
    "no JSON": ("{", "invalid_request"),
    "a list": ("[]", "invalid_request"),
    "a string": ('"userinfo"', "invalid_request"),
    "null": ("null", "invalid_request"),
    "place is a list": ('{"userinfo":["name"]}', "invalid_request"),
    "rule is true": ('{"userinfo":{"name":true}}', "invalid_request"),
    "essential is a word": ('{"userinfo":{"name":{"essential":"yes"}}}', "invalid_request"),
    "values is no list": ('{"id_token":{"acr":{"values":"1"}}}', "invalid_request"),
    "nested value": ('{"id_token":{"sub":{"value":{"a":1}}}}', "invalid_request"),
    "member twice": ('{"userinfo":{},"userinfo":{}}', "invalid_request"),
    "NaN": ('{"userinfo":{"name":{"value":NaN}}}', "invalid_request"),
    "infinity": ('{"userinfo":{"name":{"value":1e999}}}', "invalid_request"),
    "long integer": ('{"userinfo":{"name":{"value":' + "9" * 500 + "}}}", "invalid_request"),
    "NUL": ('{"userinfo":{"a\\u0000":null}}', "invalid_request"),
    "lone surrogate": ('{"userinfo":{"a\\ud800":null}}', "invalid_request"),
    "deep": ("[" * 1100 + "]" * 1100, "invalid_request"),
    "many claims": (json.dumps({"userinfo": {f"c{number}": None for number in range(100)}}), "invalid_request"),
    "5 KB": (json.dumps({"userinfo": {"a" * 5000: None}}), "invalid_request"),
}


@pytest.mark.requirement("AZ-19")
async def test_claims_is_a_bounded_json_object(rp: RelyingParty) -> None:
    """What is not understood inside it is ignored; what is not such an object is refused, and never a failure."""
    answers = {name: await answer_to(rp, claims=value) for name, (value, _) in CLAIMS.items()}
    assert answers == {name: wanted for name, (_, wanted) in CLAIMS.items()}
