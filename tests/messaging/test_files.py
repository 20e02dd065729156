"""The development inbox."""

import json
from pathlib import Path

from idp.messaging.files import FileGateway, read_inbox
from idp.messaging.gateways import Outcome
from tests.messaging.letters import NOW, an_envelope


async def test_messages_become_files_newest_first(tmp_path: Path) -> None:
    """Everything a page wants to show is there, also for several messages of one second."""
    inbox = tmp_path / "var" / "inbox"
    gateway = FileGateway(inbox)
    assert read_inbox(inbox) == []
    mail = an_envelope(text="Kód\n", links=("https://login.example.com/x",))
    for envelope in (mail, an_envelope(channel="sms"), an_envelope(at=NOW - 60)):
        assert (await gateway.send(envelope)).outcome is Outcome.ACCEPTED
    await gateway.close()
    sms, newest_mail, old = read_inbox(inbox)
    assert (sms["channel"], sms["to"], sms["subject"], sms["code"]) == ("sms", "+420601123456", "", "482913")
    assert newest_mail == {
        "id": mail.id,
        "channel": "mail",
        "to": "lucie@example.net",
        "subject": "Example Ltd – Verify your email: 482 913",
        "text": "Kód\n",
        "html": "<p>482913</p>",
        "links": ["https://login.example.com/x"],
        "code": "482913",
        "at": NOW,
    }
    assert old["at"] == NOW - 60
    assert (inbox.stat().st_mode & 0o077) == 0


async def test_the_inbox_is_bounded(tmp_path: Path) -> None:
    """The oldest messages go when there are too many."""
    gateway = FileGateway(tmp_path)
    for number in range(499):
        (tmp_path / f"{number:012d}-old.json").write_text(json.dumps({"at": number}))
    for _ in range(3):
        await gateway.send(an_envelope())
    kept = read_inbox(tmp_path)
    assert len(kept) == 500
    assert kept[-1]["at"] == 2


async def test_a_full_or_forbidden_disk_is_told(tmp_path: Path) -> None:
    """The message stays queued, as with any gateway that is down."""
    (tmp_path / "inbox").write_text("a file where the directory should be")
    delivery = await FileGateway(tmp_path / "inbox").send(an_envelope())
    assert delivery.outcome is Outcome.UNREACHABLE
