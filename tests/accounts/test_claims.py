"""The standard claims of an account."""

import json
from dataclasses import replace

from idp.accounts.account import Account
from idp.accounts.claims import standard_claims

_PLAIN = Account(
    id="acc_1", login_email="lucie@example.com", locale="cs", created_at=1_700_000_000, updated_at=1_700_000_005
)
_FULL = replace(
    _PLAIN,
    email_verified_at=1_700_000_001,
    login_name="lucie",
    phone="+420601123456",
    phone_verified_at=1_700_000_002,
    profile={
        "name": "Lucie Nováková",
        "given_name": "Lucie",
        "family_name": "Nováková",
        "middle_name": "Marie",
        "nickname": "Lu",
        "profile": "https://example.com/lucie",
        "picture": "https://example.com/lucie.png",
        "website": "https://lucie.example",
        "gender": "female",
        "birthdate": "1990-01-31",
        "zoneinfo": "Europe/Prague",
        "address": {"formatted": "Dlouhá 1\nPraha", "country": "CZ", "floor": "3"},
    },
)


def test_an_empty_profile_gives_only_what_holds_a_value() -> None:
    """OIDC Core §5.3.2: claims without a value are left out."""
    assert standard_claims(_PLAIN) == {
        "email": "lucie@example.com",
        "email_verified": False,
        "locale": "cs",
        "updated_at": 1_700_000_005,
    }


def test_a_full_profile_gives_every_claim_of_the_specification() -> None:
    """OIDC Core §5.1: all claims but `sub`, which may differ per client."""
    assert set(standard_claims(_FULL)) == {
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
        "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
        "phone_number_verified", "address", "updated_at",
    }  # fmt: skip


def test_claims_have_the_types_of_the_specification() -> None:
    """Booleans and the update time are no strings; the address is an object of known members."""
    claims = json.loads(json.dumps(standard_claims(_FULL)))
    assert claims["email_verified"] is True
    assert claims["phone_number_verified"] is True
    assert claims["updated_at"] == 1_700_000_005
    assert claims["address"] == {"formatted": "Dlouhá 1\nPraha", "country": "CZ"}
    assert claims["preferred_username"] == "lucie"


def test_values_of_a_wrong_type_are_left_out() -> None:
    """What an import or an operator put into the profile cannot break a relying party's parser."""
    odd = replace(_PLAIN, profile={"name": 7, "nickname": "", "birthdate": None, "address": "Praha", "role": "admin"})
    assert standard_claims(odd) == standard_claims(_PLAIN)
