"""Operators follow every message and help a failed one, without ever seeing what it says."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from idp.administration.messages import (
    MessageView,
    answer_without_recipient,
    get_message,
    list_messages,
    retry_message,
)
from idp.administration.pruning import Pruner
from idp.administration.refusal import Refused
from idp.audit.store import list_events
from idp.messaging.sms import SmsGateway, SmsRequest
from idp.messaging.store import MessageFate
from idp.messaging.table import outbox
from tests.messaging.sms_provider import LOST, SmsProvider
from tests.support.browser import Browser
from tests.support.gateways import send_through
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

PHONE = "+420601123456"
REFUSED = (400, f"number {PHONE} is barred")


@pytest.fixture
async def sms_provider() -> AsyncIterator[SmsProvider]:
    async with SmsProvider().running() as provider:
        yield provider


@pytest.fixture
async def person(any_provider: Provider, sms_provider: SmsProvider) -> AsyncIterator[Browser]:
    """At the page that waits for the code of an SMS, which was not sent yet."""
    send_through(any_provider, sms=SmsGateway(SmsRequest(sms_provider.url, timeout=0.3)))
    await any_provider.account(phone_verified=False)
    async with Browser(any_provider.app) as browser:
        await RelyingParty(any_provider, await any_provider.client()).sign_in(browser)
        await browser.submit(button="send-sms")
        yield browser


async def listed(provider: Provider, **filters: Any) -> list[MessageView]:
    async with provider.wiring.database.reading() as db:
        return await list_messages(db, **filters)


async def only_sms(provider: Provider) -> MessageView:
    (message,) = await listed(provider, channel="sms")
    return message


async def retry(provider: Provider, message_id: str) -> MessageView:
    async with provider.wiring.database.writing() as db:
        return await retry_message(db, message_id, origin=provider.origin())


async def payload(provider: Provider, message_id: str) -> bytes | None:
    async with provider.wiring.database.reading() as db:
        return await db.scalar(select(outbox.c.sealed_payload).where(outbox.c.id == message_id))


@pytest.mark.usefixtures("person")
async def test_the_fate_of_a_message_and_nothing_it_says(any_provider: Provider, sms_provider: SmsProvider) -> None:
    """State, tries, gateway and answer; neither the code nor the whole number, which the provider repeats."""
    assert (await only_sms(any_provider)).state == "queued"
    sms_provider.answers.append(REFUSED)
    await any_provider.wiring.outbox.deliver_due()
    message = await only_sms(any_provider)
    assert (message.state, message.attempts, message.gateway, message.kind) == ("failed", 1, "sms", "verify_phone")
    assert message.recipient == "+420 ••• ••• 456"
    assert message.answer == "permanent: 400 number +420 ••• ••• 456 is barred"
    sent = sms_provider.requests[0].body
    code = sent[sent.index("#") + 1 :][:6]
    assert code.isdigit()
    assert code not in repr(message)
    assert [view.id for view in await listed(any_provider, state="failed")] == [message.id]
    assert await listed(any_provider, state="sent") == []
    assert await listed(any_provider, account_id="acc_other") == []


async def test_a_failed_message_is_sent_again(
    any_provider: Provider, sms_provider: SmsProvider, person: Browser
) -> None:
    """Once: the second operator is told that it is under way, then that it was sent. The code in it works."""
    sms_provider.answers.append(REFUSED)
    await any_provider.wiring.outbox.deliver_due()
    message = await only_sms(any_provider)
    assert (await retry(any_provider, message.id)).state == "queued"
    with pytest.raises(Refused, match="is being tried"):
        await retry(any_provider, message.id)
    await any_provider.wiring.outbox.deliver_due()
    with pytest.raises(Refused, match="was sent already"):
        await retry(any_provider, message.id)
    assert len(sms_provider.requests) == 2
    assert await payload(any_provider, message.id) is None
    sent = sms_provider.requests[1].body
    page = await person.submit(code=sent[sent.index("#") + 1 :][:6])
    assert "code" in page.query
    async with any_provider.wiring.database.reading() as db:
        retried = [event for event in await list_events(db) if event.event == "message_retried"]
    assert [event.details["message_id"] for event in retried] == [message.id]


@pytest.mark.usefixtures("person")
async def test_eight_operators_retry_it_once(any_provider: Provider, sms_provider: SmsProvider) -> None:
    """All press at the same moment: one queues it, the others are refused, and one SMS leaves."""
    sms_provider.answers.append(REFUSED)
    await any_provider.wiring.outbox.deliver_due()
    message = await only_sms(any_provider)
    answers = await asyncio.gather(*(retry(any_provider, message.id) for _ in range(8)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["MessageView"] + ["Refused"] * 7
    await any_provider.wiring.outbox.deliver_due()
    assert len(sms_provider.requests) == 2


async def test_what_does_not_hold_any_more_is_not_sent_again(
    any_provider: Provider, sms_provider: SmsProvider, person: Browser
) -> None:
    """A code that was guessed at five times, or has expired, helps nobody; its words are erased with it."""
    sms_provider.answers.append(REFUSED)
    await any_provider.wiring.outbox.deliver_due()
    message = await only_sms(any_provider)
    assert await payload(any_provider, message.id) is not None
    for _ in range(5):
        await person.submit(code="000000")
    with pytest.raises(Refused, match="request a new one"):
        await retry(any_provider, message.id)
    any_provider.clock.advance(minutes=10)
    with pytest.raises(Refused, match="request a new one"):
        await retry(any_provider, message.id)
    await Pruner(any_provider.wiring.database).turn(any_provider.clock.now())
    assert await payload(any_provider, message.id) is None


@pytest.mark.usefixtures("person")
async def test_an_sms_that_may_have_been_sent_is_not_sent_again(
    any_provider: Provider, sms_provider: SmsProvider
) -> None:
    """RB-06 holds for operators too."""
    sms_provider.answers.append((LOST, ""))
    await any_provider.wiring.outbox.deliver_due()
    message = await only_sms(any_provider)
    with pytest.raises(Refused, match="may have been sent"):
        await retry(any_provider, message.id)
    assert len(sms_provider.requests) == 1


async def test_an_unknown_message(provider: Provider) -> None:
    """One sentence that says where to look."""
    async with provider.wiring.database.reading() as db:
        with pytest.raises(Refused, match="idp messages list"):
            await get_message(db, "nothing")


@pytest.mark.parametrize(
    ("recipient", "answer", "shown"),
    [
        ("lucy.stone@example.com", "550 <Lucy.Stone@EXAMPLE.com>: no such user", "550 <*>: no such user"),
        (PHONE, f"{PHONE} and 420601123456 are barred", "* and * are barred"),
        (PHONE, None, None),
    ],
)
def test_the_recipient_is_hidden_in_the_answer_however_it_is_spelt(
    recipient: str, answer: str | None, shown: str | None
) -> None:
    """Servers repeat an address in letters of their own choice, and a number without its plus."""
    fate = MessageFate("m", "mail", "kind", None, recipient, "failed", 1, 0, 0, 0, None, "smtp", answer)
    assert answer_without_recipient(fate, "*") == shown
