"""`/help/change-login-email`: the mailbox of the login email is gone. An operator replaces the address (F7.3)."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from idp.administration.cases.opening import NewCase
from idp.endpoints.help.forms import HelpForm, Reading, Values
from idp.endpoints.help.reading import read_email, read_phone
from idp.endpoints.help.sentences import request_sentence
from idp.support.case import CaseKind
from idp.web.pages import PageError
from idp.web.scope import PageScope

router = APIRouter()


def _read(scope: PageScope, values: Values) -> Reading:
    errors: list[PageError] = []
    old_email = read_email(values["old_email"], "old_email", errors)
    new_email = read_email(values["new_email"], "new_email", errors)
    phone = read_phone(values["phone"], "phone", errors)
    if old_email and old_email == new_email:
        errors.append(PageError("new_email", "email.same"))
    if errors:
        return tuple(errors)
    return NewCase(
        kind=CaseKind.LOGIN_EMAIL_CHANGE,
        contact_email=new_email,
        locale=scope.locale(),
        old_email=old_email,
        new_email=new_email,
        phone=phone,
        message=request_sentence(scope, "login_email_change", old_email=old_email, new_email=new_email, phone=phone),
        topic="login_email",
    )


def _nothing(_: PageScope) -> Mapping[str, Any]:
    return {}


FORM = HelpForm(
    path="/help/change-login-email",
    template="help/change_login_email.html",
    fields={"old_email": 254, "new_email": 254, "phone": 40},
    read=_read,
    context=_nothing,
    prefilled=_nothing,
)
FORM.add_to(router)
