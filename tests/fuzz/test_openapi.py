"""`docs/openapi.yaml`, as schemathesis reads it: requests that it allows and requests that it does not.

The answers must be what the page says: the status, the type and the members, and never a failure of ours.
"""

from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route

from tests.docs.documents import ROOT
from tests.fuzz.conftest import Target

DOCUMENT: Path = ROOT / "docs" / "openapi.yaml"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def read_document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return document


SCHEMA = schemathesis.openapi.from_dict(read_document())
OPERATIONS: list[Any] = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
# A request without a body cannot have a wrong one.
REQUESTS = [(each, mode) for each in OPERATIONS for mode in GenerationMode if each.body or mode.is_positive]


def test_every_address_is_a_route(target: Target) -> None:
    """The page promises nothing that is not there, and schemathesis understands all of it."""
    assert len(OPERATIONS) == sum(len(path) for path in read_document()["paths"].values())
    routes = {route.path for route in target.provider.app.router.routes if isinstance(route, Route)}
    assert set(read_document()["paths"]) <= routes


@pytest.mark.requirement("RM-05", "TK-24", "OT-01")
@pytest.mark.parametrize(("operation", "mode"), REQUESTS, ids=lambda part: getattr(part, "label", None) or part.value)
def test_answers_are_as_described(target: Target, operation: Any, mode: GenerationMode) -> None:
    """For each operation, both kinds of requests."""

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        response = target.run(send(target, case))
        case.validate_response(response, checks=CHECKS)

    run()


async def send(target: Target, case: Any) -> httpx.Response:
    """With the client's authentication or the access token, where the page asks for one of them."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url=target.provider.issuer)).prepare()
    secret = b64encode(f"{target.rp.client.id}:{target.rp.client.secret}".encode()).decode()
    is_userinfo = case.operation.path == "/userinfo"
    headers = httpx.Headers({name: str(value) for name, value in prepared.headers.items()})
    headers["authorization"] = f"Bearer {target.tokens['access_token']}" if is_userinfo else f"Basic {secret}"
    body = prepared.body if isinstance(prepared.body, str | bytes) else None
    transport = httpx.ASGITransport(target.provider.app, client=("192.0.2.1", 50000))
    async with httpx.AsyncClient(transport=transport) as http:
        return await http.request(prepared.method or "GET", prepared.url or "", headers=headers, content=body)
