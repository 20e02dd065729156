"""What a grant type is given: the authenticated client, the form, and whose User-Agent counts."""

from collections.abc import Mapping
from typing import NamedTuple

from idp.audit.events import TokenEvent
from idp.audit.record import Origin
from idp.clients.client import Client
from idp.grants.grant import Grant
from idp.protocol.confirmation import Confirmation
from idp.protocol.errors import ErrorCode, OAuthError
from idp.protocol.user_agent_binding import UserAgent, read_user_agent
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


class TokenRequest(NamedTuple):
    """`agent_given`: the request says which browser it serves. `origin.now` is the one moment of the request.

    `confirmation`: the keys that the request has proven; its tokens are bound to them.
    """

    wiring: Wiring
    client: Client
    form: Mapping[str, str]
    agent: UserAgent | None
    agent_given: bool
    origin: Origin
    confirmation: Confirmation

    @property
    def now(self) -> int:
        return self.origin.now

    def require(self, name: str) -> str:
        """The parameter; raises `OAuthError` (invalid_request) when it is missing."""
        value = self.form.get(name)
        if value is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, f"{name} is missing.")
        return value

    def note(self, event: TokenEvent, grant: Grant | None = None) -> None:
        """Puts on record, in a moment, what the request has brought about; to be called once that is committed."""
        self.wiring.token_events.note(
            event,
            origin=self.origin,
            grant_type=self.form["grant_type"],
            client_id=self.client.client_id,
            grant_id=grant.id if grant else None,
            account_id=grant.account_id if grant else None,
            session_id=grant.session_id if grant else None,
        )


def read_token_request(
    request: PlainRequest, wiring: Wiring, client: Client, form: Mapping[str, str], *, confirmation: Confirmation
) -> TokenRequest:
    """Public and native clients call from the person's device: their own header counts. Others pass it on."""
    headers = request.headers_named("user-agent")
    own = headers[0] if len(headers) == 1 else None
    passed_on = form.get("user_agent")
    is_on_device = client.is_public or client.application_type == "native"
    counting = own if is_on_device else passed_on
    origin = Origin(
        address=request.address,
        user_agent=counting or own,
        device_id=None,
        request_id=request.request_id,
        actor=client.client_id,
        now=wiring.clock.now(),
    )
    agent_given = is_on_device or passed_on is not None
    return TokenRequest(wiring, client, form, read_user_agent(counting), agent_given, origin, confirmation)
