"""Where an authorization response may go: only ever a proven redirect URI.

A function that can redirect takes a `Destination`, and only `prove_destination` makes one, so that the type checker
sees that nothing is sent to a URI that was not registered (RFC 6749 §3.1.2.4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from idp.protocol.errors import OAuthError
from idp.protocol.redirect_uris import is_registered
from idp.protocol.response_modes import ResponseMode


class RegisteredClient(Protocol):
    """What has to be known of a client to prove a redirect URI."""

    @property
    def redirect_uris(self) -> Sequence[str]: ...

    @property
    def application_type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """What the application is told, success or error, and how it gets there."""

    redirect_uri: str
    mode: ResponseMode
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Destination:
    """A redirect URI of the client, with what every response to it carries. Made by `prove_destination` alone."""

    redirect_uri: str
    issuer: str
    state: str | None
    mode: ResponseMode

    def success(self, parameters: Mapping[str, str]) -> AuthorizationResponse:
        """RFC 6749 §4.1.2, OIDC Core §3.2.2.5 and §3.3.2.5."""
        return self._with(parameters)

    def error(self, error: OAuthError) -> AuthorizationResponse:
        """RFC 6749 §4.1.2.1; by the mode of a success (OIDC Core §3.2.2.6, §3.3.2.6)."""
        description = {"error_description": error.description} if error.description else {}
        return self._with({"error": str(error.code), **description})

    def _with(self, parameters: Mapping[str, str]) -> AuthorizationResponse:
        answer = dict(parameters)
        if self.state is not None:
            answer["state"] = self.state
        answer["iss"] = self.issuer  # RFC 9207 §2: in every answer, errors too
        return AuthorizationResponse(self.redirect_uri, self.mode, answer)


def prove_destination(
    client: RegisteredClient, redirect_uri: str, *, issuer: str, state: str | None, mode: ResponseMode
) -> Destination | None:
    """None when the client has not registered the URI: the answer is then a page, never a redirect."""
    if not is_registered(redirect_uri, client.redirect_uris, client.application_type):
        return None
    return Destination(redirect_uri, issuer, state, mode)
