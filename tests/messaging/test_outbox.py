"""Queueing: with the caller's transaction, sealed, and only what can be sent."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from idp.database.engine import Database
from idp.messaging.kinds import KINDS
from idp.messaging.outbox import Message, enqueue, open_payload
from idp.messaging.store import list_fates
from idp.messaging.table import outbox
from idp.sealing import MasterKeys, SealBroken
from tests.messaging.letters import NOW, VALUES, a_mail, an_sms, needed_values
from tests.support.clock import MovableClock


@pytest.mark.requirement("LG-01")
async def test_the_payload_is_sealed(database: Database, master_keys: MasterKeys, clock: MovableClock) -> None:
    """Code and link stand nowhere in the row, and the seal fits this row only."""
    async with database.writing() as db:
        message_id = await enqueue(db, master_keys, a_mail(locale="cs"), clock.now())
        other_id = await enqueue(db, master_keys, a_mail(), clock.now())
    async with database.reading() as db:
        row = (await db.execute(select(outbox).where(outbox.c.id == message_id))).mappings().one()
    assert (row["state"], row["attempts"], row["due_at"], row["expires_at"]) == ("queued", 0, NOW, NOW + 900)
    assert not any(secret in repr(dict(row)) for secret in ("482913", "t=abc"))
    assert open_payload(master_keys, message_id, row["sealed_payload"]) == (
        "cs",
        {"code": VALUES["code"], "link": VALUES["link"]},
    )
    with pytest.raises(SealBroken):
        open_payload(master_keys, other_id, row["sealed_payload"])


async def test_a_rolled_back_cause_sends_nothing(
    database: Database, master_keys: MasterKeys, clock: MovableClock
) -> None:
    """The message shares the fate of the transaction that caused it."""

    async def fail_after_queueing() -> None:
        async with database.writing() as db:
            await enqueue(db, master_keys, a_mail(), clock.now())
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_queueing()
    async with database.reading() as db:
        assert await list_fates(db) == []


@pytest.mark.requirement("LG-08")
async def test_every_kind_can_be_queued(database: Database, master_keys: MasterKeys, clock: MovableClock) -> None:
    """Each kind goes into the queue by each of its channels; without a date it lives for three days."""
    async with database.writing() as db:
        for kind, rules in KINDS.items():
            for channel in rules.channels:
                recipient = "lucie@example.net" if channel == "mail" else "+420601123456"
                message = Message(channel, kind, "acc_1", recipient, "en", needed_values(kind))  # type: ignore[arg-type]
                await enqueue(db, master_keys, message, clock.now())
    async with database.reading() as db:
        fates = await list_fates(db, account_id="acc_1")
        assert {fate.kind for fate in fates} == set(KINDS)
        assert set(await db.scalars(select(outbox.c.expires_at))) == {NOW + 3 * 24 * 3600}


@pytest.mark.requirement("RC-21")
@pytest.mark.parametrize(
    "recipient",
    [
        "lucie@example.net\r\nBcc: victim@example.org",
        "lucie@example.net,victim@example.org",
        "lucie@example.net victim@example.org",
        "Lucie <lucie@example.net>",
        "lucie@example.net>",
        "lucie@victim@example.org",
        '"lucie"@example.net',
        "lucie@",
        "@example.net",
        "lucıe@example.net",
        "",
        "l" * 65 + "@example.net",
        "lucie@" + "e" * 250,
    ],
)
async def test_a_mail_has_exactly_one_plain_recipient(
    sqlite_database: Database, master_keys: MasterKeys, recipient: str
) -> None:
    """Whatever a mail program could read as a second recipient or a header is refused."""
    async with sqlite_database.writing() as db:
        with pytest.raises(ValueError, match="not one mail recipient"):
            await enqueue(db, master_keys, a_mail(recipient=recipient), NOW)


@pytest.mark.parametrize("recipient", ["601123456", "+420 601 123 456", "+420601123456,+420602", "+1234567890123456"])
async def test_an_sms_goes_to_one_number(sqlite_database: Database, master_keys: MasterKeys, recipient: str) -> None:
    """Only an E.164 number is a recipient."""
    async with sqlite_database.writing() as db:
        with pytest.raises(ValueError, match="not one sms recipient"):
            await enqueue(db, master_keys, an_sms(recipient=recipient), NOW)


@pytest.mark.parametrize(
    ("channel", "kind", "values", "words"),
    [
        ("mail", "greeting", {}, "no mail of the kind"),
        ("sms", "verify_email", VALUES, "no sms of the kind"),
        ("mail", "verify_email", {"code": "482913"}, "needs link"),
        ("mail", "new_device", {}, "needs address, browser, when"),
    ],
)
async def test_what_no_template_could_say_is_refused(
    sqlite_database: Database,
    master_keys: MasterKeys,
    channel: str,
    kind: str,
    values: Mapping[str, str | int],
    words: str,
) -> None:
    """A mistake of the caller is told where it is made, not minutes later by the worker."""
    message = Message(channel, kind, None, "lucie@example.net", "en", values)  # type: ignore[arg-type]
    async with sqlite_database.writing() as db:
        with pytest.raises(ValueError, match=words):
            await enqueue(db, master_keys, message, NOW)
