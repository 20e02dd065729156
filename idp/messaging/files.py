"""The development gateway: every mail and SMS becomes a JSON file, which `/dev/inbox` shows. Nothing is sent."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from idp.messaging.gateways import Delivery, Envelope, Outcome

_KEPT = 500


class FileGateway:
    """Writes to `directory`, and keeps the newest few hundred messages."""

    name = "files"
    repeats_safely = True  # the same file again

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def send(self, envelope: Envelope) -> Delivery:
        try:
            await asyncio.to_thread(self._write, envelope)
        except OSError as error:
            return Delivery(Outcome.UNREACHABLE, type(error).__name__)
        return Delivery(Outcome.ACCEPTED, "written")

    async def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, envelope: Envelope) -> None:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        message = {
            "id": envelope.id,
            "channel": envelope.channel,
            "to": envelope.recipient,
            "subject": envelope.subject,
            "text": envelope.text,
            "html": envelope.html,
            "links": list(envelope.links),
            "code": envelope.code,
            "at": envelope.at,
        }
        # Renamed into place, so that a reader never sees half a message.
        unfinished = self._directory / f"{envelope.id}.tmp"
        unfinished.write_text(json.dumps(message, ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(unfinished, self._directory / f"{envelope.at:012d}-{envelope.id}.json")
        for old in _newest_first(self._directory)[_KEPT:]:
            old.unlink(missing_ok=True)


def read_inbox(directory: Path) -> list[dict[str, Any]]:
    """Every message in the directory, newest first."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in _newest_first(directory)]


def _newest_first(directory: Path) -> list[Path]:
    # Several messages of one second are told apart by the file system's finer time.
    return sorted(directory.glob("*.json"), key=lambda path: (path.name[:12], path.stat().st_mtime_ns), reverse=True)
