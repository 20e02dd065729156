"""`/admin/accounts/{id}/services`: who may say what services an account has, and what cannot be said."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from idp.accounts import store as accounts
from idp.accounts.account import AccountStatus
from idp.administration.clients import disable_client
from idp.grants.revoked_tokens import revoke_token
from idp.support import services
from idp.support.services import Service
from idp.web.dpop import dpop_challenge
from tests.fuzz.conftest import Target, target
from tests.support.asgi import Answer, call, http_scope
from tests.support.browser import Browser
from tests.support.calls import bearer, json_of, post, secret_of
from tests.support.provider import Provider, TestClient
from tests.support.relying_party import RelyingParty, claims_of

__all__ = ["target"]

SCOPE = "idp.services.write"
GRANT = {"grant_type": "client_credentials", "scope": SCOPE}
TWO = {"services": [{"name": "Example.com", "number": "12345"}, {"number": "777"}]}


async def reporter(provider: Provider, client_id: str = "hosting", **metadata: Any) -> TestClient:
    return await provider.client(client_id, **({"application_type": "service", "scope": SCOPE} | metadata))


async def token_of(provider: Provider, client: TestClient) -> str:
    answer = json_of(await post(provider, "/token", GRANT, secret_of(client)))
    token: str = answer["access_token"]
    return token


async def ask(
    provider: Provider, method: str, account_id: str, token: str | None, body: object = None, raw: bytes | None = None
) -> Answer:
    headers = [("host", "localhost:8000"), ("content-type", "application/json")]
    headers += [bearer(token)] if token else []
    sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    return await call(provider.app, http_scope(method, f"/admin/accounts/{account_id}/services", headers), [sent])


async def found(provider: Provider, text: str) -> list[str]:
    async with provider.wiring.database.reading() as db:
        return await services.find_accounts(db, text)


async def test_a_list_is_put_shown_replaced_and_taken_back(any_provider: Provider) -> None:
    """F7.4: each PUT is the whole list; names and numbers find the account, and what is gone finds nothing."""
    account = await any_provider.account()
    token = await token_of(any_provider, await reporter(any_provider))
    put = await ask(any_provider, "PUT", account.id, token, TWO)
    assert (put.status, put.header("cache-control")) == (200, "no-store")
    assert json_of(put)["services"] == [{"number": "777"}, {"name": "Example.com", "number": "12345"}]
    assert json_of(await ask(any_provider, "GET", account.id, token)) == json_of(put)
    for text in ("EXAMPLE.com.", "12345", "777"):
        assert await found(any_provider, text) == [account.id]
    assert (await ask(any_provider, "PUT", account.id, token, {"services": [{"name": "other.cz"}]})).status == 200
    assert await found(any_provider, "12345") == []
    assert await found(any_provider, "other.cz") == [account.id]
    assert (await ask(any_provider, "DELETE", account.id, token)).status == 204
    assert await found(any_provider, "other.cz") == []
    assert (await any_provider.events(account_id=account.id)).count("services_reported") == 3


async def test_the_same_list_again_is_no_event(provider: Provider) -> None:
    """A relying party may report at every sign-in without filling the log."""
    account = await provider.account()
    token = await token_of(provider, await reporter(provider))
    for _ in range(3):
        assert (await ask(provider, "PUT", account.id, token, TWO)).status == 200
    assert (await provider.events(event="services_reported")) == ["services_reported"]


async def test_each_client_has_its_own_list(provider: Provider) -> None:
    """What one says is neither shown to another nor changed by it."""
    account = await provider.account()
    first, second = [await token_of(provider, await reporter(provider, name)) for name in ("hosting", "mail")]
    await ask(provider, "PUT", account.id, first, TWO)
    assert json_of(await ask(provider, "GET", account.id, second)) == {"services": []}
    await ask(provider, "DELETE", account.id, second)
    assert await found(provider, "777") == [account.id]


@pytest.mark.requirement("AD-21")
async def test_only_a_clients_own_token_with_the_scope_counts(provider: Provider) -> None:
    """No token, garbage, a person's token, another scope, another audience: RFC 6750 errors, and nothing changes."""
    account = await provider.account()
    without = await ask(provider, "PUT", account.id, None, TWO)
    assert (without.status, without.header("www-authenticate")) == (401, 'Bearer realm="admin", ' + dpop_challenge())

    rp = RelyingParty(provider, await provider.client())
    async with Browser(provider.app) as browser:
        persons = (await rp.tokens(browser))["access_token"]
    robot = await provider.client("robot", application_type="service", scope="other.write")
    other_scope = json_of(await post(provider, "/token", {"grant_type": "client_credentials"}, secret_of(robot)))
    elsewhere = await reporter(provider, "elsewhere", scope=f"{SCOPE} api.read", audience=["https://api.example"])
    for_the_api = json_of(await post(provider, "/token", {"grant_type": "client_credentials"}, secret_of(elsewhere)))
    assert claims_of(for_the_api["access_token"])["aud"] == "https://api.example"
    for token, status, error in (
        ("garbage", 401, "invalid_token"),
        (persons, 401, "invalid_token"),
        (other_scope["access_token"], 403, "insufficient_scope"),
        (for_the_api["access_token"], 401, "invalid_token"),
    ):
        refused = await ask(provider, "PUT", account.id, token, TWO)
        assert (refused.status, json_of(refused)["error"]) == (status, error)
        assert error in (refused.header("www-authenticate") or "")
    assert await found(provider, "777") == []


