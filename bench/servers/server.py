"""One server under measurement: its database is filled, its process pinned to a core, and it is stopped at the end."""

import base64
import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from socket import socket
from time import monotonic, sleep
from typing import Any, ClassVar

import httpx

from bench.machine import pinned
from bench.servers.databases import BenchDatabase

REDIRECT_URI = "https://shop.example/cb"
API = "https://api.example"
PROFILE = {"name": "Lucie Malá", "given_name": "Lucie", "family_name": "Malá"}  # everybody's
SCOPE = "openid offline_access api.read"
ALGORITHMS = ("ES256", "RS256")
VERIFIER = "a-verifier-of-the-benchmark-of-43-characters-or-more"
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PASSWORD = "five quiet lakes under snow"  # noqa: S105 - of accounts that live for one run
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
PEOPLE = 64  # accounts with that password: person0@example.com, …
_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Paths:
    """Where a server answers what."""

    token: str
    introspection: str
    userinfo: str
    authorization: str
    discovery: str
    jwks: str
    health: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """A confidential client that proves itself with `client_secret_basic`."""

    client_id: str
    secret: str

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()


def email_of(person: int) -> str:
    return f"person{person}@example.com"


class Server(ABC):
    """`clients`: by signing algorithm. `form`: what every token request carries besides what the protocol asks for.

    `remembers`: cookies by which a person's browser is known at the next login.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    issuer: ClassVar[str]
    paths: ClassVar[Paths]
    form: ClassVar[Mapping[str, str]] = {}
    remembers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, database: BenchDatabase, directory: Path, core: int) -> None:
        """`directory`: for whatever it leaves behind; it is made."""
        directory.mkdir(parents=True, exist_ok=True)
        self.database = database
        self.directory = directory
        self.core = core
        self.clients: dict[str, Credentials] = {}
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Makes the tables, the keys, the clients and the accounts."""

    @abstractmethod
    def command(self, port: int) -> list[str]: ...

    @abstractmethod
    def environment(self) -> Mapping[str, str]: ...

    @abstractmethod
    def refresh_tokens(self, count: int) -> list[str]:
        """Fresh ones of the ES256 client, each of a grant of its own."""

    @abstractmethod
    def codes(self, count: int) -> list[str]:
        """Unredeemed, of the ES256 client, with `CHALLENGE` and `REDIRECT_URI`."""

    @abstractmethod
    def access_tokens(self, count: int) -> list[str]:
        """What introspection and UserInfo are asked about."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """As a proxy that ends TLS would send them."""
        return {"host": self.issuer.removeprefix("https://"), "x-forwarded-proto": "https", "user-agent": BROWSER}

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    def http(self) -> httpx.Client:
        """For checks: it keeps no cookies between servers and follows nothing."""
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=30)

    def start(self) -> None:
        """Returns once it answers; raises `RuntimeError` with its last words."""
        self.port = _free_port()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                pinned(self.command(self.port), self.core),
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = monotonic() + _READY_SECONDS
        while not self._answers():
            if self._process.poll() is not None or monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not answer:\n{self.last_words()}")
            sleep(0.05)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def last_words(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]

    @property
    def _log(self) -> Path:
        return self.directory / "log"

    def _answers(self) -> bool:
        try:
            with self.http() as http:
                return http.get(self.paths.health).status_code == 200
        except httpx.TransportError:
            return False


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        name: tuple[Any, int] = probe.getsockname()
        return name[1]
