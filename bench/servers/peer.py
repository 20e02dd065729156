"""npm `oidc-provider` on a plain SQL store, in `bench/peer/`."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from bench.node import PEER, find_node
from bench.servers.server import (
    ALGORITHMS,
    API,
    CHALLENGE,
    PASSWORD,
    PEOPLE,
    PROFILE,
    REDIRECT_URI,
    Credentials,
    Paths,
    Server,
    email_of,
)
from idp.keys.algorithms import generate_key
from idp.sealing import new_secret

# The parameters of our settings' defaults: 19 MiB, two passes, one lane.
_ARGON2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Peer(Server):
    name = "peer"
    title = "oidc-provider"
    issuer = "https://login.peer.example"
    paths = Paths(
        token="/token",  # noqa: S106 - a path
        introspection="/token/introspection",
        userinfo="/me",
        authorization="/auth",
        discovery="/.well-known/openid-configuration",
        jwks="/jwks",
        health="/jwks",
    )

    def prepare(self) -> None:
        self.clients = {algorithm: Credentials(f"shop-{algorithm.lower()}", new_secret()) for algorithm in ALGORITHMS}
        self._file.write_text(json.dumps(self._configuration()), encoding="utf-8")
        password_hash = _ARGON2.hash(PASSWORD)
        people = [
            {"id": f"person{number}", "email": email_of(number), "passwordHash": password_hash, "profile": PROFILE}
            for number in range(PEOPLE)
        ]
        self._fill(tables=True, accounts=people)

    def command(self, port: int) -> list[str]:
        return [str(find_node()), str(PEER / "server.mjs"), str(self._file), str(port)]

    def environment(self) -> Mapping[str, str]:
        return {"NODE_ENV": "production"}

    def refresh_tokens(self, count: int) -> list[str]:
        return self._of_grants("refreshTokens", count)

    def codes(self, count: int) -> list[str]:
        return self._of_grants("codes", count)

    def access_tokens(self, count: int) -> list[str]:
        """Opaque ones: it neither introspects its JWT access tokens nor takes them at UserInfo."""
        return self._of_grants("accessTokens", count)

    @property
    def _file(self) -> Path:
        return self.directory / "configuration.json"

    def _configuration(self) -> dict[str, Any]:
        keys = [{**generate_key(alg).as_dict(private=True), "alg": alg, "use": "sig"} for alg in ALGORITHMS]
        return {
            "issuer": self.issuer,
            "api": API,
            "database": self.database.for_node(),
            "jwks": {"keys": keys},
            "cookieKeys": [new_secret()],
            "nobodysHash": _ARGON2.hash(new_secret()),
            "clients": [_metadata(algorithm, credentials) for algorithm, credentials in self.clients.items()],
        }

    def _of_grants(self, kind: str, count: int) -> list[str]:
        filled: list[str] = self._fill(
            **{kind: count},
            clientId=self.clients["ES256"].client_id,
            accountId="person0",
            redirectUri=REDIRECT_URI,
            codeChallenge=CHALLENGE,
        )[kind]
        return filled

    def _fill(self, **wishes: Any) -> dict[str, Any]:  # noqa: ANN401 - see fill.mjs
        command = [str(find_node()), str(PEER / "fill.mjs"), str(self._file)]
        done = subprocess.run(command, input=json.dumps(wishes), capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"the peer's database could not be filled:\n{done.stderr[-2000:]}")
        filled: dict[str, Any] = json.loads(done.stdout)
        return filled


def _metadata(algorithm: str, credentials: Credentials) -> dict[str, Any]:
    return {
        "client_id": credentials.client_id,
        "client_secret": credentials.secret,
        "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code"],
        "id_token_signed_response_alg": algorithm,
    }
