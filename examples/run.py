"""`make run`: the provider, the portal and the example API, started together and ended together.

The state lies in `var/` and survives a restart; removing that directory removes everything.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from examples.preparation import CannotStart, check_ports, prepare_var
from examples.processes import Child, answers

VAR = Path("var")
PROVIDER, PORTAL, API = "http://localhost:8000", "http://127.0.0.1:8080", "http://127.0.0.1:8090"
_SERVERS = (("provider", "localhost", 8000), ("portal", "127.0.0.1", 8080), ("api", "127.0.0.1", 8090))
_SECONDS_TO_START = 90
_READY = "READY "
# What the operating system and SQLite call it.
_FULL_DISK = ("No space left on device", "disk is full")

_COMMANDS = {
    "provider": ("-m", "idp.cli", "dev"),
    "portal": ("-m", "examples.portal"),
    "api": ("-m", "examples.api"),
}


def say(text: str) -> None:
    """One line for the person at the terminal, at once."""
    # A closed terminal or pipe must not keep the programs from being ended.
    with contextlib.suppress(OSError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def environments(master_key: str, inherited: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Each program's environment: only the provider gets the master key."""
    # A proxy for the internet is no proxy for this machine.
    local = ",".join(filter(None, (inherited.get("no_proxy") or inherited.get("NO_PROXY"), "localhost,127.0.0.1,::1")))
    shared = dict(inherited) | {"NO_PROXY": local, "no_proxy": local, "PYTHONUNBUFFERED": "1"}
    secrets = VAR / "secrets"
    return {
        "provider": shared
        | {
            "IDP_MODE": "development",
            "IDP_ISSUER": PROVIDER,
            "IDP_VAR_DIRECTORY": str(VAR),
            "IDP_DATABASE_URL": f"sqlite:///{VAR}/idp.sqlite3",
            "IDP_MASTER_KEY": master_key,
        },
        "portal": shared
        | {
            "PORTAL_ISSUER": PROVIDER,
            "PORTAL_URL": PORTAL,
            "PORTAL_API_URL": API,
            "PORTAL_CLIENT_SECRET_FILE": str(secrets / "portal"),
            "PORTAL_PARTNER_SECRET_FILE": str(secrets / "demo-partner"),
            "PORTAL_BRAND": inherited.get("PORTAL_BRAND") or inherited.get("IDP_BRAND") or "Keygate",
        },
        "api": shared
        | {"API_ISSUER": PROVIDER, "API_URL": API, "API_CLIENT_SECRET_FILE": str(secrets / "example-api")},
    }


class Progress:
    """Reads what the provider says while it starts: lines for the person, then `READY` with the logins."""

    def __init__(self) -> None:
        self.logins: list[dict[str, Any]] = []
        self.is_ready = asyncio.Event()

    def read(self, line: str) -> None:
        """Takes one line of the provider's standard output."""
        if not line.startswith(_READY):
            say(line)
            return
        try:
            self.logins = list(json.loads(line.removeprefix(_READY)).get("logins", []))
        finally:
            self.is_ready.set()


@asynccontextmanager
async def running(all_environments: Mapping[str, Mapping[str, str]]) -> AsyncIterator[list[Child]]:
    """The three programs; whatever happens inside, none of them outlives the block."""
    children: list[Child] = []
    try:
        for name, arguments in _COMMANDS.items():
            child = await Child.start(
                name,
                [sys.executable, *arguments],
                environment=all_environments[name],
                log=VAR / "log" / f"{name}.log",
            )
            children.append(child)
        yield children
    finally:
        # The portal and the API first: nobody asks a provider that is already gone.
        for child in reversed(children):
            await child.end()


async def first_to_end(children: list[Child]) -> CannotStart:
    """Waits until one of the programs ends by itself, which none of them should, and says what it said last."""

    async def watch(child: Child) -> Child:
        await child.ended()
        return child

    done, waiting = await asyncio.wait(
        [asyncio.create_task(watch(child)) for child in children], return_when=asyncio.FIRST_COMPLETED
    )
    for task in waiting:
        task.cancel()
    return last_words(done.pop().result())


