"""What `make run` needs before anything starts: free ports, the directory `var/`, the master key, client secrets.

Each failure becomes one sentence that says what to do.
"""

import base64
import errno
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLIENTS_WITH_SECRET = ("portal", "example-api", "demo-partner")


class CannotStart(Exception):
    """One sentence that says what is wrong and what to do."""


def check_ports(*ports: int) -> None:
    """Raises `CannotStart` for a port that another program listens at, on IPv4 or IPv6 loopback."""
    for port in ports:
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            _check_port(family, address, port)


def _check_port(family: socket.AddressFamily, address: str, port: int) -> None:
    try:
        probe = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return  # a machine without IPv6
    with probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotStart(
                    f"Port {port} is taken by another program: stop that one"
                    f" (`ss -ltnp 'sport = :{port}'` names it), then start again."
                ) from error
            if error.errno in {errno.EACCES, errno.EPERM}:
                raise CannotStart(f"Port {port} may not be used by this account: {error.strerror}.") from error


def prepare_var(var: Path) -> str:
    """Creates what is missing below `var` and returns the master key; what is there stays as it is."""
    with _sentences_for(var):
        for directory in (var, var / "secrets", var / "log"):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.chmod(0o700)
        for client in CLIENTS_WITH_SECRET:
            write_once(var / "secrets" / client, secrets.token_urlsafe(32))
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        return write_once(var / "master.key", key)


def write_once(path: Path, value: str) -> str:
    """The content of `path`, which is made with mode 0600 if it is not there: whole or not at all."""
    try:
        return _content(path)
    except FileNotFoundError:
        # The number of this process keeps two first starts apart; link() refuses to replace what the other one made.
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(value + "\n")
                file.flush()
                os.fsync(file.fileno())
            with _already_there():
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        return _content(path)


def _content(path: Path) -> str:
    value = path.read_text(encoding="ascii").strip()
    if not value:
        raise CannotStart(f"{path} is empty: put back its content, or remove var/ to begin anew.")
    return value


@contextmanager
def _already_there() -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        return


@contextmanager
def _sentences_for(var: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename or var
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise CannotStart(f"The disk is full: make room where {var.absolute()} lies, then start again.") from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise CannotStart(
                f"{place} cannot be written: give this account write access to it, or start as its owner."
            ) from error
        raise CannotStart(f"{place} cannot be used: {error.strerror}.") from error
