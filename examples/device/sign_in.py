"""The whole grant, as a program on a device goes through it: two codes, a QR code, and asking until there is an answer.

It knows the provider by its issuer alone and trusts its own list of nothing else.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import segno

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
PRODUCT = "ExampleDevice/1.0"  # the grant is bound to this name
_SLOWER_BY = 5  # seconds, RFC 8628 §3.5


class SignInFailed(Exception):
    """A sentence for the screen of the device."""


@dataclass(frozen=True, slots=True)
class Device:
    """`show` writes a line on the screen, `wait` sleeps for so many seconds."""

    issuer: str
    client_id: str
    scope: str
    show: Callable[[str], None]
    wait: Callable[[float], None]
    transport: httpx2.BaseTransport | None = None

    def sign_in(self) -> Mapping[str, Any]:
        """The token answer; raises `SignInFailed`."""
        headers = {"User-Agent": PRODUCT}
        with httpx2.Client(headers=headers, transport=self.transport, timeout=10) as http:
            metadata = _answer(http.get(f"{self.issuer}/.well-known/openid-configuration"))
            started = _answer(
                http.post(
                    metadata["device_authorization_endpoint"], data={"client_id": self.client_id, "scope": self.scope}
                )
            )
            self._present(started)
            return self._ask(http, metadata["token_endpoint"], started)

    def _present(self, started: Mapping[str, Any]) -> None:
        code = io.StringIO()
        segno.make(started["verification_uri_complete"]).terminal(code, compact=True)
        self.show(code.getvalue())
        self.show(f"Open {started['verification_uri']} and type {started['user_code']}, or scan the picture.")
        self.show("The page shows the same code. Allow it only if it does.")

    def _ask(self, http: httpx2.Client, token_endpoint: str, started: Mapping[str, Any]) -> Mapping[str, Any]:
        body = {"grant_type": DEVICE_CODE, "device_code": started["device_code"], "client_id": self.client_id}
        interval = started.get("interval", 5)
        while True:
            self.wait(interval)
            response = http.post(token_endpoint, data=body)
            answer: dict[str, Any] = response.json()
            match answer.get("error"):
                case None:
                    return answer
                case "authorization_pending":
                    pass
                case "slow_down":
                    interval += _SLOWER_BY
                case "access_denied":
                    raise SignInFailed("It was not allowed.")
                case "expired_token":
                    raise SignInFailed("Nobody answered in time. Start again.")
                case error:
                    raise SignInFailed(f"The provider refused: {error}.")


def _answer(response: httpx2.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json() if response.headers.get("content-type", "").endswith("json") else {}
    if response.status_code != 200:
        raise SignInFailed(f"The provider refused: {body.get('error', response.status_code)}.")
    return body
