"""How a client asks for a person who is not in front of it (CIBA Core 1.0 §4). Without these members it may not."""

from dataclasses import dataclass

from idp.clients.members import InvalidClientMetadata, MemberReader
from idp.protocol.redirect_uris import registration_problem

CIBA = "urn:openid:params:grant-type:ciba"
POLL, PING = DELIVERY_MODES = ("poll", "ping")  # `push` would send tokens to an address: not offered
# CIBA §7.1.1 and FAPI-CIBA §5.2.2: asymmetric, and none of the old RSA padding.
REQUEST_ALGORITHMS = ("PS256", "ES256", "EdDSA")


@dataclass(frozen=True, slots=True)
class BackchannelAuthentication:
    """`request_signing_alg`: every request is signed with it; None: none is."""

    delivery_mode: str | None = None
    notification_endpoint: str | None = None
    request_signing_alg: str | None = None

    @property
    def wants_ping(self) -> bool:
        return self.delivery_mode == PING


def read_backchannel_authentication(read: MemberReader) -> BackchannelAuthentication:
    """Raises `InvalidClientMetadata`."""
    metadata = BackchannelAuthentication(
        delivery_mode=read.choice("backchannel_token_delivery_mode", DELIVERY_MODES, "") or None,
        notification_endpoint=read.text("backchannel_client_notification_endpoint"),
        request_signing_alg=read.choice("backchannel_authentication_request_signing_alg", REQUEST_ALGORITHMS, "")
        or None,
    )
    if read.boolean("backchannel_user_code_parameter", default=False):
        raise InvalidClientMetadata("backchannel_user_code_parameter", "must be false: no user codes are used")
    # §4: required for the mode ping, and for nothing else that is offered.
    if metadata.wants_ping != (metadata.notification_endpoint is not None):
        raise InvalidClientMetadata(
            "backchannel_client_notification_endpoint", "must be given with the delivery mode ping, and only then"
        )
    if metadata.notification_endpoint and (problem := registration_problem(metadata.notification_endpoint, "web")):
        raise InvalidClientMetadata("backchannel_client_notification_endpoint", problem)
    return metadata
