"""A private PostgreSQL cluster for the test session: its own directory, a Unix socket, no network, no durability.

pytest-xdist's workers share one: whoever needs it first starts it, whoever leaves last stops it.
"""

import fcntl
import getpass
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.components import missing

_SPEED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # the cluster dies with the tests
_SETTINGS = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "32MB", "log_min_messages": "fatal"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server. Its superuser needs no password on the socket."""

    directory: Path
    user: str

    def url(self, database: str) -> str:
        """The `IDP_DATABASE_URL` of one database of this cluster."""
        return f"postgresql://{self.user}@/{database}?host={self.directory}"


def find_binaries() -> Path | None:
    """The programs of the newest PostgreSQL that Debian's packages, or the PATH, offer."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if versions:
        return max(versions, key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _owner() -> str:
    """initdb refuses root, so root runs it as the user that Debian's package makes."""
    return "postgres" if os.geteuid() == 0 else getpass.getuser()


def _run(binaries: Path, program: str, *arguments: str, check: bool = True) -> bool:
    """Whether it succeeded; raises unless `check` is False."""
    switch: dict[str, Any] = {"user": _owner(), "group": _owner(), "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(
        [binaries / program, *arguments],
        check=check,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={"PATH": str(binaries), "LC_ALL": "C.UTF-8", "HOME": "/"},
        **switch,
    )
    return done.returncode == 0


def start_cluster(directory: Path | None = None, **settings: str) -> Cluster:
    """A fresh, empty cluster; `settings` go over ours (a durability test asks for `fsync="on"`).

    One in a `directory` of the caller's stays, and is found again.
    """
    binaries = find_binaries()
    if binaries is None:
        missing("PostgreSQL's programs are not installed: apt-get install postgresql")
    if directory is None:
        directory = Path(tempfile.mkdtemp(prefix="idp-pg-"))  # short: a socket's path has at most 107 bytes
    directory.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(directory, _owner(), _owner())
    data = directory / "data"
    accounts = ("--auth=trust", f"--username={_owner()}")
    if not data.exists():
        _run(binaries, "initdb", "--no-sync", *accounts, "--encoding=UTF8", "--locale=C.UTF-8", f"--pgdata={data}")
    elif _run(binaries, "pg_ctl", f"--pgdata={data}", "status", check=False):
        return Cluster(directory, _owner())
    options = {**_SETTINGS, **_SPEED, **settings, "unix_socket_directories": str(directory)}
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as configuration:
        configuration.writelines(f"{name} = '{value}'\n" for name, value in options.items())
    _run(binaries, "pg_ctl", "--wait", "--timeout=60", f"--pgdata={data}", f"--log={directory}/log", "start")
    return Cluster(directory, _owner())


def restart_cluster(cluster: Cluster, *, up: bool) -> None:
    """Half of a crash: the server is gone at once (`up` False), or back and taking connections."""
    binaries = find_binaries()
    if binaries is None:
        missing("PostgreSQL's programs are not installed: apt-get install postgresql")
    where = f"--pgdata={cluster.directory}/data"
    rest = (f"--log={cluster.directory}/log", "start") if up else ("--mode=immediate", "stop")
    _run(binaries, "pg_ctl", "--wait", "--timeout=60", where, *rest)


def halt_cluster(cluster: Cluster) -> None:
    """Ends the server in good order; its data stay."""
    binaries = find_binaries()
    if binaries is not None:
        _run(binaries, "pg_ctl", "--wait", "--mode=fast", f"--pgdata={cluster.directory}/data", "stop")


def stop_cluster(cluster: Cluster, *, mode: str = "immediate") -> None:
    """Ends the server and removes every trace of it."""
    binaries = find_binaries()
    if binaries is not None:
        _run(binaries, "pg_ctl", "--wait", f"--mode={mode}", f"--pgdata={cluster.directory}/data", "stop")
    shutil.rmtree(cluster.directory)


@contextmanager
def shared_cluster(register: Path) -> Iterator[Cluster]:
    """The cluster of every worker that names the same `register` file."""
    cluster = _join(register)
    try:
        yield cluster
    finally:
        _leave(register, cluster)


@contextmanager
def _locked(register: Path) -> Iterator[dict[str, Any]]:
    with register.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = json.loads(register.read_text()) if register.exists() else {"users": 0}
        yield state
        register.write_text(json.dumps(state))


def _join(register: Path) -> Cluster:
    with _locked(register) as state:
        if not state["users"]:
            cluster = start_cluster()
            state.update(directory=str(cluster.directory), user=cluster.user)
        state["users"] += 1
        return Cluster(Path(state["directory"]), state["user"])


def _leave(register: Path, cluster: Cluster) -> None:
    with _locked(register) as state:
        state["users"] -= 1
        if not state["users"]:
            stop_cluster(cluster)
