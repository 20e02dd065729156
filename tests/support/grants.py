"""Rows of `grants` without a login: an account, a session, and any number of grants on them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account, new_account_id
from idp.database.user_agent_columns import binding_values
from idp.grants.grant import GrantState
from idp.grants.table import grants
from idp.protocol.user_agent_binding import Binding, BindingMode, bind
from idp.sealing import new_id
from idp.sessions import store as sessions
from idp.sessions.evidence import Evidence
from idp.sessions.session import BrowserSession, SessionStatus

CLIENT_ID = "shop"
UNBOUND = bind(BindingMode.UNBOUND, None)
_A_DAY = 86_400


async def insert_login(db: AsyncConnection, now: int, *, email: str = "lucie@wedos.cz") -> tuple[str, str]:
    """The ids of a new account and of its active session, which lasts for a day."""
    account_id = new_account_id()
    await accounts.insert(db, Account(id=account_id, login_email=email, locale="en", created_at=now, updated_at=now))
    session = BrowserSession(
        id=new_id(),
        account_id=account_id,
        device_id="device",
        status=SessionStatus.ACTIVE,
        evidence=Evidence(),
        remembered=False,
        binding=UNBOUND,
        created_at=now,
        last_seen_at=now,
        idle_expires_at=now + _A_DAY,
        expires_at=now + _A_DAY,
        ended_reason=None,
    )
    await sessions.insert_session(db, session)
    return account_id, session.id


async def insert_grants(
    db: AsyncConnection, login: tuple[str, str], bindings: Sequence[Binding], now: int, **changes: Any
) -> list[str]:
    """The ids of active grants with refresh tokens of generation 1, one for each binding."""
    account_id, session_id = login
    rows = [
        {
            "id": new_id(),
            "state": GrantState.ACTIVE,
            "client_id": CLIENT_ID,
            "account_id": account_id,
            "session_id": session_id,
            "scope": "openid",
            "claims_request": {},
            "audience": [],
            "redirect_uri": "https://shop.example/cb",
            "auth_time": now,
            "acr": "urn:idp:acr:pwd",
            "amr": ["pwd"],
            "has_refresh_token": True,
            "survives_logout": False,
            "ua_required": False,
            "generation": 1,
            "created_at": now,
            "code_expires_at": now + 60,
            "idle_expires_at": now + _A_DAY,
            "expires_at": now + _A_DAY,
            **binding_values(binding),
            **changes,
        }
        for binding in bindings
    ]
    await db.execute(insert(grants), rows)
    return [row["id"] for row in rows]
