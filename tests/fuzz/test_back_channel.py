"""Every endpoint that programs call, found by the route table: whatever is sent, the answer is the protocol's.

A new endpoint is fuzzed as soon as it is mounted among the plain ones.
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from starlette.routing import Route

from idp.clients.jwt_bearer import JWT_BEARER
from idp.clients.token_exchange import TOKEN_EXCHANGE
from idp.protocol.errors import ErrorCode
from idp.protocol.token_exchange import ACCESS_TOKEN
from idp.web.dispatch import Plain
from tests.fuzz.back_channel import BackChannelRequest, back_channel_requests, hostile_jwts
from tests.fuzz.conftest import Target
from tests.support.asgi import Answer, call, http_scope
from tests.support.client_keys import ClientKey
from tests.support.provider import TestClient

API = "https://api.example"
HR = "https://hr.example"
# RFC 6749 §5.2
_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")
# The edge refuses these before an endpoint sees them, and says so in its own way.
_OF_THE_EDGE = {413, 414, 431}

fuzzed = settings(
    max_examples=300,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # a failure is shown as it was found: shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(slots=True, repr=False)
class BackChannel:
    """A client that may do everything, and what it may do it with."""

    target: Target
    robot: TestClient
    key: ClientKey
    paths: list[str]

    @property
    def basic(self) -> str:
        return f"Basic {b64encode(f'{self.robot.id}:{self.robot.secret}'.encode()).decode()}"

    def claims(self) -> dict[str, Any]:
        now = self.target.provider.clock.now()
        return {"iss": HR, "sub": "lucie@wedos.cz", "aud": self.target.provider.issuer, "exp": now + 60, "jti": "one"}

    def requests(self) -> st.SearchStrategy[BackChannelRequest]:
        tokens = list(self.target.tokens.values())
        bearer = f"Bearer {self.target.tokens['access_token']}"
        authorizations = [self.basic, self.basic, bearer, bearer.replace("Bearer", "DPoP"), "Basic Og==", "Basic /w=="]
        jwts = hostile_jwts(self.key, self.claims())
        return back_channel_requests(self.paths, tokens, jwts, authorizations)

    def send(self, request: BackChannelRequest) -> Answer:
        fields = [*(self._good(request.path).items() if request.is_based else ()), *request.fields]
        # The later of two wins, but for what may be repeated.
        once = [*{name: value for name, value in fields if name not in {"resource", "audience"}}.items()]
        repeated = [(name, value) for name, value in fields if name in {"resource", "audience"}]
        body = request.body if request.body is not None else urlencode(once + repeated).encode()
        headers = [("host", "localhost:8000"), ("content-type", request.content_type)]
        if "authorization" not in {name for name, _ in request.headers}:
            headers.append(("authorization", self.basic))
        sent = [(name, value.encode("latin-1", "replace").decode("latin-1")) for name, value in request.headers]
        scope = http_scope(request.method, request.path, [*headers, *sent])
        return self.target.run(call(self.target.provider.app, scope, [body]))

    def _good(self, path: str) -> Mapping[str, str]:
        """As much of a good request as gets past the first checks."""
        tokens = self.target.tokens
        return {
            "/token": {
                "grant_type": TOKEN_EXCHANGE,
                "subject_token": tokens["access_token"],
                "subject_token_type": ACCESS_TOKEN,
                "scope": "api.read",
            },
            "/introspect": {"token": tokens["access_token"]},
            "/revoke": {"token": "x"},
        }.get(path, {"client_id": self.robot.id, "scope": "openid", "response_type": "code"})


@pytest.fixture(scope="module")
def back_channel(target: Target) -> BackChannel:
    """The provider of this folder, and one more client."""
    key = ClientKey.generate()
    trusted = {"issuer": HR, "jwks": key.jwks, "subject": "email", "scope": "api.read"}
    robot = target.run(
        target.provider.client(
            "robot",
            application_type="service",
            grant_types=["client_credentials", TOKEN_EXCHANGE, JWT_BEARER],
            scope="openid api.read",
            audience=[API],
            resource_of=[API, target.provider.issuer],
            jwks=key.jwks,
            token_exchange_audience=[API],
            authorization_details_types=["domain"],
            token_exchange_impersonation=True,
            jwt_bearer_issuers=[trusted],
        )
    )
    return BackChannel(target, robot, key, _paths(target))


def _paths(target: Target) -> list[str]:
    routes = [route for route in target.provider.app.router.routes if isinstance(route, Route)]
    found = [route.path.replace("{", "").replace("}", "") for route in routes if isinstance(route.endpoint, Plain)]
    documents = ("/.well-known/", "/jwks", "/live", "/ready")
    return [path for path in found if not path.startswith(documents)]


@pytest.mark.requirement("RM-05", "TK-24", "LG-06", "OT-01")
@fuzzed
@given(data=st.data())
def test_every_answer_is_the_protocols(back_channel: BackChannel, data: st.DataObject) -> None:
    """Never a 500; an error is JSON with a code of the specifications and a description in RFC 6749's characters."""
    assert {"/token", "/introspect", "/revoke", "/userinfo"} <= set(back_channel.paths)
    request = data.draw(back_channel.requests())
    answer = back_channel.send(request)
    note(f"{answer.status} {answer.body[:300]!r}")
    check(request.method, answer)


@fuzzed
@given(data=st.data())
def test_every_signed_claim_may_be_anything(back_channel: BackChannel, data: st.DataObject) -> None:
    """Assertions with a good signature and hostile claims, as a grant and as client authentication."""
    jwt = data.draw(hostile_jwts(back_channel.key, back_channel.claims()))
    note(jwt)
    assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    for fields in (
        [("grant_type", JWT_BEARER), ("assertion", jwt)],
        [("client_assertion_type", assertion_type), ("client_assertion", jwt), ("client_id", "robot")],
    ):
        form = "application/x-www-form-urlencoded"
        check("POST", back_channel.send(BackChannelRequest("POST", "/token", form, [], fields, False, None)))


def check(method: str, answer: Answer) -> None:
    assert 200 <= answer.status < 500
    if method == "HEAD" or answer.status in _OF_THE_EDGE:
        return
    kind = answer.header("content-type") or ""
    if answer.status >= 400:
        assert kind == "application/json"
        error = json.loads(answer.body)
        assert error["error"] in set(ErrorCode)
        assert _DESCRIPTION.fullmatch(error.get("error_description", ""))
        assert error.keys() <= {"error", "error_description", "error_uri"}
        assert "no-store" in (answer.header("cache-control") or "")
    elif answer.body:
        assert kind.startswith("application/")
