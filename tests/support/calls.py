"""Single raw requests: what a browser or a back channel would send, and what no honest one would."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tests.support.asgi import Answer, call, http_scope
from tests.support.provider import Provider, TestClient
from tests.support.relying_party import RelyingParty

Form = Mapping[str, str] | Sequence[tuple[str, str]] | str
Headers = Sequence[tuple[str, str]]
FORM_TYPE = ("content-type", "application/x-www-form-urlencoded")


async def get(provider: Provider, target: str, *headers: tuple[str, str], method: str = "GET") -> Answer:
    """`target` goes out as it is, whatever is in it."""
    return await call(provider.app, http_scope(method, target, _with_host(provider, headers)))


async def post(provider: Provider, target: str, form: Form, *headers: tuple[str, str]) -> Answer:
    """A form; a string is sent as it is. A header of the caller's replaces the same one of ours."""
    body = form if isinstance(form, str) else urlencode(form)
    given = {name.lower() for name, _ in headers}
    sent = list(headers) if "content-type" in given else [FORM_TYPE, *headers]
    return await call(provider.app, http_scope("POST", target, _with_host(provider, sent)), [body.encode()])


def basic(client_id: str, secret: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"


def secret_of(client: TestClient) -> tuple[str, str]:
    """The client's own authentication."""
    return basic(client.id, client.secret)


def bearer(token: str) -> tuple[str, str]:
    return "authorization", f"Bearer {token}"


def json_of(answer: Answer) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(answer.body)
    return members


def location_of(answer: Answer) -> tuple[str, dict[str, str]]:
    """Where a redirect leads, and the parameters it carries there, in query or fragment; each stands once."""
    location = answer.header("location") or ""
    parts = urlsplit(location)
    carried = parts.fragment or parts.query
    pairs = parse_qsl(carried, keep_blank_values=True, strict_parsing=bool(carried))
    assert len(dict(pairs)) == len(pairs), f"a parameter is repeated: {location}"
    return re.split("[?#]", location)[0], dict(pairs)


async def answer_to(rp: RelyingParty, **changes: str | None) -> str:
    """What becomes of an authorization request by a stranger: `page`, a path of ours, or the error the client gets.

    An error that reaches the client is checked for what every one of them carries (RFC 6749 §4.1.2.1, RFC 9207).
    """
    return outcome(rp, await get(rp.provider, rp.authorization_url(**changes)), state=changes.get("state", rp.state))


def outcome(rp: RelyingParty, answer: Answer, *, state: str | None) -> str:
    assert "no-store" in (answer.header("cache-control") or "")
    if answer.header("location") is None:
        assert answer.status == 400, answer.status
        assert (answer.header("content-type") or "").startswith("text/html")
        return "page"
    assert answer.status == 303
    place, parameters = location_of(answer)
    if place.startswith("/"):
        return place
    assert place == rp.client.redirect_uri.partition("?")[0]
    assert parameters.get("state") == state
    assert parameters["iss"] == rp.provider.issuer
    return parameters.get("error") or "code"


def _with_host(provider: Provider, headers: Headers) -> Headers:
    host = urlsplit(provider.issuer).netloc
    return headers if any(name == "host" for name, _ in headers) else [("host", host), *headers]
