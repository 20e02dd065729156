"""`make run` prepares its directory once, keeps what is there, and says in one sentence why it cannot."""

import errno
import os
import socket
from pathlib import Path

import pytest

from examples.preparation import CLIENTS_WITH_SECRET, CannotStart, check_ports, prepare_var, write_once
from idp.sealing import MasterKeys


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_first_start_makes_everything_private(tmp_path: Path) -> None:
    """Directories are 0700 and files 0600, and the master key is one that the provider reads."""
    var = tmp_path / "var"
    key = prepare_var(var)
    MasterKeys.from_text(key)
    assert mode(var) == mode(var / "secrets") == 0o700
    files = [var / "master.key", *(var / "secrets" / client for client in CLIENTS_WITH_SECRET)]
    assert {mode(file) for file in files} == {0o600}
    assert len({file.read_text() for file in files}) == len(files)


def test_second_start_changes_nothing(tmp_path: Path) -> None:
    """Data survives a restart only if the keys do."""
    var = tmp_path / "var"
    key = prepare_var(var)
    secrets = {client: (var / "secrets" / client).read_bytes() for client in CLIENTS_WITH_SECRET}
    assert prepare_var(var) == key
    assert secrets == {client: (var / "secrets" / client).read_bytes() for client in CLIENTS_WITH_SECRET}
    assert sorted(path.name for path in var.iterdir()) == ["log", "master.key", "secrets"]


def test_two_first_starts_agree(tmp_path: Path) -> None:
    """Whoever comes second takes what the first one wrote."""
    assert write_once(tmp_path / "key", "mine") == "mine"
    assert write_once(tmp_path / "key", "yours") == "mine"


def test_empty_key_is_not_taken_for_a_key(tmp_path: Path) -> None:
    """A file that lost its content is a sentence, not a provider with another key."""
    prepare_var(tmp_path)
    (tmp_path / "master.key").write_text("")
    with pytest.raises(CannotStart, match="is empty"):
        prepare_var(tmp_path)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(errno.ENOSPC, "The disk is full"), (errno.EACCES, "cannot be written"), (errno.EIO, "cannot be used")],
)
def test_what_the_disk_refuses_becomes_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    """A full disk and a missing permission say what to do, and leave no half-written key behind."""

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(CannotStart, match=sentence):
        prepare_var(tmp_path / "var")
    assert [path for path in (tmp_path / "var").rglob("*") if path.is_file()] == []


def test_directory_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    """Something else under the name of the directory is named."""
    (tmp_path / "var").write_text("")
    with pytest.raises(CannotStart, match="var cannot be used"):
        prepare_var(tmp_path / "var")


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_taken_port_is_named(family: socket.AddressFamily, address: str) -> None:
    """The sentence holds the port and how to find out whose it is, on either loopback."""
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        try:
            taken.bind((address, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} is taken"):
            check_ports(port)
    check_ports(port)
