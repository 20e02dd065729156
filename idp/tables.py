"""Every table of the schema, for Alembic and for tests that look at all of it."""

from idp.accounts.table import accounts
from idp.audit.table import audit_events, audit_seals
from idp.captcha.table import spent_challenges
from idp.clients.table import client_secrets, clients, initial_access_tokens
from idp.credentials.table import one_time_codes, otp_keys, otp_recoveries, passwords, recovery_codes
from idp.database.changes import change_counters
from idp.database.schema import metadata
from idp.decoupled.table import decoupled_requests
from idp.devices.table import device_accounts, devices
from idp.grants.indexes import grants_revoked, grants_unredeemed
from idp.grants.table import consents, grants, pushed_requests, revoked_access_tokens
from idp.keys.encryption.table import encryption_keys
from idp.keys.table import signing_keys
from idp.messaging.indexes import outbox_failed_with_payload
from idp.messaging.table import outbox
from idp.replay.table import spent_ids
from idp.sessions.table import browser_sessions
from idp.subjects.table import pairwise_keys
from idp.support.table import account_services, case_entries, case_evidence, objections, support_cases
from idp.throttling.table import attempt_counters

__all__ = [
    "account_services",
    "accounts",
    "attempt_counters",
    "audit_events",
    "audit_seals",
    "browser_sessions",
    "case_entries",
    "case_evidence",
    "change_counters",
    "client_secrets",
    "clients",
    "consents",
    "decoupled_requests",
    "device_accounts",
    "devices",
    "encryption_keys",
    "grants",
    "grants_revoked",
    "grants_unredeemed",
    "initial_access_tokens",
    "metadata",
    "objections",
    "one_time_codes",
    "otp_keys",
    "otp_recoveries",
    "outbox",
    "outbox_failed_with_payload",
    "pairwise_keys",
    "passwords",
    "pushed_requests",
    "recovery_codes",
    "revoked_access_tokens",
    "signing_keys",
    "spent_challenges",
    "spent_ids",
    "support_cases",
]
