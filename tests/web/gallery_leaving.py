"""The states of the pages on the way out: signing out, and on to an application."""

from tests.web.gallery_state import State

EMAIL = "lucie.novakova@example.com"
LONG_EMAIL = "bartolomeja.nejneobhospodarovavatelnejsi-novotna@velmi-dlouha-domena.example.com"
LONG_NAME = "Nejneobhospodařovávatelnější zákaznický portál společnosti"
PORTAL = {
    "name": "Global client portal",
    "logo_uri": None,
    "policy_uri": "https://portal.example.com/privacy",
    "tos_uri": "https://portal.example.com/terms",
    "host": "portal.example.com",
}
LOGGED_OUT: dict[str, object] = {
    "login_url": "/login",
    "return_url": "",
    "frames": (),
    "failed": (),
    "goes_on": False,
    "longest_wait": 6,
}

LEAVING_STATES: tuple[State, ...] = (
    State("logout", "logout.html", {"action": "/logout", "apps": [], "account_email": EMAIL}),
    State(
        "logout-apps",
        "logout.html",
        {"action": "/logout", "apps": [PORTAL["name"], LONG_NAME], "account_email": LONG_EMAIL},
        translated=True,
    ),
    State("logged-out", "logged_out.html", LOGGED_OUT),
    State(
        "logged-out-frames",
        "logged_out.html",
        LOGGED_OUT | {"return_url": "#", "app": PORTAL, "goes_on": True},
        translated=True,
    ),
    State(
        "logged-out-failed",
        "logged_out.html",
        LOGGED_OUT | {"return_url": "https://portal.example.com/", "app": PORTAL, "failed": ["Shop", "Forum"]},
        translated=True,
    ),
    State("continue", "continue.html", {"url": "/nowhere?code=x&state=y", "app": PORTAL}),
    State(
        "form-post",
        "form_post.html",
        {"url": "/nowhere", "fields": {"code": "x", "state": '"><b>y'}, "app": PORTAL},
        translated=True,
    ),
    State("continue-sign-out", "continue.html", {"url": "/nowhere", "purpose": "sign_out"}),
)
