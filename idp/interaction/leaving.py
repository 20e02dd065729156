"""Sends the browser where an answer says, from a plain request or from behind a form of ours."""

from starlette.responses import Response

from idp.clients.client import Client
from idp.interaction.answer import Answer, Here
from idp.web.applications import application_view
from idp.web.continuing import continue_url
from idp.web.form_post import form_post_page
from idp.web.scope import PageScope


def leave(scope: PageScope, answer: Answer, client: Client | None) -> Response:
    """No form stands before this request, so the way is a plain 303, or the page that posts."""
    if isinstance(answer, Here):
        return scope.redirect(answer.path)
    if answer.form is not None:
        return form_post_page(scope, answer.url, answer.form, app_name=_name(scope, client))
    return scope.redirect(answer.url)


def leave_form(scope: PageScope, answer: Answer, client: Client | None) -> Response:
    """Behind a form an application is reached over `/continue`.

    Chromium applies `form-action` to every redirect behind a form.
    """
    if isinstance(answer, Here):
        return scope.redirect(answer.path)
    onward = continue_url(
        scope.wiring.master_keys,
        answer.url,
        purpose="sign_in",
        app_name=_name(scope, client),
        now=scope.now,
        form=answer.form,
    )
    return scope.redirect(onward)


def _name(scope: PageScope, client: Client | None) -> str:
    return application_view(client, scope.locale()).name if client else scope.wiring.settings.brand