def last_words(child: Child) -> CannotStart:
    """Why the program stopped: one sentence where that is possible, else what it said and where all of it stands."""
    if any(words in line for line in child.tail for words in _FULL_DISK):
        return CannotStart(f"The disk is full: make room where {VAR.absolute()} lies, then start again.")
    if len(child.tail) == 1:
        return CannotStart(child.tail[0])
    words = "\n".join(child.tail) or "It said nothing."
    return CannotStart(f"The {child.name} stopped. Its last words (all of them are in {child.log}):\n{words}")


async def until_ready(progress: Progress) -> None:
    """Waits for the provider's READY line and for all three to answer."""
    await progress.is_ready.wait()
    for _, host, port in _SERVERS:
        while not await answers(host, port, "/live"):  # noqa: ASYNC110 (another process sets no event here)
            await asyncio.sleep(0.05)


async def serve() -> None:
    """Runs everything until it is cancelled; raises `CannotStart`."""
    check_ports(*(port for _, _, port in _SERVERS))
    master_key = prepare_var(VAR)
    say("Starting the provider, the portal and the example API …")
    progress = Progress()
    async with running(environments(master_key, os.environ)) as children, asyncio.TaskGroup() as tasks:
        for child in children:
            tasks.create_task(child.read_output(progress.read if child.name == "provider" else say))
        tasks.create_task(_fail_when_one_ends(children))
        try:
            async with asyncio.timeout(_SECONDS_TO_START):
                await until_ready(progress)
        except TimeoutError as error:
            raise CannotStart(
                f"Not everything answered within {_SECONDS_TO_START} seconds: see {VAR / 'log'} for what is missing."
            ) from error
        say(welcome(progress.logins))


async def _fail_when_one_ends(children: list[Child]) -> None:
    raise await first_to_end(children)


def welcome(logins: list[dict[str, Any]]) -> str:
    """The box: addresses, logins, and what to try next."""
    command = os.path.relpath(Path(sys.executable).with_name("idp"))
    lines = [
        f"Portal      {PORTAL}   ← begin here",
        f"Provider    {PROVIDER}",
        f"Messages    {PROVIDER}/dev/inbox   (every mail and SMS)",
        f"API         {API}",
        "",
        *(_login_line(login) for login in logins),
        "",
        f"Next        {command} token --account demo@example.com",
        f"            {command} token --account demo@example.com --change-user-agent",
        "            make test",
        "",
        "Development mode: this machine only, data in var/. Ctrl-C ends all of it.",
    ]
    width = max(map(len, lines))
    rule = "─" * (width + 2)
    return "\n".join([f"┌{rule}┐", *(f"│ {line.ljust(width)} │" for line in lines), f"└{rule}┘"])


def _login_line(login: Mapping[str, Any]) -> str:
    password = login.get("password") or "(the password of the first start)"
    key = f"   OTP key {login['otp_key']}" if login.get("otp_key") else ""
    return f"Login       {login.get('email', '')}   {password}{key}"


async def _serve_until_signal() -> None:
    """Turns Ctrl-C, a closed terminal and SIGTERM into one orderly end."""
    serving = asyncio.create_task(serve())

    def stop() -> None:
        # Only once: an impatient second Ctrl-C must not interrupt the ending and leave orphans.
        if not serving.cancelling():
            serving.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def main() -> int:
    """0 after an orderly end, 1 where it could not start or a part of it stopped."""
    failures: list[Exception] = []
    try:
        asyncio.run(_serve_until_signal())
    except* CannotStart as group:
        failures.extend(group.exceptions)
    if failures:
        sys.stderr.write(f"{failures[0]}\n")
        return 1
    say("All of it has ended.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
