"""The token endpoint as a whole: one method, one content type, OAuth errors, and nothing of the caller's in them."""

import pytest

from tests.support.asgi import call, http_scope
from tests.support.browser import Browser
from tests.support.calls import basic, get, json_of, post, secret_of
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

CANARY = "c4nary-" + "s3cret" * 4


@pytest.mark.requirement("TK-18", "WE-15")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
async def test_only_post(provider: Provider, method: str, path: str) -> None:
    """RFC 6749 §3.2: 405 with the methods that there are."""
    answer = await get(provider, f"{path}?grant_type=client_credentials", method=method)
    assert answer.status == 405
    assert "POST" in (answer.header("allow") or "")
    assert answer.header("cache-control") == "no-store"


@pytest.mark.requirement("TK-18")
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "",
        "application/x-www-form-urlencoded; charset=utf-16",
    ],
)
async def test_only_forms(provider: Provider, path: str, content_type: str) -> None:
    """Another content type is refused, whatever is in the body."""
    robot = await provider.client("robot", application_type="service", scope="api.read")
    for body in ('{"grant_type": "client_credentials"}', "grant_type=client_credentials&token=x"):
        answer = await post(provider, path, body, ("content-type", content_type), secret_of(robot))
        assert (answer.status, json_of(answer)["error"]) == (400, "invalid_request")


@pytest.mark.requirement("TK-18")
async def test_no_parameters_in_the_url(provider: Provider) -> None:
    """RFC 6749 §2.3.1: a query is refused, even an empty or a harmless one, since logs keep it."""
    robot = await provider.client("robot", application_type="service", scope="api.read")
    for query in ("grant_type=client_credentials", "x=1", f"client_id=robot&client_secret={robot.secret}"):
        answer = await post(provider, f"/token?{query}", {"grant_type": "client_credentials"}, secret_of(robot))
        assert (answer.status, json_of(answer)["error"]) == (400, "invalid_request")


@pytest.mark.requirement("TK-11")
async def test_there_is_no_password_grant(provider: Provider) -> None:
    """RFC 9700 §2.4: neither here nor in the metadata, nor any other grant that is not listed."""
    await provider.account()
    client = await provider.client()
    person = {"username": "lucie@wedos.cz", "password": "five quiet lakes under snow"}
    for grant_type in ("password", "implicit", "urn:ietf:params:oauth:grant-type:saml2-bearer", "PASSWORD", CANARY):
        answer = await post(provider, "/token", person | {"grant_type": grant_type}, secret_of(client))
        assert (answer.status, json_of(answer)["error"]) == (400, "unsupported_grant_type")
    metadata = json_of(await get(provider, "/.well-known/openid-configuration"))
    assert "password" not in metadata["grant_types_supported"]


@pytest.mark.requirement("TK-12")
async def test_grants_are_listed_per_client(provider: Provider) -> None:
    """A grant type outside the registration is `unauthorized_client`, before anything else is looked at."""
    code_only = await provider.client("code-only", grant_types=["authorization_code"], issue_refresh_token="never")
    robot = await provider.client("robot", application_type="service", scope="api.read")
    wanted = {
        ("authorization_code", "code-only"): "invalid_grant",
        ("refresh_token", "code-only"): "unauthorized_client",
        ("client_credentials", "code-only"): "unauthorized_client",
        ("authorization_code", "robot"): "unauthorized_client",
        ("refresh_token", "robot"): "unauthorized_client",
    }
    form = {
        "code": "x",
        "redirect_uri": "https://code-only.example/cb",
        "code_verifier": "v" * 43,
        "refresh_token": "x",
    }
    answers = {}
    for client in (code_only, robot):
        for grant_type in ("authorization_code", "refresh_token", "client_credentials"):
            answer = await post(provider, "/token", form | {"grant_type": grant_type}, secret_of(client))
            answers[grant_type, client.id] = json_of(answer).get("error")
    assert answers == wanted | {("client_credentials", "robot"): None}


@pytest.mark.requirement("TK-12")
async def test_a_client_without_refresh_gets_no_refresh_token(provider: Provider, browser: Browser) -> None:
    """Not even with `offline_access`."""
    await provider.account()
    client = await provider.client(grant_types=["authorization_code"], issue_refresh_token="never")
    tokens = await RelyingParty(provider, client).tokens(browser, scope="openid offline_access")
    assert "refresh_token" not in tokens


