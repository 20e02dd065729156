"""A provider in this process: its application, its wiring, its clock, its inbox, and what a test puts into it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

from idp.accounts.account import Account, Role
from idp.administration.accounts import NewAccount, create_account, get_account, lock_account, set_password
from idp.administration.clients import Declaration, register_client
from idp.app import build_app
from idp.audit.record import Origin
from idp.audit.store import list_events
from idp.credentials import store as credentials
from idp.credentials.recovery_codes import new_codes, replace_codes
from idp.keys import store as key_store
from idp.keys.algorithms import ALGORITHMS
from idp.keys.encryption.rotation import ensure_encryption_key
from idp.keys.rotation import ensure_keys
from idp.keys.signing_key import KeyState, SigningKey, new_signing_key
from idp.messaging.files import read_inbox
from idp.sealing import MasterKeys, base64url, new_id
from idp.settings import Mode, Settings
from idp.subjects.store import ensure_pairwise_key
from idp.wiring import Wiring, build_wiring
from tests.support.clock import MovableClock

ISSUER = "http://localhost:8000"
PASSWORD = "five quiet lakes under snow"
OTP_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_MASTER_KEY = base64url(bytes(range(32)))


@dataclass(frozen=True, slots=True)
class TestClient:
    """A registered relying party, as a test knows it."""

    __test__ = False
    id: str
    secret: str
    redirect_uri: str


@dataclass(slots=True)
class Provider:
    """Everything a test reaches without HTTP: to prepare what a journey needs, and to look at what it left."""

    app: FastAPI
    wiring: Wiring
    clock: MovableClock
    _clients: dict[str, TestClient] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return self.wiring.settings.issuer

    @property
    def keys(self) -> MasterKeys:
        return self.wiring.master_keys

    def origin(self) -> Origin:
        return Origin(None, None, None, None, "test", self.clock.now())

    async def account(
        self,
        email: str = "lucie@wedos.cz",
        *,
        password: str = PASSWORD,
        otp: bool = False,
        email_verified: bool = True,
        phone: str | None = "+420601123456",
        phone_verified: bool = True,
        profile: Mapping[str, Any] | None = None,
        login_name: str | None = None,
        roles: tuple[Role, ...] = (),
    ) -> Account:
        """An account; verified unless a test wants it otherwise."""
        new = NewAccount(
            email,
            "en",
            phone,
            login_name,
            profile or {"name": "Lucie Malá", "given_name": "Lucie", "family_name": "Malá"},
            email_verified=email_verified,
            phone_verified=phone_verified and phone is not None,
            roles=roles,
        )
        password_hash = await self.wiring.hasher.hash(password)
        async with self.wiring.database.writing() as db:
            account = await create_account(db, new, password_hash, origin=self.origin())
            if otp:
                session_id = new_id()
                now = self.clock.now()
                await credentials.put_pending_otp_key(
                    db, self.keys, account.id, key=OTP_KEY, session_id=session_id, now=now
                )
                await credentials.activate_otp_key(db, account.id, step=0, session_id=session_id, now=now)
        return account

    async def recovery_codes(self, account: Account) -> tuple[str, ...]:
        """A new set for an account with OTP, as its owner wrote it down."""
        codes = new_codes()
        async with self.wiring.database.writing() as db:
            await replace_codes(db, self.keys, account.id, codes=codes, now=self.clock.now())
        return codes

    async def client(self, client_id: str = "shop", **metadata: Any) -> TestClient:
        """A first-party web client with refresh tokens, unless `metadata` (RFC 7591 names and ours) says otherwise."""
        kind = metadata.get("application_type", "web")
        defaults: dict[str, Any] = {"client_name": client_id.title(), "application_type": kind}
        if kind != "service":
            defaults |= {
                "redirect_uris": [f"https://{client_id}.example/cb"],
                "scope": "openid profile email phone address offline_access api.read",
                "issue_refresh_token": "always",
                "first_party": True,
                "user_agent_binding": "auto",
            }
        declared = defaults | metadata
        async with self.wiring.database.writing() as db:
            _, secret = await register_client(
                db, Declaration(client_id, declared), source="cli", origin=self.origin(), keys=self.keys
            )
        self.wiring.clients.forget()
        redirect_uri = next(iter(declared.get("redirect_uris", [])), "")
        return TestClient(client_id, secret or "", redirect_uri)

    async def set_password(self, email: str, password: str) -> None:
        """As `idp accounts set-password` does it."""
        password_hash = await self.wiring.hasher.hash(password)
        async with self.wiring.database.writing() as db:
            account = await get_account(db, email)
            await set_password(db, self.keys, account, password_hash, origin=self.origin())

    async def lock(self, email: str) -> None:
        """As `idp accounts lock` does it."""
        async with self.wiring.database.writing() as db:
            account = await get_account(db, email)
            await lock_account(db, self.keys, account, reason="test", origin=self.origin())

    async def inbox(self) -> list[dict[str, Any]]:
        """Every message that left, newest first."""
        while await self.wiring.outbox.deliver_due():
            pass
        return read_inbox(self.wiring.settings.var_directory / "inbox")

    async def events(self, **filters: Any) -> list[str]:
        """The names of the audit events, newest first."""
        async with self.wiring.database.reading() as db:
            return [event.event for event in await list_events(db, **filters)]


def test_settings(database_url: str, var: Path, **changes: Any) -> Settings:
    """Development mode with a known master key; `changes` override settings by name."""
    values: dict[str, Any] = {
        "mode": Mode.DEVELOPMENT,
        "issuer": ISSUER,
        "database_url": database_url,
        "master_key": SecretStr(_MASTER_KEY),
        "var_directory": var,
        "login_address_limit": "10000/minute",
        "address_limit": "100000/minute",
        "registration_address_limit": "10000/hour",
        "sms_address_budget": 10_000,
        "recovery_address_limit": "10000/hour",
        "captcha_cost": 1,
        "help_address_limit": "10000/hour",
    }
    return Settings(**(values | changes))


test_settings.__test__ = False  # type: ignore[attr-defined]


@cache
def _rsa_keys() -> tuple[SigningKey, ...]:
    """Of every provider in this process: to make them anew takes longer than most tests."""
    keys = MasterKeys.from_text(_MASTER_KEY)
    return tuple(
        replace(new_signing_key(alg, keys, now=0), state=state)
        for alg in ALGORITHMS
        if alg in {"RS256", "PS256"}
        for state in (KeyState.CURRENT, KeyState.NEXT)
    )


async def _lend_rsa_keys(wiring: Wiring, now: int) -> None:
    """To a provider that has no key yet."""
    async with wiring.database.writing() as db:
        if await key_store.list_keys(db) or wiring.settings.master_key.get_secret_value() != _MASTER_KEY:
            return
        for key in _rsa_keys():
            signs_from = now if key.state is KeyState.CURRENT else None
            await key_store.insert(db, replace(key, created_at=now, signs_from=signs_from))


@asynccontextmanager
async def running_provider(settings: Settings, clock: MovableClock) -> AsyncIterator[Provider]:
    """The provider of these settings, on a migrated database. Its outbox moves only when a test asks for the inbox."""
    wiring = build_wiring(settings, clock)
    try:
        await _lend_rsa_keys(wiring, clock.now())
        await ensure_keys(wiring.database, wiring.master_keys, now=clock.now())
        await ensure_pairwise_key(wiring.database, wiring.master_keys, now=clock.now())
        await ensure_encryption_key(wiring.database, wiring.master_keys, now=clock.now())
        await wiring.start(background=False)
        yield Provider(build_app(wiring, background=False), wiring, clock)
    finally:
        await wiring.close()
