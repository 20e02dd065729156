"""Pages with the CAPTCHA, as rows for the gallery: name, template, context, and what else a state has."""

import json
from typing import Any

from idp.captcha.altcha import Binding, make_challenge
from idp.sealing import MasterKeys
from idp.web.middleware.security_headers import page_csp
from idp.web.pages import PageError

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

CAPTCHA_STATES: tuple[dict[str, Any], ...] = (
    {
        "name": "login-captcha",
        "template": "login.html",
        "context": _LOGIN,
        "errors": [PageError("password", "login.failed")],
        "translated": True,
    },
    {
        "name": "login-captcha-missing",
        "template": "login.html",
        "context": _LOGIN,
        "errors": [PageError("captcha", "captcha.missing")],
        "translated": True,
    },
    {"name": "register-captcha", "template": "register.html", "context": _REGISTER, "translated": True},
    {
        "name": "register-captcha-unavailable",
        "template": "register.html",
        "context": _REGISTER,
        "errors": [PageError("captcha", "captcha.unavailable")],
    },
    {"name": "captcha-ready", "template": "login.html", "context": _LOGIN | {"notice": "captcha_ready"}},
    {"name": "captcha-wait", "template": "captcha_wait.html", "context": {"seconds": 20}, "translated": True},
)
