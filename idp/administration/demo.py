"""The accounts of development mode. Their passwords stand here for everybody to read: production never has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account, Role
from idp.administration.accounts import NewAccount, create_account, new_password
from idp.audit.record import Origin
from idp.credentials import store as credentials
from idp.credentials.password_hashing import PasswordHasher
from idp.database.engine import Database
from idp.sealing import MasterKeys, new_id
from idp.support.services import Service, replace_services

DEMO_PASSWORD = "demo-portal-2026"  # noqa: S105 - public, see above
DEMO_OTP_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PORTAL = "portal"  # of clients.yaml: who says which services an account has
DEMO_EMAIL = "demo@example.com"
OTP_EMAIL = "otp@example.com"
OPERATOR_EMAIL = "operator@example.com"
COLLEAGUE_EMAIL = "colleague@example.com"  # the second of two persons
DEMO_SERVICE = Service("dana-web.example", "S-2026-001")

# Every standard claim of OIDC Core §5.1, so that a relying party can be tried with all of them.
_PROFILE = {
    "name": "Dana Marie Demo",
    "given_name": "Dana",
    "family_name": "Demo",
    "middle_name": "Marie",
    "nickname": "Dany",
    "preferred_username": "dana.demo",
    "profile": "https://example.com/people/dana",
    "picture": "https://example.com/people/dana.png",
    "website": "https://dana.example.com",
    "gender": "female",
    "birthdate": "1990-04-12",
    "zoneinfo": "Europe/Prague",
    "address": {
        "formatted": "Masarykova 1\n370 01 České Budějovice\nCzechia",
        "street_address": "Masarykova 1",
        "locality": "České Budějovice",
        "region": "Jihočeský kraj",
        "postal_code": "370 01",
        "country": "CZ",
    },
}
_OTP_PROFILE = {**_PROFILE, "name": "Otto Demo", "given_name": "Otto", "nickname": "Otto", "gender": "male"}


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """Who was made now. The operators' passwords can be read only in the run that makes their accounts."""

    created: tuple[str, ...]
    operator_passwords: Mapping[str, str]


async def ensure_demo_accounts(
    database: Database, hasher: PasswordHasher, keys: MasterKeys, *, terms_version: str, origin: Origin
) -> DemoAccounts:
    """Makes those that do not exist; what their owners changed since stays."""
    passwords = {OPERATOR_EMAIL: new_password(), COLLEAGUE_EMAIL: new_password()}
    new_accounts = (_demo(), _otp(), _operator(), _colleague())
    wanted = [(new, passwords.get(new.email, DEMO_PASSWORD)) for new in new_accounts]
    async with database.reading() as db:
        missing = [each for each in wanted if await accounts.find_by_email(db, each[0].email) is None]
    hashes = {new.email: await hasher.hash(password) for new, password in missing}
    created: list[str] = []
    async with database.writing() as db:
        for new, _ in missing:
            if await accounts.find_by_email(db, new.email) is None:
                account = await create_account(db, new, hashes[new.email], origin=origin)
                await accounts.accept_terms(db, account.id, version=terms_version, now=origin.now)
                created.append(new.email)
                if new.email == OTP_EMAIL:
                    await _switch_otp_on(db, keys, account, origin.now)
                if new.email == DEMO_EMAIL:
                    await replace_services(
                        db, client_id=PORTAL, account_id=account.id, services=[DEMO_SERVICE], now=origin.now
                    )
    return DemoAccounts(tuple(created), {email: passwords[email] for email in passwords if email in created})


async def _switch_otp_on(db: AsyncConnection, keys: MasterKeys, account: Account, now: int) -> None:
    session_id = new_id()  # no browser asked for this key
    await credentials.put_pending_otp_key(db, keys, account.id, key=DEMO_OTP_KEY, session_id=session_id, now=now)
    await credentials.activate_otp_key(db, account.id, step=0, session_id=session_id, now=now)


def _demo() -> NewAccount:
    return NewAccount(DEMO_EMAIL, "en", "+420601123456", "demo", _PROFILE, email_verified=True, phone_verified=True)


def _otp() -> NewAccount:
    return NewAccount(
        OTP_EMAIL, "en", "+420602123456", "otp-demo", _OTP_PROFILE, email_verified=True, phone_verified=True
    )


def _operator() -> NewAccount:
    profile = {"name": "Olga Operator", "given_name": "Olga", "family_name": "Operator"}
    return NewAccount(
        OPERATOR_EMAIL, "en", "+420603123456", "operator", profile,
        email_verified=True, phone_verified=True, roles=(Role.ADMIN,),
    )  # fmt: skip


def _colleague() -> NewAccount:
    profile = {"name": "Karel Colleague", "given_name": "Karel", "family_name": "Colleague"}
    return NewAccount(
        COLLEAGUE_EMAIL, "en", "+420604123456", "colleague", profile,
        email_verified=True, phone_verified=True, roles=(Role.APPROVER,),
    )  # fmt: skip
