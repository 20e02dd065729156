"""`client_secret_basic` (RFC 6749 §2.3.1): id and secret in the Authorization header, each form-encoded."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from idp.clients.client import Client
from idp.web.client_authentication.method import Credentials
from idp.web.client_authentication.refusal import refusal
from idp.web.client_authentication.secrets_compared import is_secret_of
from idp.web.plain import PlainRequest
from idp.wiring import Wiring


class Basic:
    def read(self, request: PlainRequest, _form: Mapping[str, str]) -> Credentials | None:
        authorization = request.header("authorization")
        if authorization is None:
            return None
        client_id, secret = _decoded(authorization)
        return Credentials("client_secret_basic", client_id, secret)

    async def proves(self, credentials: Credentials, client: Client | None, wiring: Wiring) -> bool:
        return is_secret_of(client, credentials.proof, wiring.clock.now())


def _decoded(authorization: str) -> tuple[str, str]:
    """Raises `OAuthError` for anything that is not two parts in Basic."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError("not Basic")  # noqa: TRY301 - one refusal for all that is no Basic header
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        client_id, separator, secret = decoded.partition(":")
        if not separator or "\0" in decoded:
            raise ValueError("no colon")  # noqa: TRY301
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (ValueError, binascii.Error) as error:
        raise refusal(used_header=True) from error
