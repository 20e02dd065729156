"""The states of the pages that change phone or password of an account, and of the page that asks for fresh proof."""

from idp.web.pages import PageError
from tests.web.gallery_state import State

OWN = {"signed_in_as": "lucie.novakova@example.com", "logout_url": "/logout", "path": "/account/phone"}
FORM = {**OWN, "action": "/account/phone", "back_url": "/account/security", "masked_phone": "+420 ••• ••• 456"}
CODE = {
    **OWN,
    "action": "/account/phone/code",
    "resend_action": "/account/phone/send",
    "change_url": "/account/phone",
    "new_phone": "+420 602 111 222",
    "seconds_until_resend": 0,
}
CONFIRM = {**OWN, "action": "/account/confirm?next=x", "back_url": "/account/phone"}

PASSWORD = {
    **OWN,
    "path": "/account/security/password",
    "action": "/account/security/password",
    "back_url": "/account/security",
    "minimum_length": 12,
    "needs_otp": False,
}

ACCOUNT_CHANGE_STATES: tuple[State, ...] = (
    State("account-password", "account/password.html", PASSWORD, translated=True),
    State(
        "account-password-refused",
        "account/password.html",
        {**PASSWORD, "needs_otp": True},
        [PageError("new_password", "password.same"), PageError("code", "code.wrong")],
        translated=True,
    ),
    State("account-phone", "account/phone.html", FORM, translated=True),
    State(
        "account-phone-landline",
        "account/phone.html",
        {**FORM, "masked_phone": "", "values": {"phone": "+420 226 236 112"}},
        [PageError("phone", "phone.landline")],
        translated=True,
    ),
    State(
        "account-phone-confirmed",
        "account/phone.html",
        {**FORM, "values": {"phone": "+420 602 111 222"}, "notice": "confirmed"},
    ),
    State(
        "account-phone-code",
        "account/phone_code.html",
        {**CODE, "seconds_until_resend": 42, "notice": "sms_sent"},
        translated=True,
    ),
    State("account-phone-code-wrong", "account/phone_code.html", CODE, [PageError("code", "code.wrong")]),
    State("account-phone-code-held-up", "account/phone_code.html", {**CODE, "notice": "offline.sms"}),
    State(
        "account-confirm",
        "account/confirm.html",
        {**CONFIRM, "needs_password": True, "needs_otp": True},
        translated=True,
    ),
    State(
        "account-confirm-wrong",
        "account/confirm.html",
        {**CONFIRM, "needs_password": True, "needs_otp": False},
        [PageError("password", "password.wrong")],
    ),
)
