"""The states of the page by which an owner stops what the support desk was asked for."""

from tests.web.gallery_state import State

_CASE = {
    "path": "/object?t=x",
    "action": "/object",
    "token": "x",
    "number": "K7F3-9QXM",
    "change": "otp",
    "until": 1_795_000_000,
    "stage": "open",
    "state": "ready",
}

CASE_STATES: tuple[State, ...] = (
    State("objection-case", "objection_case.html", _CASE, translated=True),
    State("objection-case-email", "objection_case.html", {**_CASE, "change": "email", "until": None}),
    State(
        "objection-case-made", "objection_case.html", {**_CASE, "state": "used", "stage": "stopped"}, translated=True
    ),
    State("objection-case-late", "objection_case.html", {**_CASE, "stage": "over"}, translated=True),
)
