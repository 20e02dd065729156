"""The first request of each kind finds everything loaded."""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.browser import FIREFOX, Browser
from tests.support.relying_party import RelyingParty
from tests.support.served import HOST, environment_of, installation


async def test_the_first_requests_import_nothing(database_url: str, tmp_path: Path) -> None:
    """Tokens, introspection, UserInfo, keys, metadata and the login page in a new process: no module is loaded late.

    An import holds up everybody else's request for as long as it takes.
    """
    async with installation(database_url, tmp_path) as provider:
        await provider.account()
        rp = RelyingParty(provider, await provider.client(user_agent_binding="required"))
        async with Browser(provider.app, base_url=provider.issuer, user_agent=FIREFOX) as browser:
            tokens = await rp.tokens(browser, redemption={"user_agent": FIREFOX})
        credentials = base64.b64encode(f"{rp.client.id}:{rp.client.secret}".encode()).decode()
        client = {
            "authorization": f"Basic {credentials}",
            "content-type": "application/x-www-form-urlencoded",
            "user-agent": "shop-server/1.0",
        }
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "user_agent": FIREFOX}
        bearer = {"authorization": f"Bearer {tokens['access_token']}", "user-agent": FIREFOX}
        answers = await _answers(
            environment_of(provider.wiring.settings),
            _request("GET", rp.authorization_url(), {"user-agent": FIREFOX, "accept": "text/html"}),
            _request("POST", "/introspect", client, token=tokens["access_token"]),
            _request("GET", "/userinfo", bearer),
            _request("POST", "/token", client, **refresh),
            _request("GET", "/jwks", {}),
            _request("GET", "/.well-known/openid-configuration", {}),
        )
    assert [(each["status"], each["path"], each["imported"]) for each in answers] == [
        (200, path, [])
        for path in ("/login", "/introspect", "/userinfo", "/token", "/jwks", "/.well-known/openid-configuration")
    ]


def _request(method: str, target: str, headers: dict[str, str], **form: str) -> dict[str, Any]:
    proxied = {"host": HOST, "x-forwarded-proto": "https"} | headers
    return {"method": method, "target": target, "headers": proxied, "body": urlencode(form)}


async def _answers(environment: dict[str, str], *requests: dict[str, Any]) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.web.first_requests"),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(json.dumps(requests).encode())
    assert process.returncode == 0
    answers: list[dict[str, Any]] = json.loads(output.decode().splitlines()[-1])
    return answers
