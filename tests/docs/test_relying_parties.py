"""`docs/relying-parties.md`: the application, the module and the curl commands work as they are printed."""

import json
import subprocess
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from idp.clients.jwt_bearer import JWT_BEARER
from idp.clients.token_exchange import TOKEN_EXCHANGE
from idp.protocol.pkce import challenge_of, is_valid_verifier
from tests.docs.curl import run_curl
from tests.docs.documents import ROOT, Block, blocks, commands_of
from tests.relying_parties.browser import Browser
from tests.support.browser import FIREFOX
from tests.support.browser import Browser as PersonsBrowser
from tests.support.client_keys import ClientKey
from tests.support.clock import MovableClock
from tests.support.decoupled import BANK, TV, type_code
from tests.support.live import LiveProvider, live
from tests.support.registering import initial_token
from tests.support.relying_party import RelyingParty, claims_of

DOCUMENT = ROOT / "docs" / "relying-parties.md"
SHOP = "https://shop.example"


def _block(mark: str) -> Block:
    return next(block for block in blocks("python", "js", "text", mark=mark) if block.document == DOCUMENT)


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_the_fastapi_application_signs_in_refreshes_steps_up_and_signs_out(
    live_provider: LiveProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole block is executed and used by a browser, the provider being a real one."""
    client_id, client_secret, redirect_uri = live_provider.web_client
    for name, value in {
        "ISSUER": live_provider.issuer,
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": client_secret,
        "REDIRECT_URI": redirect_uri,
        "POST_LOGOUT_REDIRECT_URI": live_provider.post_logout_redirect_uri,
    }.items():
        monkeypatch.setenv(name, value)
    # The registered address is /cb; the printed application listens at /callback.
    source = _block("application").text.replace('"/callback"', f'"{urlsplit(redirect_uri).path}"')
    module: dict[str, Any] = {"__name__": "app"}
    exec(compile(source, "app.py", "exec"), module)  # noqa: S102 - the document's own code is under test
    email, password = live_provider.account
    async with Browser(mounts={SHOP: httpx2.ASGITransport(module["app"])}) as browser:
        back = await browser.walk(f"{SHOP}/login", redirect_uri, username=email, password=password)
        assert (await browser.client.get(back)).headers["location"] == "/"
        home = (await browser.client.get(f"{SHOP}/")).json()
        assert (home["name"], home["acr"]) == ("Lucie Malá", "urn:idp:acr:pwd")

        (token,) = module["tokens"].values()
        first = token["refresh_token"]
        token["expires_at"] = 0
        assert (await browser.client.get(f"{SHOP}/")).json() == home
        (token,) = module["tokens"].values()
        assert token["refresh_token"] != first

        asked = _query((await browser.client.get(f"{SHOP}/safe")).headers["location"])
        assert (asked["acr_values"], asked["max_age"]) == ("urn:idp:acr:otp", "300")

        await browser.walk(f"{SHOP}/logout", live_provider.post_logout_redirect_uri)
        assert (await browser.client.get(f"{SHOP}/")).headers["location"] == "/login"


async def test_the_fastapi_application_refuses_an_answer_of_another_issuer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 9207: the printed check is there and works."""
    for name in ("ISSUER", "REDIRECT_URI", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(name, f"{SHOP}/cb")
    module: dict[str, Any] = {"__name__": "app"}
    exec(compile(_block("application").text, "app.py", "exec"), module)  # noqa: S102
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(module["app"]), base_url=SHOP) as browser:
        answer = await browser.get("/callback", params={"code": "x", "state": "y", "iss": "https://evil.example"})
    assert answer.status_code == 400


async def test_the_curl_commands_redeem_refresh_ask_and_revoke(live_provider: LiveProvider) -> None:
    """Each printed command is sent as it stands, one after another, and succeeds."""
    client_id, client_secret, redirect_uri = live_provider.web_client
    service = live_provider.client("billing", application_type="service", scope="invoices.read")
    reporter = live_provider.client("hosting", application_type="service", scope="idp.services.write")
    pkce: dict[str, Any] = {}
    exec(_block("pkce").text, pkce)  # noqa: S102
    variables = {
        "ISSUER": live_provider.issuer,
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": client_secret,
        "REDIRECT_URI": redirect_uri,
        "STATE": "a-state",
        "NONCE": "a-nonce",
        "VERIFIER": pkce["verifier"],
        "CHALLENGE": pkce["challenge"],
        "BROWSER": FIREFOX,
        "SERVICE_ID": service.id,
        "SERVICE_SECRET": service.secret,
        "REPORTER_ID": reporter.id,
        "REPORTER_SECRET": reporter.secret,
    }
    url = Template(_block("authorization").text.strip()).substitute(variables)
    assert urlencode({"scope": "openid email"}).replace("+", "%20") in url
    email, password = live_provider.account
    async with Browser() as browser:
        answer = _query(await browser.walk(url, redirect_uri, username=email, password=password))
    assert (answer["state"], answer["iss"]) == ("a-state", live_provider.issuer)
    variables["CODE"] = answer["code"]
    seen: list[tuple[str, Any]] = []
    for block in blocks("sh", mark="live"):
        for command in commands_of(block):
            got = run_curl(command, variables)
            assert got.is_success, f"{command.place}: {got.text}"
            body = got.json() if got.content else None
            seen.append((urlsplit(str(got.url)).path, body))
            if isinstance(body, dict):
                variables |= {
                    name.upper(): body[name] for name in ("access_token", "refresh_token", "sub") if name in body
                }
    paths = [path for path, _ in seen]
    account = f"/admin/accounts/{variables['SUB']}/services"
    assert paths[1:] == [
        "/jwks",
        "/token",
        "/token",
        "/userinfo",
        "/introspect",
        "/revoke",
        "/token",
        "/token",
        account,
        "/par",
    ]
    assert seen[4][1]["email"] == email
    assert (seen[5][1]["active"], seen[5][1]["ua_match"]) == (True, True)
    assert seen[7][1]["scope"] == "invoices.read"
    assert seen[9][1] == {"services": [{"name": "example.com", "number": "12345"}]}
    assert seen[10][1]["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")


async def test_the_curl_commands_exchange_and_assert(live_provider: LiveProvider) -> None:
    """A token of the shop is exchanged and introspected by the API; the HR department's assertion is redeemed."""
    key, backend, api = ClientKey.generate(), "https://backend.example", "https://api.example"
    shop = live_provider.client("web-shop", audience=[api])
    service = live_provider.client(
        "api",
        application_type="service",
        grant_types=[TOKEN_EXCHANGE],
        scope="api.read",
        resource_of=[api],
        token_exchange_audience=[backend],
        token_exchange_impersonation=True,
    )
    hr = live_provider.client(
        "hr",
        application_type="service",
        grant_types=[JWT_BEARER],
        scope="api.read",
        jwt_bearer_issuers=[
            {"issuer": "https://hr.example", "jwks": key.jwks, "subject": "email", "scope": "api.read"}
        ],
    )
    rp = RelyingParty(live_provider.provider, shop)
    now, (email, password) = live_provider.clock.now(), live_provider.account
    async with Browser() as browser:
        url = f"{live_provider.issuer}{rp.authorization_url()}"
        back = _query(await browser.walk(url, shop.redirect_uri, username=email, password=password))
    tokens = live_provider.run(rp.redeem(back["code"])).json()
    claims = {"iss": "https://hr.example", "sub": email, "aud": live_provider.issuer, "exp": now + 60, "jti": "one"}
    variables = {
        "ISSUER": live_provider.issuer,
        "API_ID": service.id,
        "API_SECRET": service.secret,
        "HR_ID": hr.id,
        "HR_SECRET": hr.secret,
        "BACKEND": backend,
        "ACCESS_TOKEN": tokens["access_token"],
        "ASSERTION": key.sign(claims),
    }
    got = {
        mark: run_curl(command, variables)
        for mark in ("evidence", "exchange", "assertion")
        for block in blocks("sh", mark=mark)
        for command in commands_of(block)
    }
    assert {mark: answer.status_code for mark, answer in got.items()} == dict.fromkeys(got, 200)
    assert claims_of(got["evidence"].text)["token_introspection"]["active"] is True
    assert claims_of(got["exchange"].json()["access_token"])["aud"] == backend
    assert got["assertion"].json()["scope"] == "api.read"


def test_the_registration_commands_register_read_replace_and_remove(
    sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """Each printed command is sent as it stands to a provider that wants an initial access token."""
    with live(sqlite_url, tmp_path / "var", clock, client_registration="token") as provider:
        variables = {"ISSUER": provider.issuer, "INITIAL_TOKEN": provider.run(initial_token(provider.provider))}
        (command,) = [each for block in blocks("sh", mark="registration") for each in commands_of(block)]
        made = run_curl(command, variables)
        assert (made.status_code, made.json()["client_name#cs"]) == (201, "Wiki česky")
        variables |= {
            "CLIENT_ID": made.json()["client_id"],
            "REGISTRATION_TOKEN": made.json()["registration_access_token"],
        }
        commands = [each for block in blocks("sh", mark="registered") for each in commands_of(block)]
        shown, replaced, removed = (run_curl(command, variables) for command in commands)
        assert [shown.status_code, replaced.status_code, removed.status_code] == [200, 200, 204]
        assert replaced.json()["redirect_uris"] == ["https://wiki.example/new"]


async def test_the_curl_commands_of_devices_and_of_people_elsewhere(live_provider: LiveProvider) -> None:
    """Both are asked for and wait, as they are printed; once they are allowed, the same command brings tokens."""
    email, _ = live_provider.account
    device = live_provider.client("tv", **TV)
    bank = live_provider.client("bank", **BANK)
    variables = {
        "ISSUER": live_provider.issuer,
        "DEVICE_ID": device.id,
        "BANK_ID": bank.id,
        "BANK_SECRET": bank.secret,
        "EMAIL": email,
    }

    def run(mark: str) -> Any:
        ((command,),) = (commands_of(block) for block in blocks("sh", mark=mark) if block.document == DOCUMENT)
        return run_curl(command, variables).json()

    started, asked = run("device"), run("ciba")
    variables |= {"DEVICE_CODE": started["device_code"], "AUTH_REQ_ID": asked["auth_req_id"]}
    for mark in ("device_poll", "ciba_poll"):
        assert run(mark)["error"] == "authorization_pending"

    async def allow() -> None:
        async with PersonsBrowser(live_provider.provider.app, base_url=live_provider.issuer) as browser:
            await type_code(browser, started["user_code"], email)
            await browser.submit(button="request-allow")
            await browser.open("/account/requests")
            await browser.submit(button="request-1")
            await browser.submit(button="request-allow")

    live_provider.run(allow())
    for mark in ("device_poll", "ciba_poll"):
        assert claims_of(run(mark)["id_token"])["aud"] in {device.id, bank.id}


def test_the_verifier_and_its_challenge_are_those_of_rfc_7636() -> None:
    """The printed lines make what the provider accepts."""
    pkce: dict[str, Any] = {}
    exec(_block("pkce").text, pkce)  # noqa: S102
    assert is_valid_verifier(pkce["verifier"])
    assert challenge_of(pkce["verifier"]) == pkce["challenge"]


def test_the_node_module_is_javascript_for_the_library_that_the_tests_use(node_path: Path, tmp_path: Path) -> None:
    """It parses, and every function of openid-client that it names is one that the tests' own journey calls."""
    block = _block("module")
    module = tmp_path / "relying-party.mjs"
    module.write_text(block.text, encoding="utf-8")
    checked = subprocess.run([node_path, "--check", module], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    journey = (ROOT / "tests" / "relying_parties" / "node" / "flow.mjs").read_text(encoding="utf-8")
    called = {word.split("(")[0] for word in block.text.replace("\n", " ").split("client.")[1:]}
    assert [name for name in called if f"client.{name}" not in journey] == []
    package = json.loads((ROOT / "tests" / "relying_parties" / "node" / "package.json").read_text(encoding="utf-8"))
    assert package["dependencies"]["openid-client"].startswith("6.")
