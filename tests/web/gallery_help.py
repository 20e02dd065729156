"""The public pages of help, for the gallery."""

from typing import Any

from idp.web.pages import PageError
from tests.web.gallery_state import State

MOMENT = 1_795_000_000
TOPICS = ("messages", "hint", "otp", "login_email", "no_channel", "other")
CAPTCHA: dict[str, Any] = {"captcha": None}
_PHONE = "+420 ••• ••• 456"

HELP = (
    State("help-messages", "help/messages.html", {"contact_url": "/contact?topic=messages", "path": "/help/messages"}),
    State(
        "help-login-email",
        "help/login_email.html",
        {"action": "/help/login-email", "path": "/help/login-email", **CAPTCHA},
        translated=True,
    ),
    State(
        "help-login-email-errors",
        "help/login_email.html",
        {"action": "/help/login-email", "values": {"contact_email": "lucie"}, **CAPTCHA},
        [PageError("service", "service.missing"), PageError("contact_email", "email.invalid")],
    ),
    State(
        "help-change-login-email",
        "help/change_login_email.html",
        {"action": "/help/change-login-email", **CAPTCHA},
        translated=True,
    ),
    State(
        "help-change-login-email-errors",
        "help/change_login_email.html",
        {"action": "/help/change-login-email", "values": {"phone": "226 236 112"}, **CAPTCHA},
        [
            PageError("old_email", "email.missing"),
            PageError("new_email", "email.missing"),
            PageError("phone", "phone.landline"),
        ],
    ),
    State(
        "contact",
        "help/contact.html",
        {"action": "/contact", "target": "", "asked_at": None, "path": "/contact", **CAPTCHA},
        translated=True,
    ),
    State(
        "contact-about",
        "help/contact.html",
        {
            "action": "/contact?about=sealed",
            "target": _PHONE,
            "asked_at": MOMENT,
            "values": {"topic": "messages", "message": "Nothing came.\nTwice."},
            **CAPTCHA,
        },
        [PageError("contact_email", "email.missing")],
    ),
    State(
        "help-received",
        "help/received.html",
        {"number": "K7F3-9QXM", "kind": "help/login_email.html"},
        translated=True,
    ),
    State(
        "authorise-case",
        "help/authorise_case.html",
        {"action": "/case/K7F3-9QXM/authorise", "number": "K7F3-9QXM", "is_done": False, **CAPTCHA},
        [PageError("code", "code.wrong")],
        translated=True,
    ),
    State("authorise-case-done", "help/authorise_case.html", {"number": "K7F3-9QXM", "is_done": True}),
    State(
        "help-received-other",
        "help/received.html",
        {"number": "K7F3-9QXM", "kind": "help/contact.html", "authorise_url": "/case/K7F3-9QXM/authorise"},
    ),
)
