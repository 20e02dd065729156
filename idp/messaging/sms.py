"""Hands SMS to any provider with an HTTP interface: the request is a template of the configuration."""

import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import httpx

from idp.clock import Clock, SystemClock
from idp.messaging.gateways import Delivery, Envelope, Outcome
from idp.messaging.sms_answers import SmsAnswers
from idp.messaging.sms_token import AccessToken, NoToken

_PLACEHOLDER = re.compile(r"\{(to|digits|text|id)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.1
_ANSWER_LENGTH = 300
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class SmsRequest:
    """The provider's request and the rules for its answer, one field for each `IDP_SMS_` setting.

    In `url` and `body`, `{to}`, `{digits}`, `{text}` and `{id}` become the number, the number without its `+`, the
    words, and an id that stays the same at every try; in `headers`, `{token}` becomes the access token.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str = field(default='{"to": "{to}", "text": "{text}"}', repr=False)
    success: str = "2xx"
    success_body: str = ""
    retry_body: str = ""
    idempotency_header: str = ""
    token_url: str = ""
    token_body: str = field(default="", repr=False)
    timeout: float = 10.0


class SmsGateway:
    """One HTTP request for each SMS. Redirects are not followed."""

    name = "sms"

    def __init__(
        self, request: SmsRequest, *, clock: Clock | None = None, tls_context: ssl.SSLContext | None = None
    ) -> None:
        _demand_https("IDP_SMS_URL", request.url)
        if request.idempotency_header and not _HEADER_NAME.fullmatch(request.idempotency_header):
            raise ValueError("IDP_SMS_IDEMPOTENCY_HEADER is the name of a header, such as Idempotency-Key")
        self._request = request
        self._answers = SmsAnswers(
            success=request.success, success_body=request.success_body, retry_body=request.retry_body
        )
        self._token: AccessToken | None = None
        if request.token_url:
            _demand_https("IDP_SMS_TOKEN_URL", request.token_url)
            self._token = AccessToken(request.token_url, request.token_body, clock or SystemClock())
        self._headers = httpx.Headers(request.headers)
        self._headers.setdefault("Content-Type", _content_type(request.body))
        self._escape = _escaping_of(self._headers["Content-Type"])
        # Made once: reading the system's certificates takes long enough to be felt.
        self._tls_context = tls_context or ssl.create_default_context()
        self._client: httpx.AsyncClient | None = None

    @property
    def repeats_safely(self) -> bool:
        """Only a provider that knows the id again can be told twice."""
        return bool(self._request.idempotency_header)

    async def send(self, envelope: Envelope) -> Delivery:
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=self._tls_context, timeout=self._request.timeout, follow_redirects=False, trust_env=False
            )
        try:
            headers = await self._headers_for(envelope, self._client)
        except NoToken as reason:
            return Delivery(Outcome.UNREACHABLE, str(reason))
        values = {"to": envelope.recipient, "digits": envelope.recipient.removeprefix("+")}
        values |= {"text": envelope.text, "id": envelope.id}
        try:
            answer = await self._client.request(
                self._request.method,
                _fill(self._request.url, values, lambda value: quote(value, safe="")),
                headers=headers,
                content=_fill(self._request.body, values, self._escape),
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Delivery(Outcome.UNREACHABLE, type(error).__name__)
        except httpx.HTTPError as error:
            # The request was on its way: the SMS may have gone out.
            return Delivery(Outcome.UNKNOWN, type(error).__name__)
        return Delivery(self._outcome(answer), f"{answer.status_code} {answer.text[:_ANSWER_LENGTH]}")

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _headers_for(self, envelope: Envelope, client: httpx.AsyncClient) -> dict[str, str]:
        headers = dict(self._headers)
        if self._token is not None:
            token = await self._token.get(client)
            headers = {name: value.replace("{token}", token) for name, value in headers.items()}
        if self._request.idempotency_header:
            headers[self._request.idempotency_header] = envelope.id
        return headers

    def _outcome(self, answer: httpx.Response) -> Outcome:
        if answer.status_code == 401 and self._token is not None:
            self._token.forget()  # it was withdrawn before its time: the next try brings another one
            return Outcome.TEMPORARY
        return self._answers.outcome(answer.status_code, answer.text)


def _demand_https(setting: str, url: str) -> None:
    address = urlsplit(url)
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        raise ValueError(f"{setting} must be https")


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
