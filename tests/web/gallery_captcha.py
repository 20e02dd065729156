"""The states of pages with the CAPTCHA."""

import json

from idp.captcha.altcha import Binding, make_challenge
from idp.sealing import MasterKeys
from idp.web.middleware.security_headers import page_csp
from idp.web.pages import PageError
from tests.web.gallery_state import State

_CHALLENGE = make_challenge(MasterKeys(bytes(32)), Binding("login", "device"), cost=1, now=1_795_000_000)
CAPTCHA = {
    "kind": "altcha",
    "csp": page_csp(trusted_types=False),
    "challenge": json.dumps(_CHALLENGE, separators=(",", ":")),
    "challenge_url": "/captcha?for=login",
    "renew_after": 540,
    "wait": f"1795000000.{'r' * 22}.{'m' * 43}",
    "wait_seconds": 20,
}
_LOGIN = {
    "action": "/login?flow=sealed",
    "register_url": "/register?flow=sealed",
    "recovery_url": "/recovery",
    "values": {"username": "lucie.novakova@example.com"},
    "captcha": CAPTCHA,
}
_REGISTER = {"action": "/register?flow=sealed", "login_url": "/x", "minimum_length": 12, "captcha": CAPTCHA}

CAPTCHA_STATES: tuple[State, ...] = (
    State("login-captcha", "login.html", _LOGIN, [PageError("password", "login.failed")], translated=True),
    State("login-captcha-missing", "login.html", _LOGIN, [PageError("captcha", "captcha.missing")], translated=True),
    State("register-captcha", "register.html", _REGISTER, translated=True),
    State("register-captcha-unavailable", "register.html", _REGISTER, [PageError("captcha", "captcha.unavailable")]),
    State("captcha-ready", "login.html", _LOGIN | {"notice": "captcha_ready"}),
    State("captcha-wait", "captcha_wait.html", {"seconds": 20}, translated=True),
)
