"""The pages of the support desk, for the gallery."""

from dataclasses import replace
from typing import Any

from idp.accounts.account import Account, Role
from idp.support.case import Case, CaseKind, CaseStatus
from idp.web.pages import PageError
from tests.web.gallery_state import State

NOW = 1_795_000_000
_LONG = "bartolomeja.nejneobhospodarovavatelnejsi-novotna@velmi-dlouha-domena.example.com"
_DESK: dict[str, Any] = {"signed_in_as": "operator@example.com", "now": NOW, "path": "/desk"}

CASE = Case(
    id="c1",
    number="K7F3-9QXM",
    kind=CaseKind.EMAIL_HINT,
    status=CaseStatus.OPEN,
    account_id=None,
    contact_email="lucie.novakova@example.com",
    locale="en",
    service="lucie-web.cz",
    old_email="",
    new_email="",
    phone="",
    message="I request a hint for my Keygate account login email containing the service (lucie-web.cz).",
    topic="hint",
    created_at=NOW - 3600,
    due_at=NOW + 7 * 3600,
    updated_at=NOW - 3600,
)
OVERDUE = replace(
    CASE,
    number="2M4R-TT7H",
    kind=CaseKind.OTP_DEACTIVATION,
    status=CaseStatus.NEEDS_SECOND,
    account_id="acc_1",
    created_at=NOW - 3 * 86_400,
    due_at=NOW - 7200,
    first_approver="acc_op",
    old_email=_LONG,
    phone="+420601123456",
    message="My phone fell into a lake.\n<script>alert(1)</script>",
    topic="otp",
)
HOLDING = replace(
    OVERDUE, kind=CaseKind.NO_CHANNEL_LEFT, status=CaseStatus.HOLDING, hold_until=NOW + 72 * 3600, due_at=NOW + 900
)
REJECTED = replace(CASE, number="9XQM-K7F3", status=CaseStatus.REJECTED, closed_at=NOW, reason="No such service.")
CUSTOMER = {"id": "acc_1", "hint": "lu***.no******@ex*****.c**", "masked_phone": "+420 ••• ••• 456"}
ENTRIES = [
    {"action": "opened", "at": NOW - 3600, "who": "", "text": ""},
    {"action": "noted", "at": NOW - 1800, "who": "Olga Operator", "text": "Called back.\nNobody there."},
]
FATES = [
    {
        "created_at": NOW - 60,
        "kind": "verify_phone",
        "channel": "sms",
        "masked": "+420 ••• ••• 456",
        "state": state,
        "gateway": gateway,
        "answer": answer,
    }
    for state, gateway, answer in (
        ("sent", "sms.example.com", "202 accepted"),
        ("failed", "sms.example.com", "400 unknown number"),
        ("queued", None, None),
        ("expired", None, None),
    )
]
EVIDENCE = [
    {"name": "service_named", "received_at": NOW - 60, "recordable": True},
    {"name": "phone_code", "received_at": None, "recordable": False},
    {"name": "signed_documents", "received_at": None, "recordable": True},
]
ACCOUNT = Account(
    id="acc_1",
    login_email="lucie.novakova@example.com",
    locale="en",
    created_at=NOW - 400 * 86_400,
    updated_at=NOW,
    email_verified_at=NOW,
    phone="+420601123456",
    phone_verified_at=NOW,
)
QUEUE: dict[str, Any] = {
    **_DESK,
    "section": "queue",
    "waiting": 12,
    "second": 3,
    "done": 7,
    "total": 15,
    "kind": "",
    "tabs": [(kind.value, 3) for kind in CaseKind],
    "cases": [OVERDUE, CASE, HOLDING],
}
SEARCH: dict[str, Any] = {**_DESK, "section": "search", "path": "/desk/search", "found": None, "cases": []}
PAGE: dict[str, Any] = {
    **_DESK,
    "section": "search",
    "account": ACCOUNT,
    "hint": CUSTOMER["hint"],
    "masked_phone": CUSTOMER["masked_phone"],
    "has_otp": True,
    "revealed": False,
    "sign_ins": [{"at": NOW - 300, "browser": "Firefox 146, Linux", "network": "192.0.2.x"}],
    "cases": [OVERDUE],
    "fates": FATES,
}
REQUEST: dict[str, Any] = {
    **_DESK,
    "section": "queue",
    "base_url": "/desk/requests/K7F3-9QXM",
    "authorise_url": "https://login.example.com/case/K7F3-9QXM/authorise",
    "case": CASE,
    "customer": None,
    "candidates": [CUSTOMER],
    "evidence": EVIDENCE,
    "entries": ENTRIES,
    "fates": None,
    "is_own": False,
    "can_hint": True,
    "can_text": False,
    "can_decide": True,
    "can_approve": False,
    "must_wait_for_colleague": False,
}
WEAKENING: dict[str, Any] = {
    **REQUEST,
    "case": OVERDUE,
    "customer": CUSTOMER,
    "candidates": [],
    "fates": FATES,
    "can_hint": False,
    "can_text": True,
    "can_approve": True,
}
AUDIT: dict[str, Any] = {
    **_DESK,
    "section": "audit",
    "csv_url": "/desk/audit.csv",
    "older_url": "/desk/audit?before=1",
    "events": [
        {
            "at": NOW - 60 * number,
            "event": event,
            "outcome": outcome,
            "who": "Olga Operator",
            "whom": CUSTOMER["hint"],
            "why": "asked on the phone",
            "address": "192.0.2.1",
        }
        for number, (event, outcome) in enumerate(
            [("account_viewed", "success"), ("email_revealed", "success"), ("access_denied", "refused")]
        )
    ],
}
OPERATOR = replace(ACCOUNT, roles=(Role.SUPPORT,), login_email="olga@example.com")

