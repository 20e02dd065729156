"""What an account can tell a relying party: the standard claims of OIDC Core §5.1 that hold a value."""

from collections.abc import Mapping
from typing import Any

from idp.accounts.account import Account

# OIDC Core §5.1: the string claims a profile may hold. Email, phone, locale and updated_at are columns.
PROFILE_CLAIMS = (
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
)
# OIDC Core §5.1.1: the members of the `address` claim.
ADDRESS_MEMBERS = ("formatted", "street_address", "locality", "region", "postal_code", "country")


def standard_claims(account: Account) -> dict[str, Any]:
    """Every claim with a value, in its JSON type. `sub` is not among them: it may differ per client (§8)."""
    claims: dict[str, Any] = _strings(account.profile, PROFILE_CLAIMS)
    if account.login_name:
        claims["preferred_username"] = account.login_name
    address = account.profile.get("address")
    if isinstance(address, Mapping) and (members := _strings(address, ADDRESS_MEMBERS)):
        claims["address"] = members
    claims["email"] = account.login_email
    claims["email_verified"] = account.email_is_verified
    if account.phone:
        claims["phone_number"] = account.phone
        claims["phone_number_verified"] = account.phone_is_verified
    if account.locale:
        claims["locale"] = account.locale
    claims["updated_at"] = account.updated_at
    return claims


def _strings(source: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    # OIDC Core §5.3.2: a claim without a value is left out, not sent as null or "".
    return {name: value for name in names if isinstance(value := source.get(name), str) and value}
