"""The states of the pages of a password recovery."""

from idp.protocol.user_agent_binding import read_user_agent
from idp.web.pages import PageError
from tests.support.browser import CHROME
from tests.web.gallery_captcha import CAPTCHA
from tests.web.gallery_state import State

MOMENT = 1_795_000_000
EMAIL = "lucie.novakova@example.com"
LONG_EMAIL = "bartolomeja.nejneobhospodarovavatelnejsi-novotna@velmi-dlouha-domena.example.com"
RECOVERY = {"action": "/recovery?flow=sealed", "login_url": "/login?flow=sealed", "path": "/recovery?flow=sealed"}
SENT = {
    "action": "/recovery/sent?flow=sealed",
    "resend_action": "/recovery/send?flow=sealed",
    "again_url": "/recovery?flow=sealed",
    "contact_url": "/contact?topic=messages",
    "until": MOMENT,
    "seconds_until_resend": 0,
    "path": "/recovery/sent?flow=sealed",
}
LINK = {"recovery_url": "/recovery", "login_url": "/login", "path": "/recovery/reset?t=x"}
ELSEWHERE = {**LINK, "state": "device", "asked_at": MOMENT}
NEW = {
    "action": "/recovery/new-password?flow=sealed",
    "email": EMAIL,
    "minimum_length": 12,
    "path": "/recovery/new-password?flow=sealed",
}

RECOVERY_STATES: tuple[State, ...] = (
    State("recovery", "recovery.html", RECOVERY, translated=True),
    State("recovery-captcha", "recovery.html", {**RECOVERY, "captcha": CAPTCHA}, translated=True),
    State(
        "recovery-empty",
        "recovery.html",
        RECOVERY,
        [PageError("username", "login.username_missing")],
    ),
    State("recovery-stale", "recovery.html", {**RECOVERY, "values": {"username": LONG_EMAIL}, "notice": "stale"}),
    State("recovery-sent", "recovery_sent.html", {**SENT, "seconds_until_resend": 60}, translated=True),
    State("recovery-sent-again", "recovery_sent.html", {**SENT, "notice": "recovery_sent_again"}),
    State("recovery-sent-unknown-end", "recovery_sent.html", {**SENT, "until": None}),
    State(
        "recovery-sent-wrong",
        "recovery_sent.html",
        SENT,
        [PageError("code", "code.length_long"), PageError("", "resend.wait", {"n": 42})],
        translated=True,
    ),
    State(
        "recovery-link-device",
        "recovery_link.html",
        {**ELSEWHERE, "asker": read_user_agent(CHROME)},
        translated=True,
    ),
    State("recovery-link-device-unknown", "recovery_link.html", {**ELSEWHERE, "asker": None}),
    State("recovery-link-expired", "recovery_link.html", {**LINK, "state": "expired"}, translated=True),
    State("recovery-link-used", "recovery_link.html", {**LINK, "state": "used"}, translated=True),
    State("new-password", "new_password.html", NEW, translated=True),
    State(
        "new-password-errors",
        "new_password.html",
        {**NEW, "email": LONG_EMAIL},
        [PageError("new_password", "password.common"), PageError("new_password_again", "password.not_same")],
        translated=True,
    ),
    State("recovery-done", "recovery_done.html", {"login_url": "/login?flow=sealed"}, translated=True),
)
