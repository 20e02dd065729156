"""`POST /par` (RFC 9126): the client's own authentication, every check at once, and JSON in return."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from idp.grants.pushed_requests import REQUEST_URI_PREFIX
from tests.support.asgi import Answer
from tests.support.calls import get, json_of, location_of, post, secret_of
from tests.support.client_keys import ClientKey
from tests.support.clock import MovableClock
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty
from tests.support.request_objects import claims_for, parameters_of, push, pushed_url, signing_party, verdict


@pytest.mark.requirement("OC-41", "TK-17")
async def test_the_answer(rp: RelyingParty) -> None:
    """RFC 9126 §2.2: 201, JSON that no cache keeps, a name of 128 random bits, and its lifetime."""
    answers = [await push(rp, parameters_of(rp)) for _ in range(2)]
    names = set()
    for answer in answers:
        assert answer.status == 201
        assert answer.header("content-type") == "application/json"
        assert answer.header("cache-control") == "no-store"
        body = json_of(answer)
        assert body.keys() == {"request_uri", "expires_in"}
        assert body["expires_in"] == 90
        assert len(body["request_uri"].removeprefix(REQUEST_URI_PREFIX)) >= 22
        names.add(body["request_uri"])
    assert len(names) == 2


@pytest.mark.requirement("OT-28", "OT-29", "TK-17")
async def test_everything_is_checked_when_it_is_pushed(rp: RelyingParty) -> None:
    """The error that the authorization endpoint would give, in JSON; nothing is kept."""
    for changes, error in (
        ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "pigeon"}, "invalid_request"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"state": "s" * 2049}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"request_uri": REQUEST_URI_PREFIX + "x"}, "invalid_request"),
        ({"request_uri": "https://shop.example/r"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
    ):
        answer = await push(rp, parameters_of(rp, **changes))
        assert await verdict(answer) == f"400 {error}", changes
        assert answer.header("location") is None
        assert answer.header("cache-control") == "no-store"
    async with rp.provider.wiring.database.reading() as db:
        assert (await db.exec_driver_sql("SELECT count(*) FROM pushed_requests")).scalar() == 0


@pytest.mark.requirement("AZ-06", "OT-28")
async def test_repeated_parameters_and_other_methods(rp: RelyingParty) -> None:
    """Each parameter twice is refused, and so is one in the query; GET is not served."""
    parameters = parameters_of(rp)
    authentication = secret_of(rp.client)
    for name, value in parameters.items():
        for second in (value, "other"):
            twice = urlencode([*parameters.items(), (name, second)])
            assert await verdict(await post(rp.provider, "/par", twice, authentication)) == "400 invalid_request"
        split = await post(rp.provider, f"/par?{urlencode({name: value})}", parameters, authentication)
        assert await verdict(split) == "400 invalid_request"
    refused = await get(rp.provider, f"/par?{urlencode(parameters)}", authentication)
    assert (refused.status, refused.header("allow")) == (405, "OPTIONS, POST")


@pytest.mark.requirement("TK-13", "OC-41")
async def test_the_client_proves_itself(provider: Provider, rp: RelyingParty) -> None:
    """As at the token endpoint: by secret, by key for this address; a public client by its name alone."""
    parameters = parameters_of(rp)
    bare = await post(provider, "/par", parameters)
    assert await verdict(bare) == "401 invalid_client"
    wrong = await post(provider, "/par", parameters, secret_of(type(rp.client)(rp.client.id, "wrong", "")))
    assert await verdict(wrong) == "401 invalid_client"
    without_name = {name: value for name, value in parameters.items() if name != "client_id"}
    assert await verdict(await push(rp, without_name)) == "pushed"
    foreign = await push(rp, parameters | {"client_id": "other"})
    assert await verdict(foreign) == "400 invalid_request"
    key = ClientKey.generate()
    signer = await signing_party(provider, key, token_endpoint_auth_method="private_key_jwt")
    assertion = key.assertion("signer", f"{provider.issuer}/par", provider.clock.now())
    assert await verdict(await post(provider, "/par", parameters_of(signer) | assertion)) == "pushed"
    spa = RelyingParty(provider, await provider.client("spa", application_type="spa"))
    answer = await post(provider, "/par", parameters_of(spa), ("origin", "https://spa.example"))
    assert await verdict(answer) == "pushed"
    assert answer.header("access-control-allow-origin") == "*"


@pytest.mark.requirement("DS-09")
async def test_whoever_speaks_for_a_public_client_stores_little(provider: Provider, rp: RelyingParty) -> None:
    """Sixty a minute from one address, since nobody has proven anything; a client with a secret is not counted."""
    spa = RelyingParty(provider, await provider.client("spa", application_type="spa"))
    answers = [await post(provider, "/par", parameters_of(spa)) for _ in range(61)]
    assert [answer.status for answer in answers] == [201] * 60 + [429]
    assert answers[-1].header("retry-after")
    assert json_of(answers[-1])["error"] == "temporarily_unavailable"
    assert await verdict(await push(rp, parameters_of(rp))) == "pushed"


@pytest.mark.requirement("OC-46", "AZ-21")
async def test_a_signed_request_can_be_pushed(provider: Provider) -> None:
    """RFC 9126 §3: the object is opened when it is pushed; one that is not good is refused there."""
    key, other = ClientKey.generate(), ClientKey.generate()
    rp = await signing_party(provider, key)
    url = await pushed_url(rp, {"request": key.sign(claims_for(rp))})
    assert location_of(await get(provider, url))[0] == "/login"
    assert await verdict(await push(rp, {"request": other.sign(claims_for(rp))})) == "400 invalid_request_object"
    outside = key.sign(claims_for(rp, redirect_uri="https://evil.example/cb"))
    assert await verdict(await push(rp, {"request": outside})) == "400 invalid_request"
    huge = key.sign(claims_for(rp, padding="x" * 17_000))
    assert await verdict(await push(rp, {"request": huge})) == "400 invalid_request_object"
    foreign = key.sign(claims_for(rp, client_id="shop"))
    assert await verdict(await push(rp, {"request": foreign})) == "400 invalid_request_object"


async def refusal_of(rp: RelyingParty, url: str) -> str | None:
    answer: Answer = await get(rp.provider, url)
    return location_of(answer)[1].get("error")


async def test_pushing_can_be_demanded(
    provider: Provider, sqlite_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """RFC 9126 §5, §6: by the client's metadata, or of everybody by a setting, which discovery tells."""
    rp = RelyingParty(provider, await provider.client("pusher", require_pushed_authorization_requests=True))
    assert await refusal_of(rp, rp.authorization_url()) == "invalid_request"
    assert await refusal_of(rp, await pushed_url(rp, parameters_of(rp))) is None
    settings = test_settings(sqlite_url, tmp_path / "var", require_pushed_authorization_requests=True)
    async with running_provider(settings, clock) as strict:
        assert json_of(await get(strict, "/.well-known/openid-configuration"))["require_pushed_authorization_requests"]
        shop = RelyingParty(strict, await strict.client())
        assert await refusal_of(shop, shop.authorization_url()) == "invalid_request"
        assert await refusal_of(shop, await pushed_url(shop, parameters_of(shop))) is None
