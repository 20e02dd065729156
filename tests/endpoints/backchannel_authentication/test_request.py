"""`POST /bc-authorize` (CIBA Core 1.0 §7.1, §7.3, §13): what a client may ask, and how it is refused."""

from pathlib import Path

import pytest
from sqlalchemy import select

from idp.decoupled.table import decoupled_requests
from tests.support.browser import Browser
from tests.support.clock import MovableClock
from tests.support.decoupled import BANK, Asking, an_asking_client, error_of
from tests.support.provider import Provider, running_provider, test_settings
from tests.support.relying_party import RelyingParty


@pytest.fixture
async def bank(provider: Provider) -> Asking:
    """A client that polls, beside the account lucie@wedos.cz."""
    await provider.account(login_name="lucie")
    return await an_asking_client(provider)


@pytest.mark.requirement("OC-49")
async def test_the_answer_and_the_mail(bank: Asking) -> None:
    """Three members, kept by no cache; the mail names the application and its message, and leads to us."""
    answer = await bank.ask(binding_message="Transfer 4711")
    assert answer.json().keys() == {"auth_req_id", "expires_in", "interval"}
    assert (answer.json()["expires_in"], answer.json()["interval"]) == (300, 5)
    assert answer.headers["cache-control"] == "no-store"
    (mail,) = await bank.provider.inbox()
    assert mail["to"] == "lucie@wedos.cz"
    assert "Acme Bank" in mail["subject"]
    assert "Transfer 4711" in mail["text"]
    assert "http://localhost:8000/account/requests" in mail["text"]
    assert answer.json()["auth_req_id"] not in mail["text"]
    assert "backchannel_request_made" in await bank.provider.events()


@pytest.mark.requirement("TK-09")
async def test_TK_09_no_secret_is_stored(bank: Asking) -> None:
    """`auth_req_id` stands in the table as a digest; 256 bits."""
    started = await bank.started()
    assert len(started["auth_req_id"]) == 43
    async with bank.provider.wiring.database.reading() as db:
        row = (await db.execute(select(decoupled_requests))).one()
    assert started["auth_req_id"] not in str(row)


@pytest.mark.parametrize("hint", ["lucie@wedos.cz", "Lucie@WEDOS.cz", "lucie"])
async def test_a_login_hint_is_whatever_one_signs_in_with(bank: Asking, hint: str) -> None:
    """Email or login name, in any spelling."""
    assert (await bank.ask(login_hint=hint)).status_code == 200


async def test_an_id_token_is_a_hint(bank: Asking, browser: Browser) -> None:
    """One that this client was given; another client's, or nonsense, is none."""
    shop = RelyingParty(bank.provider, await bank.provider.client())
    foreign = (await shop.tokens(browser))["id_token"]
    for hint in (foreign, "x.y.z"):
        assert error_of(await bank.ask(login_hint=None, id_token_hint=hint)) == "invalid_request"


@pytest.mark.parametrize(
    "changes",
    [
        {"login_hint": None},
        {"id_token_hint": "x.y.z"},
        {"login_hint": None, "login_hint_token": "x.y.z"},
        {"login_hint": "x" * 321},
    ],
    ids=["none", "two", "login_hint_token", "too long"],
)
async def test_exactly_one_hint(bank: Asking, changes: dict[str, str | None]) -> None:
    """CIBA §7.1; `login_hint_token` is not supported."""
    assert error_of(await bank.ask(**changes)) == "invalid_request"


@pytest.mark.parametrize("hint", ["nobody@wedos.cz", "", "ota@wedos.cz", "ø\u202e"])
async def test_an_unknown_person(bank: Asking, hint: str) -> None:
    """No account, or one whose address is not proven to be its owner's."""
    await bank.provider.account("ota@wedos.cz", email_verified=False, phone="+420601222333")
    expected = "unknown_user_id" if hint else "invalid_request"
    assert error_of(await bank.ask(login_hint=hint)) == expected
    assert await bank.provider.inbox() == []


