"""The name of every event. Those of tokens are collected and written a moment later; all others, and so whatever tells
of an attack, in the transaction that they tell about.
"""

from enum import StrEnum
from typing import Literal, get_args


class Event(StrEnum):
    """Stable names: operators filter by them and alert on them."""

    # Signing in and out
    LOGIN_SUCCEEDED = "login_succeeded"
    LOGIN_FAILED = "login_failed"
    LOGIN_BLOCKED = "login_blocked"
    OTP_FAILED = "otp_failed"
    STEP_UP_SUCCEEDED = "step_up_succeeded"
    STEP_UP_FAILED = "step_up_failed"
    CONFIRMATION_FAILED = "confirmation_failed"
    NEW_DEVICE = "new_device"
    LOGOUT = "logout"
    SESSION_ENDED = "session_ended"
    USER_AGENT_CHANGED = "user_agent_changed"
    THROTTLED = "throttled"

    # The account and its credentials
    REGISTRATION = "registration"
    REGISTRATION_OF_EXISTING_ACCOUNT = "registration_of_existing_account"
    VERIFICATION_SENT = "verification_sent"
    VERIFICATION_FAILED = "verification_failed"
    EMAIL_VERIFIED = "email_verified"
    EMAIL_CHANGED = "email_changed"
    PHONE_VERIFIED = "phone_verified"
    PHONE_CHANGED = "phone_changed"
    OTP_ENABLED = "otp_enabled"
    OTP_ENABLING_FAILED = "otp_enabling_failed"
    OTP_DISABLED = "otp_disabled"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODE_FAILED = "recovery_code_failed"
    LOST_OTP_ASKED = "lost_otp_asked"
    LOST_OTP_MAILBOX_PROVEN = "lost_otp_mailbox_proven"
    LOST_OTP_FAILED = "lost_otp_failed"
    OBJECTED = "objected"
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_UNLOCKED = "account_unlocked"
    ACCOUNT_SESSIONS_ENDED = "account_sessions_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of an event
    PASSWORD_RECOVERY_REQUESTED = "password_recovery_requested"  # noqa: S105 - the name of an event
    PASSWORD_RECOVERY_FAILED = "password_recovery_failed"  # noqa: S105 - the name of an event
    PASSWORD_RECOVERED = "password_recovered"  # noqa: S105 - the name of an event

    # Authorization
    AUTHORIZATION_REFUSED = "authorization_refused"
    BACKCHANNEL_REQUEST_MADE = "backchannel_request_made"
    DECOUPLED_REQUEST_APPROVED = "decoupled_request_approved"
    DECOUPLED_REQUEST_DENIED = "decoupled_request_denied"
    USER_CODE_FAILED = "user_code_failed"
    CONSENT_GIVEN = "consent_given"
    CONSENT_DENIED = "consent_denied"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CODE_ISSUED = "code_issued"
    CODE_REDEEMED = "code_redeemed"
    TOKENS_ISSUED = "tokens_issued"
    TOKENS_REFRESHED = "tokens_refreshed"
    CODE_REPLAYED = "code_replayed"
    REFRESH_REUSED = "refresh_reused"
    GRANT_REVOKED = "grant_revoked"
    TOKEN_EXCHANGED = "token_exchanged"  # noqa: S105 - the name of an event
    ASSERTION_ACCEPTED = "assertion_accepted"
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of an event
    INTROSPECTION_DENIED = "introspection_denied"
    CLIENT_AUTHENTICATION_FAILED = "client_authentication_failed"

    # Operators' work
    ROLES_SET = "roles_set"
    ACCESS_DENIED = "access_denied"
    ACCOUNT_VIEWED = "account_viewed"
    AUDIT_EXPORTED = "audit_exported"
    CLIENT_REGISTERED = "client_registered"
    CLIENT_CHANGED = "client_changed"
    CLIENT_DISABLED = "client_disabled"
    CLIENT_ENABLED = "client_enabled"
    CLIENT_SECRET_ROTATED = "client_secret_rotated"  # noqa: S105 - the name of an event
    INITIAL_TOKEN_MADE = "initial_token_made"  # noqa: S105 - the name of an event
    INITIAL_TOKEN_REVOKED = "initial_token_revoked"  # noqa: S105 - the name of an event
    KEY_ROTATED = "key_rotated"
    MESSAGE_RETRIED = "message_retried"

    # The support desk
    CASE_OPENED = "case_opened"
    CASE_NOTED = "case_noted"
    CASE_EVIDENCE = "case_evidence"
    CASE_ASSIGNED = "case_assigned"
    CASE_HINT_SENT = "case_hint_sent"
    CASE_SMS_SENT = "case_sms_sent"
    CASE_PHONE_AUTHORISED = "case_phone_authorised"
    CASE_APPROVED = "case_approved"
    CASE_REJECTED = "case_rejected"
    CASE_OBJECTED = "case_objected"
    CASE_DONE = "case_done"
    CASE_DENIED = "case_denied"
    CUSTOMERS_SEARCHED = "customers_searched"
    EMAIL_REVEALED = "email_revealed"
    SERVICES_REPORTED = "services_reported"


TokenEvent = Literal[Event.CODE_REDEEMED, Event.TOKENS_ISSUED, Event.TOKENS_REFRESHED]
"""What the token endpoint does all day long. What it refuses, and what a token is exchanged for, is none of them."""

TOKEN_EVENTS: frozenset[Event] = frozenset(get_args(TokenEvent))
