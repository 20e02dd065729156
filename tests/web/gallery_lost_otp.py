"""The states of the pages around a lost OTP device, and of the links that object."""

from idp.web.pages import PageError
from tests.web.gallery_state import State

_MOMENT = 1_795_000_000
_PHONE = "+420 ••• ••• 456"
_HINT = "lu**.**@ex*****.c**"
_ASKED = {"asked_at": _MOMENT, "asked_browser": "Chrome 142, Linux", "asked_address": "2001:db8::1"}
_SENT = {
    "masked_email": "lu…@ex….com",
    "until": _MOMENT + 300,
    "resend_action": "/lost-otp/sent?flow=sealed",
    "seconds_until_resend": 0,
    "back_url": "/login/otp?flow=sealed",
}
_LINK = {"path": "/lost-otp?t=x", "again_url": "/login"}
_READY = {**_LINK, **_ASKED, "hint": _HINT, "masked_phone": _PHONE, "action": "/lost-otp", "token": "x"}
_CODE = {
    "action": "/lost-otp/code?flow=sealed",
    "resend_action": "/lost-otp/send?flow=sealed",
    "masked_phone": _PHONE,
    "seconds_until_resend": 0,
}
_OBJECTION = {
    "path": "/object?t=x",
    "action": "/object",
    "token": "x",
    "hint": _HINT,
    "when": _MOMENT,
    "browser": "Chrome 142, Linux",
    "address": "2001:db8::1",
}

LOST_OTP_STATES: tuple[State, ...] = (
    State("lost-otp-sent", "lost_otp_sent.html", _SENT, translated=True),
    State(
        "lost-otp-sent-wait",
        "lost_otp_sent.html",
        {**_SENT, "seconds_until_resend": 42},
        [PageError("", "resend.wait", {"n": 42})],
    ),
    State("lost-otp-link", "lost_otp_link.html", {**_READY, "state": "ready"}, translated=True),
    State("lost-otp-link-device", "lost_otp_link.html", {**_LINK, **_ASKED, "state": "device"}, translated=True),
    State("lost-otp-link-no-phone", "lost_otp_link.html", {**_LINK, "state": "no_phone"}, translated=True),
    State("lost-otp-link-continue", "lost_otp_link.html", {**_LINK, "state": "continue", "code_url": "/x"}),
    State("lost-otp-link-used", "lost_otp_link.html", {**_LINK, "state": "used"}),
    State("lost-otp-link-expired", "lost_otp_link.html", {**_LINK, "state": "expired"}, translated=True),
    State(
        "lost-otp-code-over",
        "lost_otp_link.html",
        {**_LINK, "state": "over"},
        [PageError("", "lost_otp.exhausted")],
        translated=True,
    ),
    State("lost-otp-code", "lost_otp_code.html", {**_CODE, "seconds_until_resend": 42, "notice": "sms_sent"}),
    State("lost-otp-code-wrong", "lost_otp_code.html", _CODE, [PageError("code", "code.wrong")], translated=True),
    State("lost-otp-captcha-wait", "captcha_wait.html", {"seconds": 20}),
    State("lost-otp-done", "lost_otp_done.html", {"continue_url": "/x"}, translated=True),
    State("objection-otp", "objection_otp_recovered.html", {**_OBJECTION, "state": "ready"}, translated=True),
    State("objection-otp-made", "objection_otp_recovered.html", {**_OBJECTION, "state": "used"}, translated=True),
    State("objection-expired", "objection_expired.html", {"path": "/object?t=x"}, translated=True),
)
