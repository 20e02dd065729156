"""Hands SMS to any provider with an HTTP interface: the request is a template of the configuration."""

import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import httpx

from idp.messaging.gateways import Delivery, Envelope, Outcome

_PLACEHOLDER = re.compile(r"\{(to|text|id)\}")
_SUCCESS_RULE = re.compile(r"[1-5](xx|[0-9]{2})(,[1-5](xx|[0-9]{2}))*")
_ANSWER_LENGTH = 300


@dataclass(frozen=True, slots=True)
class SmsRequest:
    """The provider's request. In `url` and `body`, `{to}`, `{text}` and `{id}` become the number, the words and an id
    that stays the same at every try. `success` lists status codes, such as `2xx` or `200,202`.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str = '{"to": "{to}", "text": "{text}"}'
    success: str = "2xx"
    timeout: float = 10.0


class SmsGateway:
    """One HTTP request for each SMS. Redirects are not followed."""

    name = "sms"

    def __init__(self, request: SmsRequest, *, tls_context: ssl.SSLContext | None = None) -> None:
        address = urlsplit(request.url)
        if address.scheme != "https" and address.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("IDP_SMS_URL must be https")
        if not _SUCCESS_RULE.fullmatch(request.success.replace(" ", "")):
            raise ValueError("IDP_SMS_SUCCESS lists status codes, such as 2xx or 200,202")
        self._request = request
        self._headers = httpx.Headers(request.headers)
        self._headers.setdefault("Content-Type", _content_type(request.body))
        self._escape = _escaping_of(self._headers["Content-Type"])
        self._successes = request.success.replace(" ", "").split(",")
        # Made once: reading the system's certificates takes long enough to be felt.
        self._tls_context = tls_context or ssl.create_default_context()
        self._client: httpx.AsyncClient | None = None

    async def send(self, envelope: Envelope) -> Delivery:
        values = {"to": envelope.recipient, "text": envelope.text, "id": envelope.id}
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=self._tls_context, timeout=self._request.timeout, follow_redirects=False, trust_env=False
            )
        try:
            answer = await self._client.request(
                self._request.method,
                _fill(self._request.url, values, lambda value: quote(value, safe="")),
                headers={**self._headers, "Idempotency-Key": envelope.id},
                content=_fill(self._request.body, values, self._escape),
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Delivery(Outcome.UNREACHABLE, type(error).__name__)
        except httpx.HTTPError as error:
            # The request was on its way: the SMS may have gone out.
            return Delivery(Outcome.UNKNOWN, type(error).__name__)
        return Delivery(self._outcome(answer.status_code), f"{answer.status_code} {answer.text[:_ANSWER_LENGTH]}")

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _outcome(self, status: int) -> Outcome:
        if {str(status), f"{status // 100}xx"} & set(self._successes):
            return Outcome.ACCEPTED
        if status == 504:  # the provider's own gateway lost the answer
            return Outcome.UNKNOWN
        if status in {408, 425, 429} or status >= 500:
            return Outcome.TEMPORARY
        return Outcome.PERMANENT


def _fill(template: str, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
    # One pass: a placeholder inside a value stays what it is.
    return _PLACEHOLDER.sub(lambda match: escape(values[match[1]]), template)


def _content_type(body: str) -> str:
    return "application/json" if body.lstrip().startswith(("{", "[")) else "application/x-www-form-urlencoded"


def _escaping_of(content_type: str) -> Callable[[str], str]:
    if "json" in content_type:
        return lambda value: json.dumps(value)[1:-1]
    if "xml" in content_type:
        return lambda value: value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return lambda value: quote(value, safe="")
