"""Whom a request means, and how often that person may be asked.

An authenticated client is told who has no account (`unknown_user_id`, CIBA §13): so that it cannot be used to try out
addresses, a client has few such answers. And nobody is flooded with requests until they agree to one.
"""

from collections.abc import Mapping
from typing import Any

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.clients.client import Client
from idp.protocol.errors import ErrorCode, OAuthError
from idp.wiring import Wiring

_UNKNOWN_PER_CLIENT = "60/hour"


async def person_meant(wiring: Wiring, client: Client, hint: Mapping[str, Any]) -> Account:
    """Raises `OAuthError`: unknown_user_id, or 429."""
    async with wiring.database.reading() as db:
        if hint["subject"] is not None:
            account = await accounts.find(db, hint["subject"])
        else:
            account = await accounts.find_by_identifier(db, hint["login_hint"])
    if account is None or not account.is_active or not account.email_is_verified:
        await _count(wiring, f"backchannel-unknown:{client.client_id}", _UNKNOWN_PER_CLIENT)
        raise OAuthError(ErrorCode.UNKNOWN_USER_ID, "Nobody is known by this hint.")
    await _count(wiring, f"backchannel-person:{account.id}", wiring.settings.backchannel_person_limit)
    return account


async def _count(wiring: Wiring, bucket: str, rate: str) -> None:
    if wait := await wiring.addresses.hit(bucket, "", rate):
        headers = {"Retry-After": str(wait)}
        raise OAuthError(ErrorCode.TEMPORARILY_UNAVAILABLE, "Too many requests.", status=429, headers=headers)
