"""A prompt's page as an answer: what all of them show, and the login page that most visitors see.

That one has nothing to tell and knows nothing of its visitor; when many sign in at once, it tells nothing but that. It
is rendered once for each application and language, with marks in the place of what is a visitor's own, and filled in
for each of them. That takes 11 µs; rendering takes 225, and to put together what the template is given, and to see that
it is known, 20.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from idp.interaction.completion import start_page
from idp.interaction.conversation import Conversation
from idp.interaction.flow import Flow
from idp.interaction.prompt import Prompt
from idp.interaction.prompts.login import Login
from idp.web.applications import application_view
from idp.web.error_status import status_of
from idp.web.pages import language_address
from idp.web.scope import address_of


async def render(conversation: Conversation, prompt: Prompt) -> Response:
    if isinstance(prompt, Login) and (prompt.is_busy(conversation) or await prompt.is_plain(conversation)):
        return _prepared_login_page(conversation, prompt)
    template, context = await prompt.page(conversation)
    return conversation.scope.page(template, locale=conversation.locale, **(_common(conversation, prompt) | context))


def may_cancel(flow: Flow) -> bool:
    """Whether an application waits for an answer. A request without a redirect has a page that asks for one."""
    return flow.request is not None and flow.request.decoupled_id is None


def _common(conversation: Conversation, prompt: Prompt) -> dict[str, Any]:
    flow, client = conversation.flow, conversation.facts.client
    return {
        "app": application_view(client, conversation.locale) if client else None,
        "errors": flow.errors,
        "notice": flow.notice or None,
        "back_url": start_page(client) or "/",
        "cancel_action": conversation.url(prompt.path) if may_cancel(flow) else "",
    }


def _prepared_login_page(conversation: Conversation, prompt: Login) -> Response:
    """A client that has changed is another object, so that its page is rendered anew."""
    scope, flow, client = conversation.scope, conversation.flow, conversation.facts.client
    bare = flow.without_messages()
    own = {"seal": conversation.seal(bare), "language_address": _language_address(conversation, prompt)}
    if name := flow.values.get("username"):  # the password recovery goes on with it
        own |= {"username": name, "named_seal": conversation.seal(bare._replace(values={"username": name}))}

    def context(marked: Mapping[str, str]) -> dict[str, Any]:
        sealed = [(bare, marked["seal"])]
        if name:
            sealed.append((bare._replace(values={"username": marked["username"]}), marked["named_seal"]))
        anybodys = replace(conversation, sealed=sealed)
        values = {**flow.values, "username": marked.get("username", "")}
        return {**_common(anybodys, prompt), **prompt.context(anybodys, values), **marked}

    page = scope.prepared_page(
        prompt.template,
        locale=conversation.locale,
        key=(
            client and client.client_id,
            bool(scope.sessions.entries),
            may_cancel(flow),
            flow.values.get("remember"),
            *(tuple(error.values.items()) for error in flow.errors),
        ),
        made_of=client,
        own=own,
        context=context,
    )
    page.status_code, headers = status_of(flow.errors)
    page.headers.update(headers)
    return page


def _language_address(conversation: Conversation, prompt: Prompt) -> str:
    """Mostly nothing but a flow stands in the address; to find that out letter by letter takes 3 µs."""
    request = conversation.scope.request
    seal = conversation.sealed[0][1] if conversation.sealed else ""
    if request.scope["query_string"] == b"flow=%b" % seal.encode():
        return f"{prompt.path}?flow={seal}&lang="
    return language_address(address_of(request))
