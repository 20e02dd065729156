"""Whether the person lets an application of somebody else have their data."""

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.claims import standard_claims
from idp.audit.events import Event
from idp.audit.record import record
from idp.grants import consents
from idp.grants.consents import Consent
from idp.interaction.conversation import Conversation
from idp.interaction.facts import Facts
from idp.interaction.flow import Flow, Memo
from idp.interaction.prompt import Aborted, Completed, Outcome
from idp.interaction.shown_details import shown_details
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.claims_release import released_claims
from idp.protocol.errors import ErrorCode
from idp.protocol.scopes import CLAIMS_OF_SCOPE
from idp.web.forms import Form


class ConsentPrompt:
    name = "consent"
    path = "/consent"
    error = ErrorCode.CONSENT_REQUIRED

    def needed(self, flow: Flow, facts: Facts) -> bool:
        request = flow.request
        if request is None or facts.client is None or facts.client.first_party:
            return False
        if not consents.covers(facts.consent, request.scope, requested_claims(request), request.authorization_details):
            return True
        # OIDC Core §3.1.2.1: `prompt=consent` asks again; an answer given in this flow is that answer.
        return "consent" in request.prompt and flow.memo.get(Memo.CONSENTED) != "1"

    def reachable(self, _flow: Flow, _facts: Facts) -> bool:
        return False

    async def page(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        request, facts = conversation.flow.request, conversation.facts
        account = facts.account
        if request is None or account is None:
            raise LookupError("consent is asked of somebody, for something")
        known = facts.consent.scope if facts.consent and "consent" not in request.prompt else ()
        another = conversation.flow.without_messages().remembering(**{Memo.ANOTHER_ACCOUNT: "1"})
        available = standard_claims(account)
        return "consent.html", {
            "action": conversation.url(self.path),
            "switch_url": conversation.url("/login", another),
            "account_email": account.login_email,
            "return_host": urlsplit(request.redirect_uri).netloc or request.redirect_uri,  # none: another device
            "required": [
                {"scope": scope, "values": _shown_values(available, scope)}
                for scope in (*request.scope, *_single_claims(request))
                if scope not in known
            ],
            "details": shown_details(conversation.wiring.detail_types, request, conversation.locale),
            "optional": [],
            "new_only": bool(known),
        }

    async def prepare(self, _conversation: Conversation, _form: Form) -> None:
        """Nothing is slow here."""

    async def submit(self, db: AsyncConnection, conversation: Conversation, form: Form, _prepared: None) -> Outcome:
        # AZ-16: what is allowed is read from the sealed flow; the form says yes or no and nothing else.
        request, facts = conversation.flow.request, conversation.facts
        if request is None or facts.account is None:
            return Completed(conversation.flow)
        is_allowed = form.one("decision") == "allow"
        await record(
            db,
            Event.CONSENT_GIVEN if is_allowed else Event.CONSENT_DENIED,
            outcome="success" if is_allowed else "refused",
            origin=conversation.scope.origin,
            account_id=facts.account.id,
            client_id=request.client_id,
            details={"scope": request.scope},
        )
        if not is_allowed:
            return Aborted(ErrorCode.ACCESS_DENIED)
        before = facts.consent
        allowed = Consent(
            account_id=facts.account.id,
            client_id=request.client_id,
            scope=tuple(sorted({*request.scope, *(before.scope if before else ())})),
            claims=tuple(sorted({*requested_claims(request), *(before.claims if before else ())})),
            given_at=conversation.now,
            # The newest ones only: what is done once, such as a payment, is not allowed for ever.
            authorization_details=request.authorization_details,
        )
        await consents.give(db, allowed)
        return Completed(conversation.flow.without_messages().remembering(**{Memo.CONSENTED: "1"}))


def requested_claims(request: AuthorizationRequest) -> tuple[str, ...]:
    """The claims asked for one by one (OIDC Core §5.5), besides those that say how the person signed in."""
    return tuple(sorted({*request.claims.userinfo, *request.claims.id_token} - {"acr", "auth_time", "amr", "sub"}))


def _single_claims(request: AuthorizationRequest) -> tuple[str, ...]:
    in_scopes = {claim for scope in request.scope for claim in CLAIMS_OF_SCOPE.get(scope, ())}
    return tuple(claim for claim in requested_claims(request) if claim not in in_scopes)


def _shown_values(available: dict[str, Any], scope: str) -> list[str]:
    """The very values that the application will receive, as a person would write them."""
    claims = released_claims(available, (scope,), {} if scope in CLAIMS_OF_SCOPE else {scope: None})
    if "name" in claims:
        return [str(claims["name"])]
    if "address" in claims:
        return [str(claims["address"].get("formatted", "")).replace("\n", ", ")]
    return [value for value in claims.values() if isinstance(value, str)][:4]
