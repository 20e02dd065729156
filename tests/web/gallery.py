"""Every state of every hosted page, with a context such as the login conversation gives. Used by tests and pictures."""

from typing import Any

import segno

from idp.settings import Mode, Settings
from idp.web.pages import PageError, Pages
from tests.web.gallery_account_changes import ACCOUNT_CHANGE_STATES
from tests.web.gallery_captcha import CAPTCHA_STATES
from tests.web.gallery_cases import CASE_STATES
from tests.web.gallery_codes import CODES_STATES
from tests.web.gallery_decoupled import DECOUPLED_STATES
from tests.web.gallery_desk import DESK
from tests.web.gallery_help import HELP
from tests.web.gallery_leaving import LEAVING_STATES
from tests.web.gallery_lost_otp import LOST_OTP_STATES
from tests.web.gallery_recovery import RECOVERY_STATES
from tests.web.gallery_state import State

SETTINGS = Settings(
    mode=Mode.DEVELOPMENT,
    issuer="http://localhost:8000",
    terms_url="https://example.com/terms",
    privacy_url="https://example.com/privacy",
)
MOMENT = 1_795_000_000
PORTAL = {
    "name": "Global client portal",
    "logo_uri": None,
    "policy_uri": "https://portal.example.com/privacy",
    "tos_uri": "https://portal.example.com/terms",
    "host": "portal.example.com",
}
LONG_APP = {
    "name": "Nejneobhospodařovávatelnější zákaznický portál společnosti",
    "logo_uri": "/static/favicon.svg",
    "policy_uri": None,
    "tos_uri": None,
    "host": "zakaznicky-portal-s-velmi-dlouhym-jmenem.subdomena.example.com",
}
EMAIL = "lucie.novakova@example.com"
LONG_EMAIL = "bartolomeja.nejneobhospodarovavatelnejsi-novotna@velmi-dlouha-domena.example.com"
PHONE = "+420 ••• ••• 456"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADDRESS = f"otpauth://totp/Keygate:{EMAIL}?secret={KEY}&issuer=Keygate"
QR = segno.make(ADDRESS).svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)
SHARED = {"csrf": "token", "path": "/login?flow=sealed", "request_id": "01JD3XJ6Q4V8Z0M7"}
LOGIN = {
    "action": "/login?flow=sealed",
    "register_url": "/register?flow=sealed",
    "recovery_url": "/recovery?flow=sealed",
}
VERIFY_EMAIL = {
    "action": "/verify/email?flow=sealed",
    "resend_action": "/verify/email/resend?flow=sealed",
    "change_url": "/verify/email/change?flow=sealed",
    "contact_url": "/contact?about=sealed",
    "email": EMAIL,
    "seconds_until_resend": 0,
    "progress": (2, 3),
}
VERIFY_PHONE = {
    "action": "/verify/phone?flow=sealed",
    "send_action": "/verify/phone/send?flow=sealed",
    "change_url": "/verify/phone/change?flow=sealed",
    "contact_url": "/contact?about=sealed",
    "masked_phone": PHONE,
    "seconds_until_resend": 0,
    "sent": False,
    "progress": (3, 3),
}
REGISTER = {"action": "/register?flow=sealed", "login_url": "/login?flow=sealed", "minimum_length": 12}
FILLED = {"given_name": "Lucie", "family_name": "Nováková", "email": EMAIL, "phone": "226 236 112", "agree": ""}
OTP = {
    "action": "/login/otp?flow=sealed",
    "recovery_url": "/login/recovery-code?flow=sealed",
    "masked_email": "lu…@ex….com",
    "switch_url": "/select-account?flow=sealed",
}
SETUP = {"action": "/account/security/otp", "qr_svg": QR, "shared_key": KEY, "otpauth_url": ADDRESS}
ACCOUNT = {"signed_in_as": EMAIL, "logout_url": "/logout", "path": "/account/security"}
SECURITY = {
    **ACCOUNT,
    "otp_on": False,
    "otp_since": None,
    "codes_left": 0,
    "otp_action": "/account/security/otp",
    "disable_url": "/account/security/otp/disable",
    "email": EMAIL,
    "email_verified": True,
    "masked_phone": PHONE,
    "phone_verified": True,
}
LINK = {
    "action": "/verify/email/link",
    "token": "link-token",
    "email": "lu…@ex….com",
    "login_url": "/login",
    "path": "/verify/email/link?t=x",
}
REQUIRED = [
    {"scope": "openid", "values": []},
    {"scope": "profile", "values": ["Lucie Nováková"]},
    {"scope": "email", "values": [EMAIL]},
]
OPTIONAL = [
    {"scope": "phone", "values": ["+420 601 123 456"], "checked": True},
    {"scope": "offline_access", "values": [], "checked": False},
    {"scope": "https://api.example.com/services:read", "values": [], "checked": False},
]
CONSENT = {
    "action": "/consent?flow=sealed",
    "switch_url": "/select-account?flow=sealed",
    "account_email": EMAIL,
    "return_host": "portal.example.com",
    "required": REQUIRED,
    "optional": OPTIONAL,
    "app": PORTAL,
}
DETAILS = [
    {
        "title": "Your domains",
        "members": [
            {"name": "actions", "value": "read, transfer"},
            {
                "name": "locations",
                "value": "https://api.example.com/domains/v2/of-a-very-long-address-that-has-to-break",
            },
            {"name": "datatypes", "value": "contacts"},
            {"name": "privileges", "value": "registrar"},
            {"name": "name", "value": "example.com"},
        ],
    }
]
SETTLED = [{"sid": "s1", "name": "Lucie Nováková", "email": EMAIL, "signed_in": True}]
MANY = [
    *SETTLED,
    {"sid": "s2", "name": "", "email": LONG_EMAIL, "signed_in": True},
    {"sid": "s3", "name": "Řehoř Žďárský", "email": "rehor@example.com", "signed_in": False},
    {"sid": "s4", "name": "Bartoloměja Nejneobhospodařovávatelnější", "email": LONG_EMAIL, "signed_in": False},
    {"sid": "s5", "name": "X", "email": "x@example.org", "signed_in": False},
]
MESSAGES = [
    {
        "channel": "sms",
        "recipient": "+420601123456",
        "subject": "",
        "text": "482913 is your Keygate code. Nobody from us will ask for it.\n@localhost #482913",
        "created_at": MOMENT + 60,
        "code": "482913",
        "link": "",
    },
    {
        "channel": "email",
        "recipient": EMAIL,
        "subject": "Keygate – Verify your email: 482 913",
        "text": "Your code is 482913.\n\nhttp://localhost:8000/verify/email/link?t=" + "x" * 80,
        "created_at": MOMENT,
        "code": "482913",
        "link": "http://localhost:8000/verify/email/link?t=x",
    },
]

