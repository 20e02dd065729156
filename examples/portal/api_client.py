"""Calls the example API with the person's access token, and reads the step-up challenge of RFC 9470."""

import json
import re
import ssl
from dataclasses import dataclass
from typing import Any

import httpx2

# RFC 9110 §11.2: parameters as tokens or quoted strings.
_PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class ApiUnreachable(Exception):
    """The API did not answer."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """One answer, as the dashboard shows it."""

    path: str
    status: int
    challenge: str
    body: Any


@dataclass(frozen=True, slots=True)
class StepUp:
    """What the API wants of the next sign-in."""

    parameters: dict[str, str]


class ApiClient:
    """Asks the API on behalf of the person who is signed in."""

    def __init__(self, url: str, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._tls = ssl.create_default_context()
        self._transport = transport

    async def get(self, path: str, *, access_token: str, user_agent: str) -> ApiAnswer:
        """Raises `ApiUnreachable`."""
        headers = {
            "authorization": f"Bearer {access_token}",
            # The API sees this server's own User-Agent; the browser's travels beside it, for introspection.
            "x-browser-user-agent": user_agent,
        }
        try:
            async with httpx2.AsyncClient(timeout=10, verify=self._tls, transport=self._transport) as client:
                response = await client.get(self._url + path, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ApiUnreachable from error
        try:
            body = response.json()
        except json.JSONDecodeError:
            body = response.text[:500]
        return ApiAnswer(path, response.status_code, response.headers.get("www-authenticate", ""), body)


def read_step_up(answer: ApiAnswer) -> StepUp | None:
    """RFC 9470 §3: the acr_values and max_age of an `insufficient_user_authentication` challenge, else None."""
    if answer.status != 401 or not answer.challenge.lower().startswith("bearer"):
        return None
    found = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(answer.challenge)}
    if found.get("error") != "insufficient_user_authentication":
        return None
    return StepUp({name: found[name] for name in ("acr_values", "max_age") if found.get(name)})
