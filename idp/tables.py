"""Every table of the schema, for Alembic and for tests that look at all of it."""

from idp.accounts.table import accounts
from idp.audit.table import audit_events
from idp.clients.table import client_secrets, clients
from idp.credentials.table import one_time_codes, otp_keys, passwords
from idp.database.changes import change_counters
from idp.database.schema import metadata
from idp.devices.table import device_accounts, devices
from idp.grants.table import consents, grants, pushed_requests, revoked_access_tokens
from idp.keys.table import signing_keys
from idp.messaging.table import outbox
from idp.sessions.table import browser_sessions
from idp.throttling.table import attempt_counters

__all__ = [
    "accounts",
    "attempt_counters",
    "audit_events",
    "browser_sessions",
    "change_counters",
    "client_secrets",
    "clients",
    "consents",
    "device_accounts",
    "devices",
    "grants",
    "metadata",
    "one_time_codes",
    "otp_keys",
    "outbox",
    "passwords",
    "pushed_requests",
    "revoked_access_tokens",
    "signing_keys",
]
