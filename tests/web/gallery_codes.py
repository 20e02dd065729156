"""The states of the pages about recovery codes."""

from idp.web.pages import PageError
from tests.web.gallery_state import State

MOMENT = 1_795_000_000
EMAIL = "lucie.novakova@example.com"
PORTAL = {
    "name": "Global client portal",
    "logo_uri": None,
    "policy_uri": None,
    "tos_uri": None,
    "host": "portal.example.com",
}
CODES = tuple(f"7K2Q{place}-9M4TD-V3HA" for place in range(10))
SHOWN = {"codes": CODES, "made_at": MOMENT}
ENTER = {"action": "/x", "back_url": "/y", "masked_email": "lu…@ex….com"}
USED = {"continue_url": "/continue", "notice": "recovery_codes_left"}
OWN = {
    "signed_in_as": EMAIL,
    "logout_url": "/logout",
    "path": "/account/security/recovery-codes",
    "action": "/account/security/recovery-codes",
    "back_url": "/account/security",
}

CODES_STATES: tuple[State, ...] = (
    State("recovery-code", "recovery_code.html", {**ENTER, "app": PORTAL}, translated=True),
    State("recovery-code-wrong", "recovery_code.html", ENTER, [PageError("recovery_code", "recovery_code.wrong")]),
    State(
        "recovery-code-used",
        "recovery_code_used.html",
        {**USED, "notice_values": {"n": 9}, "few_left": False, "app": PORTAL},
        translated=True,
    ),
    State("recovery-code-used-few", "recovery_code_used.html", {**USED, "notice_values": {"n": 2}, "few_left": True}),
    State("recovery-codes", "recovery_codes.html", {**SHOWN, "action": "/x", "app": PORTAL, "notice": "otp_on"}),
    State("recovery-codes-gone", "recovery_codes.html", {"codes": (), "action": "/x"}, translated=True),
    State(
        "account-recovery-codes",
        "account/recovery_codes.html",
        {**OWN, **SHOWN, "gone": False, "codes_left": 10, "notice": "otp_on"},
        translated=True,
    ),
    State(
        "account-recovery-codes-new",
        "account/recovery_codes.html",
        {**OWN, "codes": (), "gone": False, "codes_left": 3},
    ),
    State(
        "account-recovery-codes-gone",
        "account/recovery_codes.html",
        {**OWN, "codes": (), "gone": True, "codes_left": 10},
        [PageError("password", "password.wrong")],
        translated=True,
    ),
)
