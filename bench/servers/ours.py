"""This project, as `idp serve` starts it in production: first-party clients, bound to their browsers, everything on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.servers.databases import BenchDatabase, databases
from bench.servers.mailbox import Mailbox, mailbox
from bench.servers.production import make_environment
from bench.servers.server import (
    ALGORITHMS,
    API,
    BROWSER,
    CHALLENGE,
    PASSWORD,
    PEOPLE,
    PROFILE,
    REDIRECT_URI,
    SCOPE,
    Credentials,
    Paths,
    Server,
    email_of,
)
from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.administration.accounts import NewAccount, create_account
from idp.administration.clients import Declaration, register_client
from idp.administration.migrate import migrate
from idp.audit.record import Origin
from idp.grants.grant import GrantState
from idp.grants.handle import HandleKind
from idp.protocol.user_agent_binding import BindingMode, bind, read_user_agent
from idp.sealing import base64url, new_id
from idp.sessions import store as sessions
from idp.sessions.evidence import Evidence
from idp.sessions.session import BrowserSession, SessionStatus
from idp.settings import Settings
from idp.wiring import Wiring, build_wiring
from tests.support.grants import insert_grants

_Result = TypeVar("_Result")
_A_DAY = 86_400
_ROWS_AT_ONCE = 200  # a statement may take two seconds, on a machine that does other things too
_MASTER_KEY = base64url(bytes(range(32)))

# The load comes from one address, which these limits would refuse. Nothing else differs from the default.
DEVIATIONS = {"IDP_ADDRESS_LIMIT": "1000000000/minute", "IDP_LOGIN_ADDRESS_LIMIT": "1000000000/minute"}


class Ours(Server):
    name = "ours"
    title = "this provider"
    issuer = "https://login.ours.example"
    remembers = ("__Host-device",)
    paths = Paths(
        token="/token",  # noqa: S106 - a path
        introspection="/introspect",
        userinfo="/userinfo",
        authorization="/authorize",
        discovery="/.well-known/openid-configuration",
        jwks="/jwks",
        health="/ready",
    )
    form: ClassVar[Mapping[str, str]] = {"user_agent": BROWSER}  # of the browser that the client serves

    def __init__(self, database: BenchDatabase, directory: Path, core: int, mail: Mailbox) -> None:
        super().__init__(database, directory, core)
        self._mail = mail
        self._python = make_environment(self.directory / "venv")

    def prepare(self) -> None:
        self._run(self._prepare)

    def command(self, port: int) -> list[str]:
        return [str(self._python), "-m", "idp.cli", "serve", "--port", str(port)]

    def environment(self) -> Mapping[str, str]:
        return DEVIATIONS | {
            "IDP_ISSUER": self.issuer,
            "IDP_DATABASE_URL": self.database.url(),
            "IDP_MASTER_KEY": _MASTER_KEY,
            "IDP_VAR_DIRECTORY": str(self.directory / "var"),
            "IDP_SMTP_HOST": "localhost",
            "IDP_SMTP_PORT": str(self._mail.port),
            "IDP_MAIL_FROM": "Keygate <no-reply@login.ours.example>",
            "SSL_CERT_FILE": str(self._mail.certificate),
        }

    def refresh_tokens(self, count: int) -> list[str]:
        return self._handles(HandleKind.REFRESH_TOKEN, count)

    def codes(self, count: int) -> list[str]:
        return self._handles(
            HandleKind.CODE,
            count,
            state=GrantState.CODE,
            generation=0,
            code_challenge=CHALLENGE,
            idle_expires_at=None,
            ua_required=False,
        )

    def access_tokens(self, count: int) -> list[str]:
        """Refreshed at the running server: a JWT is signed, not stored."""
        tokens = self._handles(HandleKind.REFRESH_TOKEN, count, scope="openid offline_access profile email")
        headers = {"authorization": self.clients["ES256"].basic}
        with self.http() as http:
            forms = ({**self.form, "grant_type": "refresh_token", "refresh_token": token} for token in tokens)
            answers = [http.post(self.paths.token, data=form, headers=headers) for form in forms]
        return [answer.raise_for_status().json()["access_token"] for answer in answers]

    def _run(self, work: Callable[[Wiring], Awaitable[_Result]]) -> _Result:
        """In a loop of its own, with the wiring of the same installation."""

        async def run() -> _Result:
            settings = Settings(
                issuer=self.issuer,
                database_url=self.database.url(),
                master_key=SecretStr(_MASTER_KEY),
                var_directory=self.directory / "var",
            )
            wiring = build_wiring(settings)
            try:
                return await work(wiring)
            finally:
                await wiring.close()

        return asyncio.run(run())

    async def _prepare(self, wiring: Wiring) -> None:
        await migrate(wiring.database)
        password_hash = await wiring.hasher.hash(PASSWORD)
        origin = Origin(None, None, None, None, "bench", wiring.clock.now())
        async with wiring.database.writing() as db:
            for algorithm in ALGORITHMS:
                declaration = Declaration(f"shop-{algorithm.lower()}", _metadata(algorithm))
                client, secret = await register_client(db, declaration, source="cli", origin=origin)
                self.clients[algorithm] = Credentials(client.client_id, secret or "")
            for person in range(PEOPLE):
                new = NewAccount(
                    email_of(person),
                    "en",
                    f"+4206011{person:05}",
                    profile=PROFILE,
                    email_verified=True,
                    phone_verified=True,
                )
                await create_account(db, new, password_hash, origin=origin)

    def _handles(self, kind: HandleKind, count: int, **changes: Any) -> list[str]:  # noqa: ANN401 - columns
        async def fill(wiring: Wiring) -> list[str]:
            now = wiring.clock.now()
            async with wiring.database.writing() as db:
                account = await accounts.find_by_identifier(db, email_of(0))
                if account is None:
                    raise LookupError("the database was not prepared")
                login = (account.id, await _insert_session(db, account, now))
                values = self._grant(now) | changes
                ids = []
                for first in range(0, count, _ROWS_AT_ONCE):
                    bindings = [bind(BindingMode.STABLE, read_user_agent(BROWSER))] * min(_ROWS_AT_ONCE, count - first)
                    ids += await insert_grants(db, login, bindings, now, **values)
            return [wiring.handles.mint(kind, each, generation=values["generation"]) for each in ids]

        return self._run(fill)

    def _grant(self, now: int) -> dict[str, Any]:
        return {
            "client_id": self.clients["ES256"].client_id,
            "scope": SCOPE,
            "audience": [API, self.issuer],
            "redirect_uri": REDIRECT_URI,
            "survives_logout": True,
            "ua_required": True,
            "generation": 1,
            "code_expires_at": now + 3600,  # filled in minutes before it is redeemed
        }


@contextmanager
def ours_alone(database: str, directory: Path, core: int) -> Iterator[Ours]:
    """Filled and up, without the peer; stopped when the block ends."""
    with mailbox(directory) as mail, databases(database, (Ours.name,), directory) as (of_ours,):
        server = Ours(of_ours, directory / Ours.name, core, mail)
        server.prepare()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _metadata(algorithm: str) -> dict[str, Any]:
    return {
        "client_name": "Shop",
        "application_type": "web",
        "first_party": True,
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": f"{SCOPE} profile email",
        "audience": [API],
        "id_token_signed_response_alg": algorithm,
    }


async def _insert_session(db: AsyncConnection, account: Account, now: int) -> str:
    session = BrowserSession(
        id=new_id(),
        account_id=account.id,
        device_id="device",
        status=SessionStatus.ACTIVE,
        evidence=Evidence(),
        remembered=False,
        binding=bind(BindingMode.STABLE, read_user_agent(BROWSER)),
        created_at=now,
        last_seen_at=now,
        idle_expires_at=now + _A_DAY,
        expires_at=now + _A_DAY,
        ended_reason=None,
    )
    await sessions.insert_session(db, session)
    return session.id
