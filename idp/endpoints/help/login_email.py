"""`/help/login-email`: "I don't know my login email". The desk finds the service and answers with a hint (F7)."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from idp.administration.cases.opening import NewCase
from idp.endpoints.help.forms import HelpForm, Reading, Values, signed_in
from idp.endpoints.help.reading import read_email, read_text
from idp.endpoints.help.sentences import request_sentence
from idp.support.case import CaseKind
from idp.web.pages import PageError
from idp.web.scope import PageScope

router = APIRouter()


def _read(scope: PageScope, values: Values) -> Reading:
    errors: list[PageError] = []
    service = read_text(values["service"], "service", "service.missing", errors)
    contact_email = read_email(values["contact_email"], "contact_email", errors)
    if errors:
        return tuple(errors)
    return NewCase(
        kind=CaseKind.EMAIL_HINT,
        contact_email=contact_email,
        locale=scope.locale(),
        service=service,
        message=request_sentence(scope, "email_hint", service=service),
        topic="hint",
    )


def _context(_: PageScope) -> Mapping[str, Any]:
    return {}


def _prefilled(scope: PageScope) -> Values:
    account = signed_in(scope)
    return {"contact_email": account.login_email if account else ""}


FORM = HelpForm(
    path="/help/login-email",
    template="help/login_email.html",
    fields={"service": 190, "contact_email": 254},
    read=_read,
    context=_context,
    prefilled=_prefilled,
)
FORM.add_to(router)
