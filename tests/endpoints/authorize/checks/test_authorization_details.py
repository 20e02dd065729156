"""Rich authorization requests (RFC 9396): details of declared types, allowed by the person, kept in grant and token."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import Browser
from tests.support.calls import answer_to, get, json_of, post, secret_of
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty, claims_of

API = "https://api.example"
TYPES = {
    "domain": {
        "title": {"en": "Your domains", "cs": "Vaše domény"},
        "actions": ["read", "transfer"],
        "locations": [API],
        "members": ["name"],
        "required": ["actions"],
    },
    "invoice": {"actions": ["read"]},
}
DETAIL = {"type": "domain", "actions": ["read", "transfer"], "locations": [API], "name": "example.com"}
NARROW = DETAIL | {"actions": ["read"]}


@pytest.fixture
async def provider(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Provider]:
    """An installation with two types of details."""
    settings = test_settings(sqlite_url, tmp_path / "var", authorization_details_types=json.dumps(TYPES))
    async with running_provider(settings, clock) as provider:
        yield provider


async def client_of(provider: Provider, **metadata: Any) -> RelyingParty:
    await provider.account()
    client = await provider.client(authorization_details_types=["domain"], **metadata)
    return RelyingParty(provider, client)


def text(*details: Any) -> str:
    return json.dumps(details)


@pytest.mark.requirement("OC-48")
async def test_granted_details_stand_in_answer_token_and_introspection(provider: Provider, browser: Browser) -> None:
    """RFC 9396 §7, §9.1, §9.2."""
    rp = await client_of(provider)
    tokens = await rp.tokens(browser, authorization_details=text(DETAIL))
    assert tokens["authorization_details"] == [DETAIL]
    assert claims_of(tokens["access_token"])["authorization_details"] == [DETAIL]
    assert (await rp.introspect(tokens["access_token"]))["authorization_details"] == [DETAIL]
    refreshed = (await rp.refresh(tokens["refresh_token"])).json()
    assert refreshed["authorization_details"] == [DETAIL]
    without = await rp.tokens(browser)
    assert "authorization_details" not in without
    assert "authorization_details" not in claims_of(without["access_token"])


@pytest.mark.requirement("RT-08")
async def test_a_token_request_only_narrows(provider: Provider, browser: Browser) -> None:
    """RFC 9396 §6: fewer words in a list are fine; others, or a member left out, are refused and cost nothing."""
    rp = await client_of(provider)
    page = await rp.sign_in(browser, authorization_details=text(NARROW))
    refused = await rp.redeem(page.query["code"], authorization_details=text(DETAIL))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_authorization_details")
    assert (await rp.redeem(page.query["code"])).json()["authorization_details"] == [NARROW]
    tokens = await rp.tokens(browser, authorization_details=text(DETAIL))
    wider = (DETAIL | {"name": "other.example"}, {"type": "domain", "actions": ["read"]}, {"type": "invoice"})
    for detail in wider:
        answer = await rp.refresh(tokens["refresh_token"], authorization_details=text(detail))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_authorization_details")
    narrowed = (await rp.refresh(tokens["refresh_token"], authorization_details=text(NARROW))).json()
    assert claims_of(narrowed["access_token"])["authorization_details"] == [NARROW]
    whole = (await rp.refresh(narrowed["refresh_token"])).json()
    assert whole["authorization_details"] == [DETAIL]


HOSTILE = {
    "no JSON": "x",
    "an object": "{}",
    "nothing": "[]",
    "no objects": "[1]",
    "no type": text({"actions": ["read"]}),
    "type is no text": text({"type": ["domain"]}),
    "unknown type": text({"type": "payment", "actions": ["read"]}),
    "a type of others": text({"type": "invoice", "actions": ["read"]}),
    "unknown action": text({"type": "domain", "actions": ["delete"]}),
    "action twice": text({"type": "domain", "actions": ["read", "read"]}),
    "actions are no list": text({"type": "domain", "actions": "read"}),
    "no action": text({"type": "domain", "actions": []}),
    "missing": text({"type": "domain", "name": "example.com"}),
    "unknown location": text(DETAIL | {"locations": ["https://evil.example"]}),
    "undeclared list": text(DETAIL | {"datatypes": ["x"]}),
    "undeclared member": text(DETAIL | {"amount": "5"}),
    "member is no text": text(DETAIL | {"name": {"a": "b"}}),
    "controls": text(DETAIL | {"name": "a\u0000b"}),
    "no Unicode": text(DETAIL | {"name": "\ud800"}),
    "endless member": text(DETAIL | {"name": "x" * 257}),
    "member twice": '[{"type":"domain","type":"domain","actions":["read"]}]',
    "infinity": '[{"type":"domain","actions":[1e999]}]',
    "deep": "[" * 2000,
    "long": text(*[DETAIL] * 40),
    "many": text(*[{"type": "domain", "actions": ["read"]}] * 17),
}


@pytest.mark.requirement("DS-07")
@pytest.mark.parametrize("kind", HOSTILE)
async def test_anything_else_is_refused(provider: Provider, kind: str) -> None:
    """RFC 9396 §5: by redirect at the authorization endpoint, as JSON at the token endpoint."""
    rp = await client_of(provider)
    assert await answer_to(rp, authorization_details=HOSTILE[kind]) == "invalid_authorization_details"
    robot = await provider.client(
        "robot", application_type="service", scope="api.read", authorization_details_types=["domain"]
    )
    form = {"grant_type": "client_credentials", "authorization_details": HOSTILE[kind]}
    answer = await post(provider, "/token", form, secret_of(robot))
    assert (answer.status, json_of(answer)["error"]) == (400, "invalid_authorization_details")


async def test_a_client_that_has_no_types_has_no_details(provider: Provider) -> None:
    """The metadata names them one by one (RFC 9396 §10)."""
    await provider.account()
    rp = RelyingParty(provider, await provider.client())
    assert await answer_to(rp, authorization_details=text(DETAIL)) == "invalid_authorization_details"


async def test_a_client_may_have_details_of_its_own(provider: Provider) -> None:
    """With client_credentials, as far as its registration goes."""
    robot = await provider.client(
        "robot", application_type="service", scope="api.read", authorization_details_types=["domain"]
    )
    form = {"grant_type": "client_credentials", "authorization_details": text(DETAIL)}
    answer = json_of(await post(provider, "/token", form, secret_of(robot)))
    assert answer["authorization_details"] == [DETAIL]
    assert claims_of(answer["access_token"])["authorization_details"] == [DETAIL]


@pytest.mark.requirement("AZ-16", "AZ-17")
async def test_the_person_reads_and_allows_the_very_details(provider: Provider, browser: Browser) -> None:
    """A third party's details are on the consent page in words; other details are asked about anew."""
    rp = await client_of(provider, first_party=False)
    page = await rp.sign_in(browser, authorization_details=text(DETAIL))
    assert page.path == "/consent"
    for words in ("Your domains", "Actions: read, transfer", "Places: https://api.example", "name: example.com"):
        assert page.shows(words), words
    page = await browser.submit(button="consent-allow")
    assert (await rp.redeem(page.query["code"])).json()["authorization_details"] == [DETAIL]
    assert "code" in (await browser.open(rp.authorization_url(authorization_details=text(DETAIL)))).query
    assert "code" in (await browser.open(rp.authorization_url())).query
    other = DETAIL | {"name": "other.example"}
    assert (await browser.open(rp.authorization_url(authorization_details=text(other)))).path == "/consent"
    silent = await get(provider, rp.authorization_url(authorization_details=text(other), prompt="none"))
    assert "error=" in (silent.header("location") or "")
    denied = await browser.submit(button="consent-deny")
    assert denied.query["error"] == "access_denied"


async def test_discovery_names_the_types(provider: Provider) -> None:
    """RFC 9396 §10."""
    metadata = json_of(await get(provider, "/.well-known/openid-configuration"))
    assert metadata["authorization_details_types_supported"] == ["domain", "invoice"]
