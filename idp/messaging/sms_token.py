"""The access token of a provider that wants one instead of a lasting key (RFC 6749 §4.4, client credentials)."""

import httpx

from idp.clock import Clock

_EARLY_SECONDS = 60  # one that ends while the SMS is on its way is of no use
_DEFAULT_LIFE = 300  # RFC 6749 §5.1 lets the provider keep its life to itself


class NoToken(Exception):
    """The provider gave none; nothing was sent."""


class AccessToken:
    """Asked for when it is needed, and kept for as long as it lives."""

    def __init__(self, url: str, body: str, clock: Clock) -> None:
        self._url = url
        self._body = body
        self._clock = clock
        self._token = ""
        self._ends_at = 0

    async def get(self, client: httpx.AsyncClient) -> str:
        """Raises `NoToken`."""
        if self._clock.now() >= self._ends_at:
            self._token, life = await self._ask(client)
            self._ends_at = self._clock.now() + max(life - _EARLY_SECONDS, 1)
        return self._token

    def forget(self) -> None:
        """The provider does not take it any more."""
        self._ends_at = 0

    async def _ask(self, client: httpx.AsyncClient) -> tuple[str, int]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            answer = await client.post(self._url, content=self._body, headers=headers)
            if answer.status_code != 200:
                raise NoToken(f"no access token: {answer.status_code}")
            granted = answer.json()
            return str(granted["access_token"]), int(granted.get("expires_in", _DEFAULT_LIFE))
        except httpx.HTTPError as error:
            raise NoToken(f"no access token: {type(error).__name__}") from error
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise NoToken("no access token: the answer holds none") from error