@pytest.mark.requirement("AD-21")
async def test_the_scope_is_granted_alone_and_to_no_person(provider: Provider) -> None:
    """A token for us is shown to nobody else; no authorization request gets the scope for a person."""
    both = await reporter(provider, scope=f"{SCOPE} api.read", audience=["https://api.example"])
    own = json_of(await post(provider, "/token", GRANT, secret_of(both)))
    assert claims_of(own["access_token"])["aud"] == provider.issuer
    mixed = await post(provider, "/token", GRANT | {"scope": f"{SCOPE} api.read"}, secret_of(both))
    assert json_of(mixed)["error"] == "invalid_scope"

    await provider.account()
    portal = await provider.client(
        scope=f"openid {SCOPE}", grant_types=["authorization_code", "refresh_token", "client_credentials"]
    )
    async with Browser(provider.app) as browser:
        page = await RelyingParty(provider, portal).sign_in(browser, scope=f"openid {SCOPE}")
    assert page.query["error"] == "invalid_scope"
    assert (await token_of(provider, portal)).count(".") == 2


@pytest.mark.requirement("AD-20", "AD-21")
async def test_a_disabled_client_and_a_revoked_token_end_at_once(provider: Provider) -> None:
    """The token is checked against what stands behind it now, not against what it said when it was made."""
    account = await provider.account()
    token = await token_of(provider, await reporter(provider))
    other = await token_of(provider, await reporter(provider, "mail"))
    claims = claims_of(token)
    async with provider.wiring.database.writing() as db:
        await revoke_token(db, claims["jti"], expires_at=claims["exp"])
        await disable_client(db, "mail", origin=provider.origin())
    provider.wiring.clients.forget()
    for ended in (token, other):
        assert (await ask(provider, "PUT", account.id, ended, TWO)).status == 401


async def test_unknown_and_closed_accounts_are_not_found(provider: Provider) -> None:
    """404 for what was never there and for what is gone for good."""
    account = await provider.account()
    token = await token_of(provider, await reporter(provider))
    async with provider.wiring.database.writing() as db:
        await accounts.set_status(db, account.id, status=AccountStatus.CLOSED, reason=None, now=provider.clock.now())
    for account_id in (account.id, "acc_nobody", "%00", "x" * 500):
        assert (await ask(provider, "PUT", account_id, token, TWO)).status == 404