DESK = (
    State("desk", "desk/queue.html", QUEUE, translated=True),
    State("desk-empty", "desk/queue.html", {**QUEUE, "kind": "email_hint", "cases": []}),
    State("desk-search", "desk/search.html", SEARCH, translated=True),
    State(
        "desk-search-found",
        "desk/search.html",
        {**SEARCH, "found": [CUSTOMER], "cases": [CASE], "values": {"q": "lucie-web.cz"}},
    ),
    State("desk-search-nothing", "desk/search.html", {**SEARCH, "found": [], "values": {"q": "nobody"}}),
    State("desk-customer", "desk/customer.html", PAGE, translated=True),
    State("desk-customer-revealed", "desk/customer.html", {**PAGE, "revealed": True, "notice": "revealed"}),
    State(
        "desk-customer-errors",
        "desk/customer.html",
        {**PAGE, "sign_ins": [], "cases": [], "fates": []},
        [PageError("reason", "reason.missing"), PageError("message", "message.missing")],
    ),
    State("desk-customer-operator", "desk/customer.html", {**PAGE, "account": OPERATOR}),
    State("desk-request", "desk/request.html", REQUEST, translated=True),
    State("desk-request-weakening", "desk/request.html", WEAKENING, translated=True),
    State(
        "desk-request-second",
        "desk/request.html",
        {**WEAKENING, "can_decide": False, "must_wait_for_colleague": True},
    ),
    State("desk-request-holding", "desk/request.html", {**WEAKENING, "case": HOLDING, "can_approve": False}),
    State("desk-request-rejected", "desk/request.html", {**REQUEST, "case": REJECTED, "candidates": []}),
    State("desk-request-errors", "desk/request.html", WEAKENING, [PageError("reason", "reason.missing")]),
    State("desk-audit", "desk/audit.html", AUDIT, translated=True),
    State("desk-audit-empty", "desk/audit.html", {**AUDIT, "events": [], "older_url": ""}),
)
