"""openid-client and Authlib without a redirect: a device, and a client that asks for people who are not there."""

import json
import os
import subprocess
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

from idp.clients.device_authorization import DEVICE_CODE
from tests.support.browser import Browser
from tests.support.decoupled import BANK, TV, look_at_requests, type_code
from tests.support.live import LiveProvider


async def answer_device(live: LiveProvider, user_code: str) -> None:
    """The person types the code in a browser, signs in, and allows it."""
    async with Browser(live.provider.app, base_url=live.issuer) as browser:
        page = await type_code(browser, user_code, live.account[0])
        assert page.path == "/approve"
        await browser.submit(button="request-allow")


async def answer_request(live: LiveProvider) -> None:
    """The person finds the request in the account, and allows it."""
    async with Browser(live.provider.app, base_url=live.issuer) as browser:
        page = await look_at_requests(browser, live.account[0])
        assert page.shows("Transfer 4711")
        await browser.submit(button="request-1")
        await browser.submit(button="request-allow")


def polled(live: LiveProvider, node: Path, folder: Path, way: str, client: tuple[str, str]) -> dict[str, Any]:
    """What openid-client found, after the person had answered what its first line says."""
    command = [str(node), "decoupled.mjs", live.issuer]
    variables = {"WAY": way, "CLIENT_ID": client[0], "CLIENT_SECRET": client[1], "EMAIL": live.account[0]}
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            raise AssertionError(process.communicate(timeout=60)[1][-3000:])
        asked = json.loads(first)
        person: Coroutine[Any, Any, None]
        person = answer_device(live, asked["user_code"]) if way == "device" else answer_request(live)
        live.run(person)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors[-3000:]
    found: dict[str, Any] = json.loads(output)
    return found


@pytest.mark.parametrize("way", ["device", "backchannel"])
def test_openid_client_polls_until_the_person_has_answered(
    node_path: Path, installed: Path, live_provider: LiveProvider, way: str
) -> None:
    """Device authorization by a public client, CIBA in poll mode by a confidential one; tokens, UserInfo, a refresh."""
    metadata = TV if way == "device" else BANK
    client = live_provider.client(way, **metadata | {"issue_refresh_token": "always"})
    found = polled(live_provider, node_path, installed, way, (client.id, client.secret))
    assert found["email"] == live_provider.account[0]
    assert len(set(found["subjects"])) == 1


async def test_authlib_completes_the_device_flow(live_provider: LiveProvider) -> None:
    """Authlib has no call for the first step; it fetches the token by the grant type's own name."""
    client = live_provider.client("television", **TV)
    async with AsyncOAuth2Client(client.id, token_endpoint_auth_method="none") as authlib:
        asked = {"client_id": client.id, "scope": "openid"}
        endpoint = f"{live_provider.issuer}/device_authorization"
        started = (await authlib.request("POST", endpoint, data=asked, withhold_token=True)).json()
        live_provider.run(answer_device(live_provider, started["user_code"]))
        token = await authlib.fetch_token(
            f"{live_provider.issuer}/token", grant_type=DEVICE_CODE, device_code=started["device_code"]
        )
    assert token["token_type"] == "Bearer"
    assert token["id_token"]