GALLERY: tuple[State, ...] = (
    State("login", "login.html", LOGIN),
    State("login-app", "login.html", {**LOGIN, "app": PORTAL, "cancel_action": "/x"}, translated=True),
    State("login-long-app", "login.html", {**LOGIN, "app": LONG_APP, "values": {"username": LONG_EMAIL}}),
    State(
        "login-wrong",
        "login.html",
        {**LOGIN, "app": PORTAL, "values": {"username": EMAIL, "remember": "1"}},
        [PageError("password", "login.failed")],
        translated=True,
    ),
    State(
        "login-empty",
        "login.html",
        LOGIN,
        [PageError("username", "login.username_missing"), PageError("password", "login.password_missing")],
    ),
    State(
        "login-limited", "login.html", {**LOGIN, "values": {"username": EMAIL}}, [PageError("", "rate", {"n": 3})], 429
    ),
    State("login-busy", "login.html", {**LOGIN, "values": {"username": EMAIL}}, [PageError("", "busy", {"n": 2})], 503),
    State("login-browser-changed", "login.html", {**LOGIN, "app": PORTAL, "notice": "ua_changed"}, translated=True),
    State("login-stale", "login.html", {**LOGIN, "values": {"username": EMAIL}, "notice": "stale"}),
    State("login-signed-out", "login.html", {**LOGIN, "notice": "signed_out"}),
    State(
        "otp",
        "otp.html",
        {**OTP, "app": PORTAL, "cancel_action": "/x", "lost_otp_action": "/lost-otp/sent?flow=sealed"},
        translated=True,
    ),
    State("otp-wrong", "otp.html", {**OTP, "clock_hint": True}, [PageError("code", "code.used")], translated=True),
    State("otp-step-up", "otp.html", {**OTP, "switch_url": "", "notice": "step_up"}),
    State(
        "register",
        "register.html",
        {**REGISTER, "app": PORTAL, "cancel_action": "/x", "progress": (1, 3)},
        translated=True,
    ),
    State(
        "register-errors",
        "register.html",
        {**REGISTER, "values": FILLED},
        [
            PageError("phone", "phone.landline"),
            PageError("password", "password.too_short", {"n": 12}),
            PageError("agree", "agree.missing"),
        ],
        translated=True,
    ),
    State("verify-email", "verify_email.html", VERIFY_EMAIL | {"cancel_action": "/x"}, translated=True),
    State(
        "verify-email-wait",
        "verify_email.html",
        {**VERIFY_EMAIL, "email": LONG_EMAIL, "seconds_until_resend": 42, "notice": "code_sent"},
    ),
    State("verify-email-offline", "verify_email.html", {**VERIFY_EMAIL, "notice": "offline.mail"}, translated=True),
    State(
        "verify-email-wrong",
        "verify_email.html",
        VERIFY_EMAIL,
        [PageError("code", "code.expired"), PageError("", "link.unopened")],
    ),
    State("verify-email-link", "verify_email_link.html", {**LINK, "state": "ready"}, translated=True),
    State("verify-email-link-used", "verify_email_link.html", {**LINK, "state": "used"}),
    State("verify-email-link-expired", "verify_email_link.html", {**LINK, "state": "expired"}),
    State("verify-email-link-device", "verify_email_link.html", {**LINK, "state": "device"}),
    State("verify-email-confirmed", "verify_email_confirmed.html", {"continue_url": "/verify/phone"}),
    State("verify-email-confirmed-elsewhere", "verify_email_confirmed.html", {"continue_url": ""}),
    State("change-email", "change_email.html", {"action": "/x", "back_url": "/y", "email": EMAIL}),
    State(
        "change-email-errors",
        "change_email.html",
        {"action": "/x", "back_url": "/y", "email": LONG_EMAIL, "needs_password": True, "values": {"email": "lucie"}},
        [PageError("email", "email.invalid"), PageError("password", "password.wrong")],
    ),
    State("verify-phone", "verify_phone.html", VERIFY_PHONE | {"cancel_action": "/x"}, translated=True),
    State(
        "verify-phone-sent",
        "verify_phone.html",
        {**VERIFY_PHONE, "sent": True, "seconds_until_resend": 42, "sent_at": MOMENT, "notice": "sms_sent"},
        translated=True,
    ),
    State(
        "verify-phone-offline",
        "verify_phone.html",
        {**VERIFY_PHONE, "sent": True, "notice": "offline.sms"},
        [PageError("", "sms.budget", {"n": 5})],
        translated=True,
    ),
    State(
        "verify-phone-wrong", "verify_phone.html", {**VERIFY_PHONE, "sent": True}, [PageError("code", "code.exhausted")]
    ),
    State(
        "change-phone",
        "change_phone.html",
        {
            "action": "/x",
            "back_url": "/y",
            "masked_phone": PHONE,
            "needs_password": True,
            "needs_otp": True,
            "signed_in_as": EMAIL,
        },
    ),
    State(
        "change-phone-landline",
        "change_phone.html",
        {"action": "/x", "back_url": "/y", "masked_phone": "", "values": {"phone": "+420 226 236 112"}},
        [PageError("phone", "phone.landline")],
    ),
    State("registration-done", "registration_done.html", {"continue_url": "/continue", "app": PORTAL}),
    State("registration-done-no-app", "registration_done.html", {"continue_url": "/account/security"}),
    State(
        "select-account",
        "select_account.html",
        {"action": "/x", "accounts": SETTLED, "app": PORTAL, "cancel_action": "/x"},
    ),
    State("select-account-many", "select_account.html", {"action": "/x", "accounts": MANY}, translated=True),
    State("consent", "consent.html", CONSENT, translated=True),
    State(
        "consent-new-only",
        "consent.html",
        {**CONSENT, "new_only": True, "optional": [], "required": [{"scope": "phone", "values": ["+420 601 123 456"]}]},
    ),
    State("consent-details", "consent.html", {**CONSENT, "optional": [], "details": DETAILS}, translated=True),
    State("consent-long", "consent.html", {**CONSENT, "app": LONG_APP, "account_email": LONG_EMAIL}, translated=True),
    State(
        "enroll-otp",
        "enroll_otp.html",
        {"start_action": "/x", "decline_action": "/y", "app": PORTAL, "signed_in_as": EMAIL},
        translated=True,
    ),
    State(
        "enroll-otp-key",
        "enroll_otp.html",
        {
            **SETUP,
            "start_action": "/x",
            "decline_action": "/y",
            "needs_password": True,
            "app": PORTAL,
            "signed_in_as": EMAIL,
        },
    ),
    State("security-otp-off", "account/security.html", SECURITY, translated=True),
    State("security-otp-lost", "account/security.html", {**SECURITY, "lost_at": MOMENT}, translated=True),
    State(
        "security-otp-on",
        "account/security.html",
        {**SECURITY, "otp_on": True, "otp_since": MOMENT, "codes_left": 8, "notice": "otp_on"},
        translated=True,
    ),
    State(
        "security-unverified",
        "account/security.html",
        {**SECURITY, "phone_verified": False, "missing": ("phone",), "signed_in_as": LONG_EMAIL, "email": LONG_EMAIL},
    ),
    State("account-otp", "account/otp.html", {**ACCOUNT, **SETUP, "back_url": "/account/security"}, translated=True),
    State(
        "account-otp-wrong",
        "account/otp.html",
        {**ACCOUNT, **SETUP, "back_url": "/account/security"},
        [PageError("code", "otp.new_key")],
    ),
    State(
        "account-otp-disable",
        "account/otp_disable.html",
        {**ACCOUNT, "action": "/x", "back_url": "/account/security"},
        translated=True,
    ),
    State(
        "account-otp-disable-wrong",
        "account/otp_disable.html",
        {**ACCOUNT, "action": "/x", "back_url": "/account/security"},
        [PageError("password", "password.wrong"), PageError("code", "code.length")],
    ),
    *LEAVING_STATES,
    *CAPTCHA_STATES,
    State(
        "error",
        "error.html",
        {
            "code": "invalid_request",
            "description": "The redirect_uri is not registered for this client.",
            "received_uri": "https://portal.example.com/callback/" + "long" * 20,
            "expected_uris": ["https://portal.example.com/callback"],
            "back_url": "https://portal.example.com/",
            "app": PORTAL,
        },
        status=400,
        translated=True,
    ),
    State("error-unknown-client", "error.html", {"code": "invalid_client"}, status=400),
    State("flow-expired", "flow_expired.html", {"start_url": "/login"}, status=410),
    State("help", "help.html", {"path": "/help"}, translated=True),
    State(
        "help-cannot-complete-login",
        "help/cannot_complete_login.html",
        {"path": "/help/x", "contact_url": "/contact"},
        translated=True,
    ),
    State("problem-400", "problem.html", {"http_status": 400}, status=400),
    State("problem-403", "problem.html", {"http_status": 403}, status=403),
    State("problem-404", "problem.html", {"http_status": 404}, status=404),
    State("problem-405", "problem.html", {"http_status": 405}, status=405),
    State("problem-429", "problem.html", {"http_status": 429, "retry_after": 180}, status=429, translated=True),
    State("problem-500", "problem.html", {"http_status": 500}, status=500),
    State("problem-503", "problem.html", {"http_status": 503, "retry_after": 20}, status=503),
    State("cookies-off", "cookies_off.html", {"host": "login.example.com", "retry_url": "/login"}, status=400),
    State("dev-inbox", "dev_inbox.html", {"messages": MESSAGES, "path": "/dev/inbox"}),
    State("dev-inbox-empty", "dev_inbox.html", {"messages": [], "path": "/dev/inbox"}),
    *CODES_STATES,
    *LOST_OTP_STATES,
    *CASE_STATES,
    *ACCOUNT_CHANGE_STATES,
    *RECOVERY_STATES,
    *DECOUPLED_STATES,
    *HELP,
    *DESK,
)


def render(pages: Pages, state: State, locale: str) -> str:
    """The state's page in `locale`, with the values that every request brings."""
    context: dict[str, Any] = {**SHARED, **state.context}
    return pages.render(state.template, locale=locale, errors=state.errors, **context)
