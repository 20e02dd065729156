"""`POST /device_authorization` (RFC 8628 §3.1, §3.2)."""

import re
from pathlib import Path

import pytest

from tests.support.calls import get
from tests.support.clock import MovableClock
from tests.support.decoupled import Device, a_device, error_of
from tests.support.provider import Provider, running_provider, test_settings


async def test_the_answer_has_every_member(provider: Provider) -> None:
    """RFC 8628 §3.2, with the code in the complete address, and kept by no cache."""
    tv = await a_device(provider)
    answer = await tv.ask()
    started = answer.json()
    assert started.keys() == {
        "device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval",
    }  # fmt: skip
    assert started["verification_uri"] == "http://localhost:8000/device"
    assert started["verification_uri_complete"] == f"http://localhost:8000/device?user_code={started['user_code']}"
    assert (started["expires_in"], started["interval"]) == (600, 5)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.requirement("TK-28")
async def test_TK_28_the_codes_are_long_enough(provider: Provider) -> None:
    """256 bits for the device; eight letters out of twenty, without vowels, for people: 34 bits."""
    tv = await a_device(provider)
    started = [await tv.started() for _ in range(20)]
    assert all(len(each["device_code"]) == 43 for each in started)
    assert all(re.fullmatch(r"[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}", each["user_code"]) for each in started)
    assert len({each["user_code"] for each in started}) == 20


@pytest.mark.parametrize(
    ("scope", "error"),
    [("", "invalid_scope"), ("openid unknown", "invalid_scope"), ("idp.services.write", "invalid_scope")],
)
async def test_scopes_are_checked_as_at_authorize(provider: Provider, scope: str, error: str) -> None:
    """Missing, not the client's, or the admin API's."""
    tv = await a_device(provider, scope="openid profile idp.services.write")
    assert error_of(await tv.ask(scope)) == error


async def test_a_level_that_the_client_may_not_ask_for(provider: Provider) -> None:
    """`acr_values`, as at the authorization endpoint."""
    tv = await a_device(provider, allowed_acr=["urn:idp:acr:pwd"])
    assert error_of(await tv.ask(acr_values="urn:idp:acr:otp")) == "invalid_request"
    assert (await tv.ask(acr_values="urn:idp:acr:pwd")).status_code == 200


async def test_a_confidential_client_proves_itself(provider: Provider) -> None:
    """RFC 8628 §3.1: as at the token endpoint."""
    kiosk = await a_device(provider, "kiosk", application_type="web", token_endpoint_auth_method="client_secret_basic")
    assert (await kiosk.ask()).status_code == 200
    kiosk.client = type(kiosk.client)("kiosk", "wrong", "")
    refused = await kiosk.ask()
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_an_unknown_client(provider: Provider) -> None:
    """`invalid_client`, and a GET is not answered."""
    tv = await a_device(provider)
    nobody = Device(provider, type(tv.client)("nobody", "", ""))
    assert (await nobody.ask()).status_code == 401
    assert (await get(provider, "/device_authorization?client_id=tv&scope=openid")).status == 405


@pytest.mark.requirement("DS-09")
async def test_DS_09_one_address_cannot_fill_the_table(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """Each request is a row, so they are counted; and rows are swept an hour after they expire."""
    settings = test_settings(sqlite_url, tmp_path / "var", device_address_limit="3/hour")
    async with running_provider(settings, clock) as provider:
        tv = await a_device(provider)
        answers = [await tv.ask() for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert int(answers[-1].headers["retry-after"]) > 0
        assert answers[-1].json()["error"] == "temporarily_unavailable"
