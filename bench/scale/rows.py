"""Accounts, sessions and grants as rows of the real tables, each a function of its number.

Ten grants belong to an account and five to a session, one for each of five clients. Everything lives for a year, so
that a database which was filled once can be measured again.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from sqlalchemy import Table

from idp.accounts.table import accounts
from idp.database.user_agent_columns import binding_values
from idp.grants.table import grants
from idp.protocol.user_agent_binding import BindingMode, bind, read_user_agent
from idp.sealing import base64url
from idp.sessions.evidence import Evidence
from idp.sessions.table import browser_sessions

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GRANTS_PER_ACCOUNT, GRANTS_PER_SESSION = 10, 5
CLIENT_IDS = tuple(f"shop-{number}" for number in range(GRANTS_PER_SESSION))
_YEAR = 365 * 86_400
_BINDING = binding_values(bind(BindingMode.STABLE, read_user_agent(USER_AGENT)))

Rows = list[tuple[Any, ...]]


def grant_id(number: int) -> str:
    return _id("grant", number)


def client_of(number: int) -> str:
    return CLIENT_IDS[number % GRANTS_PER_SESSION]


def chunk(numbers: range, now: int) -> Iterator[tuple[Table, Rows]]:
    """The rows that the grants of these numbers need, in the order of the foreign keys.

    `numbers` begin and end with an account's own.
    """
    owners = range(numbers.start // GRANTS_PER_ACCOUNT, numbers.stop // GRANTS_PER_ACCOUNT)
    logins = range(numbers.start // GRANTS_PER_SESSION, numbers.stop // GRANTS_PER_SESSION)
    yield accounts, _tuples(accounts, (_account(number, now) for number in owners))
    yield browser_sessions, _tuples(browser_sessions, (_session(number, now) for number in logins))
    yield grants, _tuples(grants, (_grant(number, now) for number in numbers))


def revoked_grants(numbers: range, now: int, *, revoked_at: int) -> Rows:
    """Older grants of the same sessions that can never count again; others for every `revoked_at`."""
    over = {"state": "revoked", "revoked_at": revoked_at, "revoked_reason": "logout", "created_at": revoked_at - 60}
    return _tuples(
        grants, (_grant(number, now) | over | {"id": _id(f"revoked {revoked_at}", number)} for number in numbers)
    )


def _id(kind: str, number: int) -> str:
    """Spread like a random id."""
    return base64url(blake2b(f"{kind} {number}".encode(), digest_size=16).digest())


def _account_id(number: int) -> str:
    return f"acc_{_id('account', number)}"


def _account(number: int, now: int) -> dict[str, Any]:
    return {
        "id": _account_id(number),
        "login_email": f"person-{number}@example.com",
        "email_verified_at": now,
        "profile": json.dumps({"name": f"Person {number}", "given_name": "Person", "family_name": str(number)}),
        "locale": "en",
        "status": "active",
        "roles": "",
        "created_at": now,
        "updated_at": now,
    }


def _session(number: int, now: int) -> dict[str, Any]:
    return {
        "id": _id("session", number),
        "secret_digest": base64url(blake2b(f"secret {number}".encode(), digest_size=32).digest()),
        "account_id": _account_id(number * GRANTS_PER_SESSION // GRANTS_PER_ACCOUNT),
        "device_id": base64url(blake2b(f"device {number}".encode(), digest_size=32).digest()),
        "status": "active",
        "evidence": json.dumps(Evidence().to_json()),
        "remembered": True,
        "created_at": now,
        "last_seen_at": now,
        "idle_expires_at": now + _YEAR,
        "expires_at": now + _YEAR,
        **_BINDING,
    }


def _grant(number: int, now: int) -> dict[str, Any]:
    return {
        "id": grant_id(number),
        "flow_id": None,
        "state": "active",
        "client_id": client_of(number),
        "account_id": _account_id(number // GRANTS_PER_ACCOUNT),
        "session_id": _id("session", number // GRANTS_PER_SESSION),
        "scope": "openid profile email",
        "claims_request": "{}",
        "audience": '["https://api.example.com"]',
        "nonce": str(number),  # so that a row tells which one it is
        "redirect_uri": f"https://{client_of(number)}.example/cb",
        "auth_time": now,
        "acr": "urn:idp:acr:pwd",
        "amr": '["pwd"]',
        "has_refresh_token": True,
        "has_front_channel_token": False,
        "survives_logout": False,
        "ua_required": False,
        "generation": 1,
        "created_at": now,
        "code_expires_at": now + 60,
        "redeemed_at": now,
        "idle_expires_at": now + _YEAR,
        "expires_at": now + _YEAR + number % 86_400,
        **_BINDING,
    }


def _tuples(table: Table, rows: Iterable[dict[str, Any]]) -> Rows:
    """In the order of the table's columns; a column that may be empty and is not named stays so."""
    names = [column.name for column in table.columns]
    required = {column.name for column in table.columns if not column.nullable and column.server_default is None}
    made = list(rows)
    for row in made[:1]:
        if missing := required - row.keys():
            raise LookupError(f"{table.name} has gained columns: {sorted(missing)}")
        if unknown := row.keys() - set(names):
            raise LookupError(f"{table.name} has lost columns: {sorted(unknown)}")
    return [tuple(row.get(name) for name in names) for row in made]
