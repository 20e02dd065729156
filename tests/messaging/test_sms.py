"""The SMS gateway against a real HTTP server: any provider's request, and what its answers mean."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.messaging.gateways import Outcome
from idp.messaging.sms import SmsGateway, SmsRequest
from tests.messaging.letters import an_envelope
from tests.messaging.sms_provider import HANG, LOST, SmsProvider

AWKWARD = '482913 je "váš" kód & {to} \\ 100% <b>\n@login.example.com #482913'


async def test_json_request(sms_provider: SmsProvider) -> None:
    """Number and words arrive as they are, whatever characters they have; the headers are the configured ones."""
    gateway = SmsGateway(SmsRequest(sms_provider.url, headers={"Authorization": "Bearer k"}, timeout=0.3))
    envelope = an_envelope(channel="sms", text=AWKWARD)
    delivery = await gateway.send(envelope)
    await gateway.close()
    assert (delivery.outcome, delivery.answer) == (Outcome.ACCEPTED, "200 ok")
    (request,) = sms_provider.requests
    assert (request.method, request.target) == ("POST", "/send")
    assert json.loads(request.body) == {"to": "+420601123456", "text": AWKWARD}
    assert request.headers["authorization"] == "Bearer k"
    assert request.headers["content-type"] == "application/json"
    assert "idempotency-key" not in request.headers


async def test_form_and_query_requests(sms_provider: SmsProvider) -> None:
    """The same for a provider that wants a form, and for one that wants everything in the address."""
    form = SmsGateway(SmsRequest(sms_provider.url, body="number={to}&message={text}&ref={id}"))
    query = SmsGateway(SmsRequest(f"{sms_provider.url}?to={{to}}&text={{text}}", method="GET", body=""))
    envelope = an_envelope(channel="sms", text=AWKWARD)
    for gateway in (form, query):
        assert (await gateway.send(envelope)).outcome is Outcome.ACCEPTED
        await gateway.close()
    posted, fetched = sms_provider.requests
    assert parse_qs(posted.body) == {"number": ["+420601123456"], "message": [AWKWARD], "ref": [envelope.id]}
    assert fetched.method == "GET"
    assert parse_qs(urlsplit(fetched.target).query) == {"to": ["+420601123456"], "text": [AWKWARD]}


async def test_xml_request(sms_provider: SmsProvider) -> None:
    """In an XML body the words cannot become markup."""
    gateway = SmsGateway(SmsRequest(sms_provider.url, headers={"content-type": "text/xml"}, body="<sms>{text}</sms>"))
    await gateway.send(an_envelope(channel="sms", text='<b>&"'))
    await gateway.close()
    assert sms_provider.requests[0].body == "<sms>&lt;b>&amp;&quot;</sms>"


@pytest.mark.requirement("RB-06")
@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (202, Outcome.ACCEPTED),
        (302, Outcome.PERMANENT),
        (400, Outcome.PERMANENT),
        (401, Outcome.PERMANENT),
        (429, Outcome.TEMPORARY),
        (500, Outcome.TEMPORARY),
        (503, Outcome.TEMPORARY),
        (504, Outcome.UNKNOWN),
        (LOST, Outcome.UNKNOWN),
        (HANG, Outcome.UNKNOWN),
    ],
)
async def test_each_answer_has_its_outcome(sms_provider: SmsProvider, status: int, outcome: Outcome) -> None:
    """An SMS whose answer is lost may have been sent; redirects are not followed; a later SMS is not affected."""
    gateway = SmsGateway(SmsRequest(sms_provider.url, timeout=0.3))
    sms_provider.answers.append((status, "told"))
    assert (await gateway.send(an_envelope(channel="sms"))).outcome is outcome
    assert (await gateway.send(an_envelope(channel="sms"))).outcome is Outcome.ACCEPTED
    await gateway.close()
    assert len(sms_provider.requests) == 2


async def test_success_is_what_the_provider_calls_success(sms_provider: SmsProvider) -> None:
    """A provider that answers 200 for its own failures can be told apart by a list of codes."""
    gateway = SmsGateway(SmsRequest(sms_provider.url, success="201, 202"))
    sms_provider.answers.extend([(200, "no credit"), (201, "sent")])
    assert (await gateway.send(an_envelope(channel="sms"))).outcome is Outcome.PERMANENT
    assert (await gateway.send(an_envelope(channel="sms"))).outcome is Outcome.ACCEPTED
    await gateway.close()


@pytest.mark.requirement("RB-06")
async def test_a_provider_that_is_down_tries_no_message(free_port: int) -> None:
    """Nobody listens: nothing was sent, and the message can wait."""
    gateway = SmsGateway(SmsRequest(f"http://127.0.0.1:{free_port}/", timeout=0.3))
    assert (await gateway.send(an_envelope(channel="sms"))).outcome is Outcome.UNREACHABLE
    await gateway.close()


@pytest.mark.requirement("OU-08")
@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (SmsRequest("http://sms.example.com/"), "https"),
        (SmsRequest("ftp://sms.example.com/"), "https"),
        (SmsRequest("https://sms.example.com/", success="fine"), "IDP_SMS_SUCCESS"),
        (SmsRequest("https://sms.example.com/", success_body="ok"), "IDP_SMS_SUCCESS_BODY"),
        (SmsRequest("https://sms.example.com/", retry_body="a..b=1"), "IDP_SMS_RETRY_BODY"),
        (SmsRequest("https://sms.example.com/", idempotency_header="a: b"), "IDP_SMS_IDEMPOTENCY_HEADER"),
        (SmsRequest("https://sms.example.com/", token_url="http://sms.example.com/"), "IDP_SMS_TOKEN_URL"),
    ],
)
def test_an_unsafe_or_senseless_configuration_is_refused(request_: SmsRequest, words: str) -> None:
    """Codes do not travel in the clear, and a success rule that can never hold is told at once."""
    with pytest.raises(ValueError, match=words):
        SmsGateway(request_)


def test_the_gateway_does_not_show_its_key() -> None:
    """A settings object in a log or a traceback keeps the secret."""
    assert "hunter2" not in repr(SmsRequest("https://sms.example.com/", headers={"X-Key": "hunter2"}))
