"""Whether the servers do the same work: asked of each before anything is timed, over HTTP.

Tokens must verify with the published keys and the wanted algorithm, refresh tokens must change, and what was used once
must be refused.
"""

from collections.abc import Mapping
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bench.load import BadRun
from bench.servers.server import ALGORITHMS, API, REDIRECT_URI, VERIFIER, Server


def check_equal_work(server: Server) -> None:
    """Raises `BadRun` that names what a server does not do."""
    with server.http() as http:
        asked = _Asked(server, http)
        asked.refreshes()
        asked.redeems()
        asked.signs_for_clients()
        asked.tells_about_tokens()


class _Asked:
    """One server, and the keys that it publishes."""

    def __init__(self, server: Server, http: httpx.Client) -> None:
        self._server = server
        self._http = http
        self._keys = KeySet.import_key_set(http.get(server.paths.jwks).json())

    def refreshes(self) -> None:
        """RFC 9700 §4.14.2: rotated, and an old one is refused. (The last but one, since ours lets a client retry.)"""
        first = self._server.refresh_tokens(1)[0]
        second = self._tokens(self._refresh(first))
        third = self._tokens(self._refresh(second["refresh_token"]))
        self._require(
            len({first, second["refresh_token"], third["refresh_token"]}) == 3, "a refresh token did not change"
        )
        self._refused(self._refresh(first), "a refresh token was used twice")

    def redeems(self) -> None:
        """RFC 6749 §4.1.2: once, and with the right verifier only (RFC 7636 §4.6)."""
        code, other = self._server.codes(2)
        self._tokens(self._redeem(code))
        self._refused(self._redeem(code), "a code was redeemed twice")
        self._refused(self._redeem(other, VERIFIER[::-1]), "a code was redeemed without its verifier")

    def signs_for_clients(self) -> None:
        for algorithm in ALGORITHMS:
            answer = self._post({"grant_type": "client_credentials", "scope": "api.read"}, algorithm)
            self._require(answer.status_code == 200, f"client_credentials: {answer.text}")
            self._check_access_token(answer.json()["access_token"], algorithm)

    def tells_about_tokens(self) -> None:
        token = self._server.access_tokens(1)[0]
        headers = {"authorization": self._server.clients["ES256"].basic}
        described = self._http.post(self._server.paths.introspection, data={"token": token}, headers=headers).json()
        self._require(described["active"] is True and described["sub"] != "", f"introspection: {described}")
        person = self._http.get(self._server.paths.userinfo, headers={"authorization": f"Bearer {token}"}).json()
        claims = {"sub", "name", "given_name", "family_name", "email", "email_verified"}
        self._require(claims <= person.keys() and person["sub"] == described["sub"], f"UserInfo: {person}")

    def _refresh(self, token: str) -> httpx.Response:
        return self._post({"grant_type": "refresh_token", "refresh_token": token})

    def _redeem(self, code: str, verifier: str = VERIFIER) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self._post(form | {"code_verifier": verifier})

    def _post(self, form: Mapping[str, str], algorithm: str = "ES256") -> httpx.Response:
        headers = {"authorization": self._server.clients[algorithm].basic}
        return self._http.post(self._server.paths.token, data={**self._server.form, **form}, headers=headers)

    def _tokens(self, answer: httpx.Response) -> dict[str, Any]:
        """Those of a good answer, verified."""
        self._require(answer.status_code == 200, f"no tokens: {answer.status_code} {answer.text}")
        tokens: dict[str, Any] = answer.json()
        self._check_access_token(tokens["access_token"], "ES256")
        claims = self._verified(tokens["id_token"], "ES256")
        self._require(claims["aud"] == self._server.clients["ES256"].client_id, f"ID token: {claims}")
        return tokens

    def _check_access_token(self, token: str, algorithm: str) -> None:
        """RFC 9068 §2: signed with the client's algorithm, typed, and made out to the API."""
        claims = self._verified(token, algorithm, token_type="at+jwt")  # noqa: S106 - a media type
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        self._require(API in audience and bool(claims.get("scope")), f"access token: {claims}")

    def _verified(self, token: str, algorithm: str, token_type: str | None = None) -> dict[str, Any]:
        try:
            decoded = jwt.decode(token, self._keys, algorithms=[algorithm])
        except (JoseError, ValueError) as error:
            raise BadRun(
                f"{self._server.name} does not do the same work: a token is not {algorithm}: {error}"
            ) from error
        if token_type is not None:
            self._require(decoded.header["typ"] == token_type, f"an access token has the type {decoded.header['typ']}")
        self._require(decoded.claims["iss"] == self._server.issuer, "a token names another issuer")
        return decoded.claims

    def _refused(self, answer: httpx.Response, otherwise: str) -> None:
        is_refused = answer.status_code == 400 and answer.json()["error"] == "invalid_grant"
        self._require(is_refused, f"{otherwise}: {answer.status_code} {answer.text}")

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise BadRun(f"{self._server.name} does not do the same work: {otherwise}")