GARBLED = {
    "nothing": "",
    "no names": "=&=&=",
    "one word": CANARY,
    "grant type alone": "grant_type=authorization_code",
    "refresh without token": "grant_type=refresh_token",
    "code of another shape": f"grant_type=authorization_code&code={CANARY}&redirect_uri=x&code_verifier={'v' * 43}",
    "refresh token of another shape": f"grant_type=refresh_token&refresh_token={CANARY}",
    "broken percent": f"grant_type=%zz{CANARY}",
    "broken UTF-8": "grant_type=%ff%fe",
    "NUL": f"grant_type=authorization_code&code=%00{CANARY}",
    "JSON": f'{{"password": "{CANARY}"}}',
    "brackets": f"grant_type[]={CANARY}",
    "markup": f"grant_type=<script>{CANARY}</script>",
    "scope": f'grant_type=client_credentials&scope="{CANARY}"',
    "many": "&".join(f"p{number}={CANARY}" for number in range(100)),
    "long name": "a" * 5000 + "=1",
    "password": f"grant_type=password&username=lucie&password={CANARY}",
    "other scripts": "grant_type=příliš&code=žluťoučký",
}


@pytest.mark.requirement("TK-24", "TK-17", "OT-01", "OT-04")
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
async def test_errors_are_oauth_json_and_repeat_nothing(provider: Provider, path: str) -> None:
    """Garbled bodies and credentials: 400 or 401 in the form of RFC 6749 §5.2, uncached, without the input."""
    client = await provider.client()
    for name, body in GARBLED.items():
        for credentials in (secret_of(client), basic(client.id, CANARY), ("authorization", f"Basic {CANARY}")):
            answer = await post(provider, path, body, credentials)
            if path != "/token" and answer.status == 200:
                continue  # an unknown token is no error there
            assert answer.status in {400, 401}, name
            assert answer.header("content-type") == "application/json", name
            assert answer.header("cache-control") == "no-store", name
            assert json_of(answer).keys() <= {"error", "error_description"}, name
            assert "c4nary" not in answer.text, name
            assert all(ord(letter) < 128 and letter != "\\" for letter in answer.text), name


PARAMETERS = {
    "/token": [
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "client_id",
        "scope",
        "refresh_token",
        "user_agent",
    ],
    "/introspect": ["token", "token_type_hint", "client_id", "user_agent"],
    "/revoke": ["token", "token_type_hint", "client_id"],
}


@pytest.mark.requirement("AZ-06")
@pytest.mark.parametrize("path", PARAMETERS)
async def test_a_repeated_parameter_is_refused(provider: Provider, path: str) -> None:
    """RFC 6749 §3.1, §3.2: twice the same or twice different, spelled alike or not, unknown ones too."""
    client = await provider.client()
    good = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
    for name in [*PARAMETERS[path], "unknown", "client_secret"]:
        encoded = "%" + f"{ord(name[0]):02x}" + name[1:]
        rest = [(key, value) for key, value in good.items() if key != name]
        forms = (
            [*rest, (name, "a"), (name, "a")],
            [(name, "a"), *rest, (name, "b")],
            "&".join([*(f"{key}={value}" for key, value in rest), f"{name}=a", f"{encoded}=a"]),
        )
        for form in forms:
            answer = await post(provider, path, form, secret_of(client))
            assert (answer.status, json_of(answer)["error"]) == (400, "invalid_request"), (name, form)


async def test_a_body_that_is_too_large(provider: Provider) -> None:
    """Over 64 KiB: 413, before anything is parsed."""
    answer = await post(provider, "/token", "grant_type=" + "x" * 70_000)
    assert answer.status == 413


@pytest.mark.requirement("TK-17", "OT-04")
async def test_good_answers_are_not_stored_either(rp: RelyingParty, browser: Browser) -> None:
    """Token, introspection, UserInfo and revocation: JSON or nothing, and `no-store`."""
    page = await rp.sign_in(browser)
    redeemed = await rp.redeem(page.query["code"])
    access_token = redeemed.json()["access_token"]
    answers = [
        redeemed,
        await rp.post("/introspect", {"token": access_token}),
        await rp.userinfo(access_token),
        await rp.userinfo("nonsense"),
        await rp.post("/introspect", {}),
        await rp.post("/revoke", {}),
    ]
    for answer in answers:
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
    revoked = await rp.post("/revoke", {"token": access_token})
    assert (revoked.status_code, revoked.content, revoked.headers["cache-control"]) == (200, b"", "no-store")


async def test_an_unknown_parameter_is_ignored(rp: RelyingParty, browser: Browser) -> None:
    """RFC 6749 §3.2."""
    page = await rp.sign_in(browser, unknown="1", claims_locales="cs en")
    assert (await rp.redeem(page.query["code"], unknown="1")).status_code == 200


async def test_a_request_that_breaks_off_has_no_answer_to_fail(provider: Provider) -> None:
    """A body in small pieces is one body."""
    robot = await provider.client("robot", application_type="service", scope="api.read")
    headers = [("host", "localhost:8000"), ("content-type", "application/x-www-form-urlencoded"), secret_of(robot)]
    chunks = [b"grant_", b"type=client_", b"credentials"]
    answer = await call(provider.app, http_scope("POST", "/token", headers), chunks)
    assert answer.status == 200
