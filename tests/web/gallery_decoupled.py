"""The states of the pages on which a person answers what was asked on another device."""

from idp.web.pages import PageError
from tests.web.gallery_state import State

MOMENT = 1_795_000_000
EMAIL = "lucie.novakova@example.com"
LONG_EMAIL = "bartolomeja.nejneobhospodarovavatelnejsi-novotna@velmi-dlouha-domena.example.com"
TELEVISION = {"name": "Acme TV", "logo_uri": None, "policy_uri": None, "tos_uri": None, "host": "tv.example.com"}
LONG_APP = {
    "name": "Nejneobhospodařovávatelnější zákaznický portál společnosti",
    "logo_uri": "/static/favicon.svg",
    "policy_uri": None,
    "tos_uri": None,
    "host": "zakaznicky-portal-s-velmi-dlouhym-jmenem.subdomena.example.com",
}
DEVICE = {"action": "/device", "path": "/device"}
APPROVE = {
    "action": "/approve?flow=sealed",
    "switch_url": "/login?flow=sealed",
    "account_email": EMAIL,
    "kind": "device",
    "user_code": "BCDF-GHJK",
    "binding_message": "",
    "scopes": [{"scope": scope, "values": []} for scope in ("openid", "profile", "offline_access")],
    "asked_at": MOMENT,
    "asker": "AcmeTV/3.1 (Linux)",
    "address": "198.51.100.7",
    "app": TELEVISION,
    "path": "/approve?flow=sealed",
}
BACKCHANNEL = {
    **APPROVE,
    "kind": "backchannel",
    "switch_url": "",
    "user_code": "",
    "asker": "",
    "address": "",
    "binding_message": "Transfer 4711",
}
DONE = {"path": "/approve/done", "app_name": "Acme TV"}
REQUESTS = {
    "signed_in_as": EMAIL,
    "logout_url": "/logout",
    "action": "/account/requests",
    "path": "/account/requests",
    "requests": [
        {"id": "r1", "app": "Acme Bank", "binding_message": "Transfer 4711", "expires_at": MOMENT},
        {"id": "r2", "app": LONG_APP["name"], "binding_message": "x" * 100, "expires_at": MOMENT},
        {"id": "r3", "app": "Shop", "binding_message": "", "expires_at": MOMENT},
    ],
}

DECOUPLED_STATES: tuple[State, ...] = (
    State("device", "device.html", DEVICE, translated=True),
    State("device-filled-in", "device.html", {**DEVICE, "values": {"user_code": "BCDF-GHJK"}}),
    State(
        "device-wrong",
        "device.html",
        {**DEVICE, "values": {"user_code": "BCDF-GHJK"}},
        [PageError("user_code", "user_code.unknown")],
        translated=True,
    ),
    State("device-wait", "device.html", DEVICE, [PageError("user_code", "rate", {"n": 2})], status=429),
    State("approve-device", "approve_request.html", APPROVE, translated=True),
    State(
        "approve-device-long",
        "approve_request.html",
        {**APPROVE, "app": LONG_APP, "account_email": LONG_EMAIL, "asker": "x" * 60, "address": "2001:db8::1"},
    ),
    State("approve-backchannel", "approve_request.html", BACKCHANNEL, translated=True),
    State(
        "approve-backchannel-long",
        "approve_request.html",
        {**BACKCHANNEL, "app": LONG_APP, "account_email": LONG_EMAIL, "binding_message": "x" * 100},
    ),
    State("approve-backchannel-silent", "approve_request.html", {**BACKCHANNEL, "binding_message": ""}),
    State("request-approved", "request_answered.html", {**DONE, "outcome": "approved"}, translated=True),
    State("request-denied", "request_answered.html", {**DONE, "outcome": "denied"}, translated=True),
    State("request-gone", "request_answered.html", {**DONE, "outcome": "gone", "app_name": ""}, translated=True),
    State("requests", "account/requests.html", REQUESTS, translated=True),
    State("requests-none", "account/requests.html", {**REQUESTS, "requests": []}, translated=True),
    State("requests-over", "account/requests.html", REQUESTS, [PageError("", "request.over")]),
)