MALFORMED = [
    b"", b"{", b"null", b"[]", b"{}", b'{"services": null}', b'{"services": {}}', b'{"services": [null]}',
    b'{"services": [{}]}', b'{"services": ["example.com"]}', b'{"services": [{"name": 5}]}',
    b'{"services": [{"name": ""}]}', b'{"services": [{"name": " . "}]}', b'{"services": [{"name": "a\\u0000"}]}',
    b'{"services": [{"name": "\\ud800"}]}', b'{"services": [{"name": "a", "owner": "b"}]}',
    b'{"services": [], "account": "x"}', b'{"services": [], "services": []}', b'{"services": [{"name": NaN}]}',
    b"\xff\xfe", b"[" * 60_000, json.dumps({"services": [{"name": "x" * 191}]}).encode(),
    json.dumps({"services": [{"number": str(n)} for n in range(501)]}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("raw", MALFORMED, ids=range(len(MALFORMED)))
async def test_what_is_no_list_is_refused_whole(provider: Provider, raw: bytes) -> None:
    """One 400 in the words of RFC 6749, and what was there before stays."""
    account = await provider.account()
    token = await token_of(provider, await reporter(provider))
    await ask(provider, "PUT", account.id, token, TWO)
    refused = await ask(provider, "PUT", account.id, token, raw=raw)
    assert (refused.status, json_of(refused)["error"]) == (400, "invalid_request")
    assert await found(provider, "777") == [account.id]


async def test_lists_at_once_leave_one_of_them_whole(any_provider: Provider) -> None:
    """Eight different lists for one account at once: none fails, and what stands is one of them."""
    account = await any_provider.account()
    token = await token_of(any_provider, await reporter(any_provider))
    lists = [[{"name": f"a{n}.cz"}, {"name": f"b{n}.cz"}] for n in range(8)]
    answers = await asyncio.gather(*(ask(any_provider, "PUT", account.id, token, {"services": each}) for each in lists))
    assert [answer.status for answer in answers] == [200] * 8
    assert json_of(await ask(any_provider, "GET", account.id, token))["services"] in lists


_TEXT = st.text(max_size=30) | st.sampled_from(
    ["xn--a", "a..b", "ﬀ.cz", "İ" * 100, "x" * 190, "\ud800", "é.cz", "..", "//"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)
_SERVICE = st.dictionaries(st.sampled_from(["name", "number"]), _TEXT, max_size=2)
_BODIES = st.binary(max_size=60) | st.builds(
    lambda value: json.dumps(value).encode(),
    _JSON
    | st.fixed_dictionaries(
        {
            "services": st.lists(
                st.dictionaries(st.sampled_from(["name", "number"]), _TEXT, max_size=2) | _JSON, max_size=4
            )
        }
    ),
)


@pytest.mark.requirement("LG-06")
@settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(method=st.sampled_from(["PUT"] * 6 + ["GET", "DELETE", "POST", "HEAD", "PATCH"]), raw=_BODIES)
def test_no_body_breaks_anything(target: Target, method: str, raw: bytes) -> None:
    """Any JSON and any bytes: an answer below 500, on both databases."""
    token, account_id = target.run(_prepared(target.provider))
    answer = target.run(ask(target.provider, method, account_id, token, raw=raw))
    assert answer.status in {200, 204, 400, 405}


_TOKENS: dict[str, str] = {}  # for the providers that outlive an example


async def _prepared(provider: Provider) -> tuple[str, str]:
    async with provider.wiring.database.reading() as db:
        account = await accounts.find_by_email(db, "lucie@wedos.cz")
    assert account is not None
    url = provider.wiring.settings.database_url
    if url not in _TOKENS:
        _TOKENS[url] = await token_of(provider, await reporter(provider, "reporter"))
    return _TOKENS[url], account.id


def test_services_are_folded_but_look_alikes_are_not() -> None:
    """Case, Unicode form, spaces, a final dot and IDN spelling are one name; letters of another script are not."""
    same = ["example.com", "EXAMPLE.COM", " example.com. ", "https://example.com/", "Example.com"]
    assert {services.fold_service(text) for text in same} == {"example.com"}
    assert services.fold_service("e\u0301.cz") == services.fold_service("é.cz") == "xn--9ca.cz"
    assert services.fold_service("ex\u0430mple.com") != "example.com"  # a Cyrillic a
    assert services.fold_service("e\u200bxample.com") != "example.com"
    assert services.fold_service("examp1e.com") != "example.com"
    assert services.fold_service("Můj  Server ") == services.fold_service("můj server")
    assert Service("a", "1").label == "a (1)"
