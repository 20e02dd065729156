"""Tokens that are good in their own client's hands only: bound when they are issued, checked when they are used."""

from collections.abc import Mapping
from typing import Any

from idp.clients.client import Client
from idp.protocol.confirmation import Confirmation
from idp.protocol.errors import ErrorCode, OAuthError
from idp.web.client_certificate import presented_certificate
from idp.web.dpop import invalid_proof, proven_thumbprint
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


class WrongSender(Exception):
    """The access token is bound to something that this request does not show. The reason is for the log."""


async def proven_keys(request: PlainRequest, wiring: Wiring, client: Client) -> Confirmation:
    """What the tokens of this answer are bound to; raises `OAuthError` where the client has to prove more."""
    thumbprint = await proven_thumbprint(request, wiring)
    if thumbprint is None and client.sender.dpop_bound_access_tokens:
        raise invalid_proof("A DPoP proof is needed.", at_resource=False)  # RFC 9449 §5.2
    is_bound_to_certificate = client.sender.tls_client_certificate_bound_access_tokens
    return Confirmation(thumbprint, _certificate(request) if is_bound_to_certificate else None)


def _certificate(request: PlainRequest) -> str:
    """RFC 8705 §3: the thumbprint that the tokens are bound to; raises `OAuthError` (invalid_request)."""
    presented = presented_certificate(request)
    if presented is None:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "The client's certificate is needed.")
    return presented.certificate.thumbprint


async def check_sender(
    request: PlainRequest, wiring: Wiring, claims: Mapping[str, Any], *, token: str, scheme: str
) -> None:
    """The sender of an access token holds what it is bound to, and uses its scheme (RFC 8705 §3, RFC 9449 §7).

    Raises `WrongSender`, or `OAuthError` for a proof that is not good by itself.
    """
    bound_to = Confirmation.of_token(claims)
    if scheme != bound_to.token_type.lower():
        raise WrongSender(f"sent as {scheme}")
    if bound_to.x5t_s256 is not None:
        presented = presented_certificate(request)
        if presented is None or presented.certificate.thumbprint != bound_to.x5t_s256:
            raise WrongSender("another certificate, or none")
    if bound_to.jkt is not None:
        thumbprint = await proven_thumbprint(request, wiring, access_token=token)
        if thumbprint is None:
            raise invalid_proof("A DPoP proof is needed.", at_resource=True)
        if thumbprint != bound_to.jkt:
            raise WrongSender("another key")
