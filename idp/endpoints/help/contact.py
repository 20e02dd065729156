"""`/contact`: whatever else there is to ask. A page where a code is waited for says which one (F10.1)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter

from idp.administration.cases.opening import NewCase
from idp.endpoints.help.forms import HelpForm, Reading, Values, signed_in
from idp.endpoints.help.reading import read_email, read_text
from idp.support.case import CaseKind
from idp.web.contact import CONTACT_PATH, open_contact
from idp.web.pages import PageError
from idp.web.scope import PageScope

router = APIRouter()

LONGEST_MESSAGE = 2000
# What people choose: the kind of the case, and its topic. Without any channel the topic says what is to change.
TOPICS: Mapping[str, tuple[CaseKind, str]] = MappingProxyType(
    {
        "messages": (CaseKind.GENERAL, "messages"),
        "hint": (CaseKind.EMAIL_HINT, "hint"),
        "otp": (CaseKind.OTP_DEACTIVATION, "otp"),
        "login_email": (CaseKind.LOGIN_EMAIL_CHANGE, "email"),
        "no_channel_otp": (CaseKind.NO_CHANNEL_LEFT, "otp"),
        "no_channel_email": (CaseKind.NO_CHANNEL_LEFT, "email"),
        "other": (CaseKind.GENERAL, "other"),
    }
)


def _read(scope: PageScope, values: Values) -> Reading:
    errors: list[PageError] = []
    topic = values["topic"]
    if topic not in TOPICS:
        errors.append(PageError("topic", "topic.missing"))
    account_email = read_email(values["account_email"], "account_email", errors) if values["account_email"] else ""
    contact_email = read_email(values["contact_email"], "contact_email", errors)
    if topic == "hint":
        read_text(values["service"], "service", "service.missing", errors)
    message = read_text(values["message"], "message", "message.missing", errors)
    if len(message) > LONGEST_MESSAGE:
        errors.append(PageError("message", "message.too_long", {"n": LONGEST_MESSAGE}))
    if errors:
        return tuple(errors)
    account = signed_in(scope)
    asked_at, target = _about(scope) or (None, "")
    kind, about = TOPICS[topic]
    return NewCase(
        kind=kind,
        contact_email=contact_email,
        locale=scope.locale(),
        account_id=account.id if account else None,
        service=values["service"],
        old_email=account_email,
        new_email=contact_email if about == "email" else "",
        phone=target if "@" not in target else "",
        message=f"[{_moment(asked_at)} {target}]\n{message}" if target else message,
        topic=about,
    )


def _about(scope: PageScope) -> tuple[int | None, str] | None:
    return open_contact(scope.wiring.master_keys, scope.request.query_params.get("about", ""))


def _moment(at: int | None) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else "?"


def _context(scope: PageScope) -> Mapping[str, Any]:
    asked_at, target = _about(scope) or (None, "")
    return {"asked_at": asked_at, "target": target, "topics": tuple(TOPICS)}


def _prefilled(scope: PageScope) -> Values:
    asked = scope.request.query_params.get("topic", "messages" if _about(scope) else "")
    account = signed_in(scope)
    email = account.login_email if account else ""
    return {"topic": asked if asked in TOPICS else "", "contact_email": email, "account_email": email}


FORM = HelpForm(
    path=CONTACT_PATH,
    template="help/contact.html",
    fields={"topic": 32, "account_email": 254, "service": 190, "contact_email": 254, "message": 4000},
    read=_read,
    context=_context,
    prefilled=_prefilled,
)
FORM.add_to(router)
