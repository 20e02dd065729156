"""`make run` starts three programs and leaves none behind, however it ends."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from examples import run
from examples.preparation import CannotStart
from examples.processes import Child

# A program with a child of its own, as a server with workers is; it tells both process ids and then waits.
_FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


async def start(code: str, tmp_path: Path) -> Child:
    return await Child.start("program", [sys.executable, "-c", code], environment=os.environ, log=tmp_path / "log")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_end_leaves_no_orphan(tmp_path: Path) -> None:
    """The program ends together with what it started itself."""
    child = await start(_FAMILY, tmp_path)
    pids: list[int] = []
    told = asyncio.Event()

    def take(line: str) -> None:
        pids.extend(map(int, line.split()))
        told.set()

    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(child.read_output(take))
        await told.wait()
        assert all(map(is_alive, pids))
        await child.end()
        await reading
    assert len(pids) == 2
    async with asyncio.timeout(10):
        while any(map(is_alive, pids)):  # noqa: ASYNC110 (a process that goes sets no event)
            await asyncio.sleep(0)


async def test_last_words_are_kept(tmp_path: Path) -> None:
    """What a program says before it dies is shown, and stands in its log."""
    child = await start("import sys; sys.stderr.write('It is broken.\\n'); sys.exit(3)", tmp_path)
    failure = await run.first_to_end([child])
    await child.end()
    assert str(failure) == "It is broken."
    assert (tmp_path / "log").read_text() == "It is broken.\n"


async def test_full_disk_is_said_in_one_sentence(tmp_path: Path) -> None:
    """However long the program's own story is, the person reads what to do."""
    words = "Traceback\\n  somewhere\\nsqlite3.OperationalError: database or disk is full\\n"
    child = await start(f"import sys; sys.stderr.write('{words}'); sys.exit(1)", tmp_path)
    failure = await run.first_to_end([child])
    await child.end()
    assert str(failure).startswith("The disk is full: make room")


async def test_several_last_words_name_the_log(tmp_path: Path) -> None:
    """A longer story is shown with the place of all of it."""
    child = await start("import sys; sys.stderr.write('one\\ntwo\\n'); sys.exit(3)", tmp_path)
    failure = await run.first_to_end([child])
    await child.end()
    assert "one\ntwo" in str(failure)
    assert str(tmp_path / "log") in str(failure)


async def test_a_part_that_stops_ends_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing keeps running beside a provider that is gone."""
    monkeypatch.setattr(run, "VAR", tmp_path)
    (tmp_path / "log").mkdir()
    wait = "import time; time.sleep(600)"
    monkeypatch.setattr(
        run,
        "_COMMANDS",
        {"provider": ("-c", "raise SystemExit('broken')"), "portal": ("-c", wait), "api": ("-c", wait)},
    )
    environment = {name: dict(os.environ) for name in ("provider", "portal", "api")}
    async with run.running(environment) as children:
        failure = await run.first_to_end(children)
    codes = [await child.ended() for child in children]
    assert isinstance(failure, CannotStart)
    assert (str(failure), codes) == ("broken", [1, -15, -15])


def test_only_the_provider_gets_the_master_key() -> None:
    """The portal and the API never see what opens every seal; a proxy of the internet is not asked for localhost."""
    environments = run.environments("the-key", {"HTTP_PROXY": "http://proxy", "NO_PROXY": "intra.example"})
    assert environments["provider"]["IDP_MASTER_KEY"] == "the-key"
    assert all("the-key" not in environments[name].values() for name in ("portal", "api"))
    assert {each["NO_PROXY"] for each in environments.values()} == {"intra.example,localhost,127.0.0.1,::1"}


async def test_ready_line_brings_the_logins(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines of progress are shown as they come, and the line for programs is not."""
    progress = run.Progress()
    progress.read("Migrated the database.")
    assert not progress.is_ready.is_set()
    progress.read("READY " + json.dumps({"logins": [{"email": "demo@example.com", "password": "p"}]}))
    assert progress.is_ready.is_set()
    assert capsys.readouterr().out == "Migrated the database.\n"
    assert progress.logins[0]["email"] == "demo@example.com"


def test_welcome_tells_where_to_begin() -> None:
    """Addresses, logins and the next commands stand in one box, each line as wide as the others."""
    logins: list[dict[str, Any]] = [
        {"email": "demo@example.com", "password": "demo-portal-2026"},
        {"email": "otp@example.com", "password": "demo-portal-2026", "otp_key": "JBSWY3DPEHPK3PXP"},
        {"email": "operator@example.com", "password": None},
    ]
    box = run.welcome(logins)
    for expected in (
        run.PORTAL,
        run.PROVIDER,
        run.API,
        "/dev/inbox",
        "demo-portal-2026",
        "JBSWY3DPEHPK3PXP",
        "idp token",
    ):
        assert expected in box
    assert re.search(r"operator@example\.com +\(the password of the first start\)", box)
    assert len({len(line) for line in box.splitlines()}) == 1