@pytest.mark.requirement("TK-19", "PW-13")
async def test_PW_13_a_locked_account_is_asked_nothing(bank: Asking) -> None:
    """As if there were none."""
    await bank.provider.lock("lucie@wedos.cz")
    assert error_of(await bank.ask()) == "unknown_user_id"


@pytest.mark.requirement("PW-10")
async def test_PW_10_a_client_cannot_try_out_addresses(bank: Asking) -> None:
    """The specification has an answer for unknown people; a client gets few of them in an hour."""
    answers = [await bank.ask(login_hint=f"nobody{number}@wedos.cz") for number in range(62)]
    assert [answer.status_code for answer in answers] == [400] * 60 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_nobody_is_flooded_with_requests(bank: Asking) -> None:
    """Ten in an hour, whichever client asks: who is asked often enough agrees in the end."""
    other = await an_asking_client(bank.provider, "lender", client_name="Lender")
    answers = [await client.ask() for _ in range(6) for client in (bank, other)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2


@pytest.mark.requirement("OC-49")
@pytest.mark.parametrize(
    "message",
    ["x" * 101, "   ", "see https://evil.example", "//evil.example", "a\u202eb", "<b>x</b>", "a\\b", "{{7*7}}"],
)
async def test_a_binding_message_is_plain_and_short(bank: Asking, message: str) -> None:
    """CIBA §13: `invalid_binding_message`."""
    assert error_of(await bank.ask(binding_message=message)) == "invalid_binding_message"


@pytest.mark.parametrize("message", ["W4SCT", "Převod 1 200 Kč, č. 47/11?", "x" * 100])
async def test_a_good_binding_message(bank: Asking, message: str) -> None:
    """Letters of any language, digits, punctuation."""
    assert (await bank.ask(binding_message=message)).status_code == 200


@pytest.mark.requirement("OC-49")
@pytest.mark.parametrize(("asked", "given"), [("30", 30), ("300", 300), ("86400", 300)])
async def test_requested_expiry(bank: Asking, asked: str, given: int) -> None:
    """As far as the installation lets it, and it counts."""
    started = await bank.started(requested_expiry=asked)
    assert started["expires_in"] == given
    bank.provider.clock.advance(seconds=given)
    assert error_of(await bank.poll(started["auth_req_id"])) == "expired_token"


@pytest.mark.parametrize("asked", ["0", "-1", "1.5", "x", "٣", "9" * 30])
async def test_a_bad_requested_expiry(bank: Asking, asked: str) -> None:
    """A positive integer."""
    assert error_of(await bank.ask(requested_expiry=asked)) == "invalid_request"


@pytest.mark.parametrize("scope", [None, "profile", "openid unknown"])
async def test_scope_has_openid(bank: Asking, scope: str | None) -> None:
    """CIBA §7.1, and nothing the client is not registered for."""
    assert error_of(await bank.ask(scope=scope)) == "invalid_scope"


async def test_a_client_that_is_not_registered_for_it(bank: Asking) -> None:
    """`unauthorized_client`, at both endpoints; without authentication `invalid_client`."""
    shop = Asking(bank.provider, await bank.provider.client())
    for answer in (await shop.ask(), await shop.poll("x")):
        assert error_of(answer) == "unauthorized_client"
    stranger = Asking(bank.provider, type(shop.client)("bank", "wrong", ""))
    assert (await stranger.ask()).status_code == 401


async def test_user_codes_are_not_used(bank: Asking) -> None:
    """Discovery says so; one that is sent anyway changes nothing."""
    assert (await bank.ask(user_code="1234")).status_code == 200


async def test_the_limit_of_one_person_is_a_setting(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> None:
    """An installation whose people confirm all day long says so."""
    settings = test_settings(sqlite_url, tmp_path / "var", backchannel_person_limit="2/hour")
    async with running_provider(settings, clock) as provider:
        await provider.account()
        bank = Asking(provider, await provider.client("bank", **BANK))
        assert [(await bank.ask()).status_code for _ in range(3)] == [200, 200, 429]
