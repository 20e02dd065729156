"""Who is calling: one method, the registered one, and the same answer for every way of being wrong."""

import pytest

from idp.administration.clients import disable_client
from tests.support.asgi import Answer
from tests.support.calls import basic, json_of, post, secret_of
from tests.support.provider import Provider, TestClient

GRANT = {"grant_type": "client_credentials"}


async def service(provider: Provider, **metadata: object) -> TestClient:
    return await provider.client("robot", application_type="service", scope="api.read", **metadata)


def verdict(answer: Answer) -> str:
    assert answer.header("cache-control") == "no-store"
    return "tokens" if answer.status == 200 else f"{answer.status} {json_of(answer)['error']}"


@pytest.mark.requirement("TK-13", "OC-10")
async def test_the_registered_method_and_no_other(provider: Provider) -> None:
    """Basic for a Basic client, post for a post client; never both, never in the URL, never none."""
    robot = await service(provider)
    poster = await provider.client(
        "poster", application_type="service", scope="api.read", token_endpoint_auth_method="client_secret_post"
    )
    await provider.client("spa", application_type="spa")
    in_body = {"client_id": robot.id, "client_secret": robot.secret}
    poster_body = {"client_id": poster.id, "client_secret": poster.secret}
    query = f"/token?client_id={robot.id}&client_secret={robot.secret}"
    code = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://spa.example/cb"}
    answers = {
        "basic": await post(provider, "/token", GRANT, secret_of(robot)),
        "basic, with its own client_id": await post(
            provider, "/token", GRANT | {"client_id": "robot"}, secret_of(robot)
        ),
        "post for basic": await post(provider, "/token", GRANT | in_body),
        "post": await post(provider, "/token", GRANT | poster_body),
        "basic for post": await post(provider, "/token", GRANT, secret_of(poster)),
        "both": await post(provider, "/token", GRANT | in_body, secret_of(robot)),
        "both, other client": await post(provider, "/token", GRANT | poster_body, secret_of(robot)),
        "basic, another client_id": await post(provider, "/token", GRANT | {"client_id": "poster"}, secret_of(robot)),
        "in the query": await post(provider, query, GRANT),
        "in the query, beside basic": await post(provider, query, GRANT, secret_of(robot)),
        "no secret": await post(provider, "/token", GRANT | {"client_id": robot.id}),
        "empty secret": await post(provider, "/token", GRANT | {"client_id": poster.id, "client_secret": ""}),
        "empty secret in basic": await post(provider, "/token", GRANT, basic(robot.id, "")),
        "nobody": await post(provider, "/token", GRANT),
        "two headers": await post(provider, "/token", GRANT, secret_of(robot), secret_of(robot)),
        "bearer": await post(provider, "/token", GRANT, ("authorization", f"Bearer {robot.secret}")),
        "no base64": await post(provider, "/token", GRANT, ("authorization", "Basic !!!")),
        "no colon": await post(provider, "/token", GRANT, ("authorization", "Basic cm9ib3Q=")),
        "not UTF-8": await post(provider, "/token", GRANT, ("authorization", "Basic /////w==")),
        "secret of another client": await post(provider, "/token", GRANT, basic(robot.id, poster.secret)),
        "secret with a tail": await post(provider, "/token", GRANT, basic(robot.id, robot.secret + "x")),
        "secret of 60 KB": await post(
            provider, "/token", GRANT | {"client_id": "poster", "client_secret": "x" * 60_000}
        ),
        "public with a secret": await post(provider, "/token", code | {"client_id": "spa", "client_secret": "x"}),
        "public with basic": await post(provider, "/token", code, basic("spa", "")),
        "public": await post(provider, "/token", code | {"client_id": "spa", "code_verifier": "v" * 43}),
        "assertion": await post(
            provider,
            "/token",
            GRANT
            | {
                "client_id": robot.id,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": "e30.e30.",
            },
        ),
    }
    refused = {name: verdict(answer) for name, answer in answers.items()}
    good = {"basic", "basic, with its own client_id", "post"}
    malformed = {
        "both", "both, other client", "basic, another client_id", "in the query", "in the query, beside basic",
        "two headers",
    }  # fmt: skip
    assert refused == {
        name: "tokens" if name in good
        else "400 invalid_request" if name in malformed
        else "400 invalid_grant" if name == "public"
        else "401 invalid_client"
        for name in answers
    }  # fmt: skip
    for name, answer in answers.items():
        if answer.status == 401:  # RFC 6749 §5.2
            assert (answer.header("www-authenticate") or "").startswith("Basic "), name


@pytest.mark.requirement("TK-13")
async def test_credentials_are_form_encoded_inside_basic(provider: Provider) -> None:
    """RFC 6749 §2.3.1: a client id with reserved characters arrives as it was registered."""
    client = await provider.client("a.b~c-d_e", application_type="service", scope="api.read")
    assert verdict(await post(provider, "/token", GRANT, basic(client.id, client.secret))) == "tokens"


@pytest.mark.requirement("TK-16", "TK-20")
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke"])
async def test_failures_look_alike(provider: Provider, path: str) -> None:
    """An unknown client, a wrong secret and a disabled client: the same status, the same bytes, the same headers."""
    await service(provider)
    closed = await provider.client("closed", application_type="service", scope="api.read")
    async with provider.wiring.database.writing() as db:
        await disable_client(db, closed.id, origin=provider.origin())
    provider.wiring.clients.forget()
    form = GRANT | {"token": "x"}
    answers = [
        await post(provider, path, form, basic("nobody", "x")),
        await post(provider, path, form, basic("robot", "x")),
        await post(provider, path, form, basic(closed.id, closed.secret)),
        await post(provider, path, form, basic("acc_1", "x")),
    ]
    kept = [
        (answer.status, answer.body, [pair for pair in answer.headers if pair[0] != "x-request-id"])
        for answer in answers
    ]
    assert kept[0][0] == 401
    assert all(answer == kept[0] for answer in kept)


@pytest.mark.requirement("TK-16")
async def test_guessing_is_slowed_down(provider: Provider) -> None:
    """After a minute's worth of failures from one address: 429 with a time to wait; a right secret still works."""
    robot = await service(provider)
    answers = [await post(provider, "/token", GRANT, basic("robot", f"guess {number}")) for number in range(70)]
    assert answers[0].status == 401
    assert answers[-1].status == 429
    assert int(answers[-1].header("retry-after") or 0) > 0
    assert verdict(await post(provider, "/token", GRANT, secret_of(robot))) == "tokens"
