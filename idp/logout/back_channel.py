"""Back-channel logout: a notice of the outbox becomes a signed token, posted to the client (Back-Channel Logout §2)."""

from urllib.parse import urlencode

from idp.clients.client import Client
from idp.issuing.subject import session_id_told, subject_of
from idp.keys.sign import sign_jwt
from idp.messaging.channels import NotSendable, Pace
from idp.messaging.gateways import Delivery, Outcome
from idp.messaging.notices import LOGOUT_CHANNEL
from idp.messaging.store import ClaimedMessage
from idp.outbound.client import OutboundFailed
from idp.protocol.logout_token import LOGOUT_TOKEN_TYPE, LogoutToken, logout_token_claims
from idp.sealing import new_id
from idp.wiring import Wiring

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}
_TOO_EARLY = frozenset({408, 425, 429})


class BackChannel:
    """The outbox's way to the relying parties. One that does not answer keeps no other waiting."""

    name = LOGOUT_CHANNEL
    gateway_name = "backchannel"
    repeats_safely = True  # a session that ended twice has ended
    pace = Pace(tries=5, delays=(1, 5, 30, 300), parallel=20, pauses=False)

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    async def send(self, message: ClaimedMessage) -> Delivery:
        client = await self._wiring.clients.get(message.recipient)
        if client is None or not client.is_active or client.logout.backchannel_logout_uri is None:
            raise NotSendable("the client wants no notice any more")
        token = logout_token_of(self._wiring, client, message)
        # §2.5: the logout token, and nothing else.
        body = urlencode({"logout_token": token}).encode()
        try:
            answer = await self._wiring.outbound.request(
                "POST", client.logout.backchannel_logout_uri, headers=_FORM, body=body
            )
        except OutboundFailed as failure:
            return Delivery(Outcome.PERMANENT if failure.is_final else Outcome.TEMPORARY, str(failure))
        return Delivery(_outcome(answer.status), f"status {answer.status}")

    async def close(self) -> None:
        """Each request has a connection of its own."""


def logout_token_of(wiring: Wiring, client: Client, message: ClaimedMessage) -> str:
    """Signed as the client's ID tokens are, now: a token that waited in a queue would have expired."""
    token = LogoutToken(
        issuer=wiring.settings.issuer,
        client_id=client.client_id,
        subject=subject_of(wiring, client, message.account_id or ""),
        session_id=session_id_told(wiring, client, message.session_id or ""),
        token_id=new_id(),
        issued_at=wiring.clock.now(),
    )
    return sign_jwt(wiring.keys, client.id_token_signed_response_alg, logout_token_claims(token), LOGOUT_TOKEN_TYPE)


def _outcome(status: int) -> Outcome:
    """§2.8: 200, or 400 for a token that the client refuses and would refuse again. A redirect is not followed."""
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    return Outcome.TEMPORARY if status >= 500 or status in _TOO_EARLY else Outcome.PERMANENT
