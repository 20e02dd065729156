"""What is measured: each scenario is one kind of operation, done by both servers, and the ratio it has to reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench.load import Plan
from bench.servers.server import (
    CHALLENGE,
    PASSWORD,
    REDIRECT_URI,
    SCOPE,
    VERIFIER,
    Server,
    email_of,
)

_FORM = "application/x-www-form-urlencoded"
_CLIENT_CREDENTIALS = "grant_type=client_credentials&scope=api.read"
_CODES_A_SECOND = (
    4000  # more than anybody redeems; a round that uses them up ends early, and is measured as long as it was
)
LOGIN = "login"
ES256_ONLY = ("ES256",)
DATABASES = ("sqlite", "postgresql")
CONNECTIONS = (16, 64)


@dataclass(frozen=True, slots=True)
class Target:
    """Ours divided by the peer's operations a second: below `gate` the work is not done, at `goal` it is done well."""

    gate: float
    goal: float


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table."""

    scenario: "Scenario"
    database: str
    algorithm: str
    connections: int

    def __str__(self) -> str:
        return f"{self.scenario.name}, {self.database}, {self.algorithm}, {self.connections} connections"

    @property
    def target(self) -> Target | None:
        return self.scenario.target(self)


@dataclass(frozen=True, slots=True)
class Round:
    """What one plan is made for."""

    server: Server
    algorithm: str
    connections: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """`plan` makes the load's input for one round, with whatever the round uses up. `note`: how the servers differ.

    `commits`: every operation waits for the disk at least once, on one of the servers at least.
    """

    name: str
    title: str
    plan: Callable[[Round], Plan]
    target: Callable[[Case], Target | None]
    algorithms: tuple[str, ...] = ES256_ONLY
    connections: tuple[int, ...] = CONNECTIONS
    commits: bool = False
    note: str = ""


def cases(scenario: Scenario, databases: tuple[str, ...], connections: tuple[int, ...]) -> list[Case]:
    """All rows of one scenario; those of one database beside each other."""
    wanted = [number for number in scenario.connections if number in connections] or list(scenario.connections[:1])
    return [
        Case(scenario, database, algorithm, number)
        for database in databases
        for algorithm in scenario.algorithms
        for number in wanted
    ]


def _token_headers(turn: Round) -> dict[str, str]:
    return {"content-type": _FORM, "authorization": turn.server.clients[turn.algorithm].basic}


def _plan(turn: Round, program: str, *, headers: Mapping[str, str], **rest: Any) -> Plan:  # noqa: ANN401
    return {
        "program": program,
        "connections": turn.connections,
        "seconds": turn.seconds,
        "headers": dict(headers),
        **rest,
    }


def _refresh(turn: Round) -> Plan:
    server = turn.server
    return _plan(
        turn,
        "refresh",
        headers=_token_headers(turn),
        path=server.paths.token,
        form={**server.form, "grant_type": "refresh_token"},
        tokens=server.refresh_tokens(turn.connections),
    )


def _code(turn: Round) -> Plan:
    server = turn.server
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    return _plan(
        turn,
        "codes",
        headers=_token_headers(turn),
        path=server.paths.token,
        form={**server.form, **form},
        codes=server.codes(max(int(_CODES_A_SECOND * turn.seconds), turn.connections)),
    )


def client_credentials(turn: Round) -> Plan:
    request = {"method": "POST", "path": turn.server.paths.token, "body": _CLIENT_CREDENTIALS}
    return _plan(turn, "steady", headers=_token_headers(turn), requests=[request], expect='"access_token"')


def _introspection(turn: Round) -> Plan:
    requests = [
        {"method": "POST", "path": turn.server.paths.introspection, "body": urlencode({"token": token})}
        for token in turn.server.access_tokens(turn.connections)
    ]
    return _plan(turn, "steady", headers=_token_headers(turn), requests=requests, expect='"active":true')


def _userinfo(turn: Round) -> Plan:
    requests = [
        {"method": "GET", "path": turn.server.paths.userinfo, "headers": {"authorization": f"Bearer {token}"}}
        for token in turn.server.access_tokens(turn.connections)
    ]
    return _plan(turn, "steady", headers={}, requests=requests, expect='"email"')


def _discovery(turn: Round) -> Plan:
    request = {"method": "GET", "path": turn.server.paths.discovery}
    return _plan(turn, "steady", headers={}, requests=[request], expect='"issuer"')


def _jwks(turn: Round) -> Plan:
    request = {"method": "GET", "path": turn.server.paths.jwks}
    return _plan(turn, "steady", headers={}, requests=[request], expect='"keys"')


def _authorization_request(server: Server, algorithm: str) -> str:
    parameters = {
        "client_id": server.clients[algorithm].client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPE,
        "state": "a-state-of-the-benchmark",
        "nonce": "a-nonce-of-the-benchmark",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{server.paths.authorization}?{urlencode(parameters)}"


def _authorize(turn: Round) -> Plan:
    request = _authorization_request(turn.server, turn.algorithm)
    return _plan(turn, "visit", headers={"accept": "text/html"}, authorize=request, redirectUri=REDIRECT_URI)


def login(turn: Round) -> Plan:
    request = _authorization_request(turn.server, turn.algorithm)
    people = [{"username": email_of(number), "password": PASSWORD} for number in range(turn.connections)]
    return _plan(
        turn,
        "visit",
        headers={"accept": "text/html"},
        authorize=request,
        redirectUri=REDIRECT_URI,
        logins=people,
        remembers=turn.server.remembers,
    )


def _refresh_target(case: Case) -> Target | None:
    if case.connections != 64:
        return None
    return Target(3.5, 6.0) if case.database == "sqlite" else Target(2.0, 3.5)


def _client_credentials_target(case: Case) -> Target:
    return Target(1.0, 1.3) if case.algorithm == "RS256" else Target(1.5, 2.3)


def _always(gate: float, goal: float) -> Callable[[Case], Target | None]:
    return lambda _case: Target(gate, goal)


_OPAQUE = "the peer's token is opaque: it neither introspects its JWT access tokens nor takes them at UserInfo"

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("refresh", "refresh rotation", _refresh, _refresh_target, commits=True),
    Scenario(
        "client_credentials",
        "client_credentials",
        client_credentials,
        _client_credentials_target,
        algorithms=("ES256", "RS256"),
    ),
    Scenario("code", "code redemption", _code, _always(2.0, 3.0), commits=True),
    Scenario("introspection", "introspection", _introspection, _always(1.5, 2.5), note=_OPAQUE),
    Scenario("userinfo", "UserInfo", _userinfo, _always(1.5, 2.5), note=_OPAQUE),
    Scenario(
        "authorize",
        "authorization request → login page",
        _authorize,
        _always(1.5, 3.0),
        commits=True,
        note="one visit: the authorization request, its redirect, and the rendered page",
    ),
    Scenario(
        LOGIN,
        "login with a password → code",
        login,
        lambda _case: None,
        connections=(8,),
        commits=True,
        note="one visit: from the authorization request to the code, argon2id on both sides, in a known browser",
    ),
    Scenario("discovery", "discovery", _discovery, _always(1.5, 3.0)),
    Scenario("jwks", "JWKS", _jwks, _always(1.5, 3.0)),
)
