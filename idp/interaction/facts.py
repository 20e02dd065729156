"""What the rows say about a flow at this moment: read anew for every request, so that tabs and nodes agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.clients.client import Client
from idp.credentials import store as credentials
from idp.database.engine import Database
from idp.grants import consents
from idp.grants.consents import Consent
from idp.interaction.flow import Flow, Memo
from idp.protocol.acr import AcrLevels
from idp.sessions.session import BrowserSession
from idp.web.browser_sessions import SignedIn


class Rules(NamedTuple):
    """What the installation demands of every login."""

    levels: AcrLevels
    verifies_phones: bool


class Facts(NamedTuple):
    """`session` and `account` are those the flow is going to use; a partial session counts as one."""

    rules: Rules
    client: Client | None
    session: BrowserSession | None
    account: Account | None
    has_otp: bool
    consent: Consent | None
    choices: tuple[SignedIn, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """What was read of an account in the caller's transaction, which has not changed it since."""

    account: Account
    has_otp: bool


async def read_facts(
    db: AsyncConnection,
    flow: Flow,
    *,
    rules: Rules,
    entries: Sequence[SignedIn],
    client: Client | None,
    known: Person | None = None,
) -> Facts:
    """Reads on the caller's connection: inside a transaction, what it has just written counts."""
    entry = choose_session(flow, entries)
    if entry is None:
        return _nobody(rules, client, entries)
    account: Account | None
    if known is not None and known.account.id == entry.account.id:
        account, has_otp = known.account, known.has_otp
    else:
        account = await accounts.find(db, entry.account.id)
        has_otp = await credentials.has_active_otp(db, entry.account.id)
    consent = None
    if client is not None and not client.first_party:
        consent = await consents.find(db, entry.account.id, client.client_id)
    return Facts(rules, client, entry.session, account, has_otp=has_otp, consent=consent, choices=tuple(entries))


async def read_facts_anew(
    database: Database, flow: Flow, *, rules: Rules, entries: Sequence[SignedIn], client: Client | None
) -> Facts:
    """Outside of a transaction. Where nobody is signed in there is nothing to read: a connection would cost 70 µs."""
    if choose_session(flow, entries) is None:
        return _nobody(rules, client, entries)
    async with database.reading() as db:
        return await read_facts(db, flow, rules=rules, entries=entries, client=client)


def _nobody(rules: Rules, client: Client | None, entries: Sequence[SignedIn]) -> Facts:
    return Facts(rules, client, None, None, has_otp=False, consent=None, choices=tuple(entries))


def choose_session(flow: Flow, entries: Sequence[SignedIn]) -> SignedIn | None:
    """The session picked in this flow, else the one that the client hinted at, else the current one."""
    if not entries or Memo.ANOTHER_ACCOUNT in flow.memo:
        return None
    chosen = flow.memo.get(Memo.CHOSEN_SESSION)
    for entry in entries:
        if entry.session.id == chosen:
            return entry
    hints = _hints(flow)
    for entry in entries:
        if hints & {entry.account.id, entry.account.login_email, entry.account.login_name}:
            return entry
    return entries[0]


def has_hint(flow: Flow, facts: Facts) -> bool:
    """Whether the client named one of the accounts that are signed in here."""
    hints = _hints(flow)
    return any(hints & {entry.account.id, entry.account.login_email} for entry in facts.choices)


def _hints(flow: Flow) -> set[str | None]:
    """OIDC Core §3.1.2.1: `id_token_hint` names a subject, `login_hint` whatever a person would type."""
    if flow.request is None:
        return set()
    login_hint = flow.request.login_hint.strip().lower() if flow.request.login_hint else None
    return {flow.request.id_token_hint_subject, login_hint} - {None}
