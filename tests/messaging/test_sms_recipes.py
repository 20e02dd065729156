"""The recipes of `docs/sms.md`, as they stand there, against a server that answers as each provider documents."""

import json
from urllib.parse import parse_qs

import pytest

from idp.messaging.gateways import Outcome
from idp.messaging.sms import SmsGateway
from idp.settings import Settings
from idp.wiring import sms_request_of
from tests.docs.documents import ROOT, Command, blocks_of, commands_of
from tests.messaging.letters import an_envelope
from tests.messaging.sms_provider import Received, SmsProvider
from tests.support.clock import MovableClock

TEXT = "482913 je váš kód & {to}\n@login.example.com #482913"
TWILIO_CREATED = json.dumps({"sid": "SM0", "status": "queued", "error_code": None, "to": "+420601123456"})
TWILIO_INVALID = json.dumps({"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400})
GOSMS_TOKEN = json.dumps({"access_token": "AccessToken1", "expires_in": 3600, "token_type": "bearer", "scope": "user"})
GOSMS_TAKEN = json.dumps({"recipients": {"invalid": []}, "link": "/api/v1/messages/42"})
GOSMS_INVALID = json.dumps({"recipients": {"invalid": ["+420601123456"]}, "link": None})
GOSMS_DENIED = json.dumps({"error": "access_denied", "error_description": "The access token provided is invalid."})


def recipe(name: str) -> Settings:
    """What a reader who typed the block under this heading has configured."""
    document = ROOT / "docs" / "sms.md"
    text = document.read_text(encoding="utf-8")
    start = text[: text.index(f"\n## {name}\n")].count("\n")
    block = next(block for block in blocks_of(document) if block.language == "sh" and block.line > start)
    exported = dict(word.partition("=")[::2] for command in commands_of(block) for word in _exported(command))
    return Settings(**{key.removeprefix("IDP_").lower(): value for key, value in exported.items()})  # type: ignore[arg-type]


def _exported(command: Command) -> tuple[str, ...]:
    assert command.program == "export", command.place
    return command.words[1:]


def gateway(name: str, provider: SmsProvider, clock: MovableClock) -> SmsGateway:
    """The recipe, with the provider's host replaced by the local one."""
    settings = recipe(name)
    local = {
        field: f"http://127.0.0.1:{provider.port}/{url.split('/', 3)[3]}"
        for field, url in (("sms_url", settings.sms_url), ("sms_token_url", settings.sms_token_url))
        if url
    }
    assert settings.sms_url.startswith("https://")
    return SmsGateway(sms_request_of(settings.model_copy(update=local)), clock=clock)


def vonage(status: str) -> str:
    return json.dumps({"message-count": "1", "messages": [{"to": "420601123456", "status": status}]})


async def outcomes(gateway: SmsGateway, count: int = 1) -> list[Outcome]:
    found = [(await gateway.send(an_envelope(channel="sms", text=TEXT))).outcome for _ in range(count)]
    await gateway.close()
    return found


def form_of(request: Received) -> dict[str, list[str]]:
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return parse_qs(request.body, strict_parsing=True)


async def test_twilio(sms_provider: SmsProvider, clock: MovableClock) -> None:
    """A form with Basic authentication; 201 is taken, 400 refused, 429 worth another try."""
    sms_provider.answers.extend([(201, TWILIO_CREATED), (400, TWILIO_INVALID), (429, '{"code": 20429}')])
    found = await outcomes(gateway("Twilio", sms_provider, clock), 3)
    assert found == [Outcome.ACCEPTED, Outcome.PERMANENT, Outcome.TEMPORARY]
    request = sms_provider.requests[0]
    assert (request.method, request.target.split("/")[1:3]) == ("POST", ["2010-04-01", "Accounts"])
    assert request.headers["authorization"].startswith("Basic ")
    assert form_of(request) == {"To": ["+420601123456"], "From": ["+15005550006"], "Body": [TEXT]}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (vonage("0"), Outcome.ACCEPTED),
        (vonage("1"), Outcome.TEMPORARY),
        (vonage("10"), Outcome.TEMPORARY),
        (vonage("4"), Outcome.PERMANENT),
        (vonage("9"), Outcome.PERMANENT),
        ('{"messages": []}', Outcome.PERMANENT),
        ("[" * 30_000, Outcome.PERMANENT),
        ("<html>maintenance</html>", Outcome.PERMANENT),
    ],
)
async def test_vonage(sms_provider: SmsProvider, clock: MovableClock, answer: str, outcome: Outcome) -> None:
    """It answers 200 always; the status in the body decides, and a body that cannot be read is no success."""
    sms_provider.answers.append((200, answer))
    assert await outcomes(gateway("Vonage", sms_provider, clock)) == [outcome]
    sent = form_of(sms_provider.requests[0])
    assert sent == {"from": ["Keygate"], "to": ["420601123456"], "text": [TEXT], "type": ["unicode"]}


async def test_gosms(sms_provider: SmsProvider, clock: MovableClock) -> None:
    """One access token serves many SMS until it ends or is not taken any more; an invalid number is a refusal."""
    sms_provider.answers.extend([(200, GOSMS_TOKEN), (201, GOSMS_TAKEN), (201, GOSMS_INVALID)])
    sender = gateway("GoSMS", sms_provider, clock)
    assert await outcomes(sender, 2) == [Outcome.ACCEPTED, Outcome.PERMANENT]
    token, first, second = sms_provider.requests
    assert token.target == "/oauth/v2/token"
    assert form_of(token)["grant_type"] == ["client_credentials"]
    assert [first.target, second.target] == ["/api/v1/messages/"] * 2
    assert first.headers["authorization"] == second.headers["authorization"] == "Bearer AccessToken1"
    assert json.loads(first.body) == {"message": TEXT, "recipients": "+420601123456", "channel": 1}

    sms_provider.answers.extend([(401, GOSMS_DENIED), (200, GOSMS_TOKEN), (201, GOSMS_TAKEN)])
    assert await outcomes(sender, 2) == [Outcome.TEMPORARY, Outcome.ACCEPTED]
    clock.advance(seconds=3540)
    sms_provider.answers.extend([(200, GOSMS_TOKEN), (201, GOSMS_TAKEN)])
    assert await outcomes(sender) == [Outcome.ACCEPTED]
    assert [request.target for request in sms_provider.requests].count("/oauth/v2/token") == 3


@pytest.mark.parametrize(
    "answer", [(401, GOSMS_DENIED), (200, "{}"), (200, "[]"), (200, "no JSON"), (503, ""), (0, "")]
)
async def test_without_an_access_token_nothing_is_sent(
    sms_provider: SmsProvider, clock: MovableClock, answer: tuple[int, str]
) -> None:
    """The provider counts as unreachable, which costs no message a try."""
    sms_provider.answers.append(answer)
    assert await outcomes(gateway("GoSMS", sms_provider, clock)) == [Outcome.UNREACHABLE]
    assert len(sms_provider.requests) == 1
