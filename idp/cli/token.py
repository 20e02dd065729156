"""`idp token`: a real code + PKCE flow against the running provider, and the refusal of another program.

It speaks to the provider as any application would, over HTTP with forms and cookies: nothing here has a short cut.
"""

import json
import re
import secrets
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import click
import httpx
from joserfc import jws

from idp.administration import demo
from idp.administration.refusal import Refused
from idp.cli.answer import Answer, operator_command
from idp.cli.environment import read_settings
from idp.clock import SystemClock
from idp.credentials.otp import code_now
from idp.protocol.pkce import challenge_of

CLIENT_ID = "token-command"
REDIRECT_URI = "http://127.0.0.1/callback"
_AGENT = "IdpTokenCommand/1.0"
_OTHER_AGENT = "AnotherProgram/2.0"
_MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in. The OTP key is known for the demo account only."""

    email: str
    password: str
    otp_key: str | None = None


@click.command()
@click.option("--account", default=demo.DEMO_EMAIL, show_default=True, help="Login email.")
@click.option("--password", default=None, help="Its password; known for the demo accounts.")
@click.option("--change-user-agent", is_flag=True, help="Then refresh as another program and show the refusal.")
@operator_command
async def command(account: str, password: str | None, change_user_agent: bool) -> Answer:
    """Run a code + PKCE flow against the running provider and print the decoded tokens."""
    settings = read_settings()
    if password is None and account not in {demo.DEMO_EMAIL, demo.OTP_EMAIL}:
        raise Refused("Give the account's password with --password.")
    otp_key = demo.DEMO_OTP_KEY if account == demo.OTP_EMAIL else None
    person = Person(account, password or demo.DEMO_PASSWORD, otp_key)
    headers = {"User-Agent": _AGENT, "Accept": "text/html"}
    try:
        async with httpx.AsyncClient(base_url=settings.issuer, headers=headers, timeout=10, trust_env=False) as browser:
            metadata = (await browser.get("/.well-known/openid-configuration")).raise_for_status().json()
            tokens = await _tokens(browser, metadata, person)
            refusal = await _refused_refresh(browser, metadata, tokens) if change_user_agent else None
    except httpx.HTTPError as error:
        raise Refused(
            f"The provider does not answer at {settings.issuer} ({type(error).__name__}): start it."
        ) from None
    return _answer(tokens, refusal)


async def _tokens(browser: httpx.AsyncClient, metadata: dict[str, Any], person: Person) -> dict[str, Any]:
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    request = {
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid profile email",
        "state": state,
        "nonce": secrets.token_urlsafe(16),
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    response = await browser.get(metadata["authorization_endpoint"], params=request)
    callback = await _walk(browser, response, person)
    answer = {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()}
    if answer.get("state") != state or answer.get("iss") != metadata["issuer"] or "code" not in answer:
        raise Refused(f"The provider answered {answer.get('error', 'something else than a code')}.")
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": REDIRECT_URI,
        "client_id": CLIENT_ID,
        "code_verifier": verifier,
    }
    redeemed = await browser.post(metadata["token_endpoint"], data=form)
    if redeemed.status_code != 200:
        raise Refused(f"The token endpoint answered {redeemed.text}.")
    found: dict[str, Any] = redeemed.json()
    return found


async def _walk(browser: httpx.AsyncClient, response: httpx.Response, person: Person) -> str:
    """Follows redirects and fills in forms until the way leads to the redirect URI; that address."""
    for _ in range(_MOST_STEPS):
        target = response.headers.get("location") or _meta_refresh(response.text)
        if target is not None and target.startswith(REDIRECT_URI):
            return target
        if target is not None:
            response = await browser.get(urljoin(str(response.url), target))
            continue
        if 'role="alert"' in response.text:
            raise Refused("The provider did not accept the login: is the password right?")
        path = urlsplit(str(response.url)).path
        fields = _fields_for(path, person)
        response = await browser.post(_form_action(response), data={**fields, "csrf": _csrf(response.text)})
    raise Refused("The login did not come to an end.")


def _fields_for(path: str, person: Person) -> dict[str, str]:
    if path == "/login":
        return {"username": person.email, "password": person.password}
    if path == "/login/otp" and person.otp_key:
        return {"code": code_now(person.otp_key, SystemClock().now())}
    raise Refused(f"The login asks for something that this command cannot give, at {path}: use a browser.")


def _form_action(response: httpx.Response) -> str:
    found = re.search(r'<form[^>]*\saction="([^"]+)"', response.text)
    return urljoin(str(response.url), unescape(found[1])) if found else str(response.url)


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    return unescape(found[1]) if found else ""


def _meta_refresh(page: str) -> str | None:
    found = re.search(r'http-equiv="refresh" content="0; ?url=([^"]+)"', page)
    return unescape(found[1]) if found else None


async def _refused_refresh(browser: httpx.AsyncClient, metadata: dict[str, Any], tokens: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": CLIENT_ID}
    response = await browser.post(metadata["token_endpoint"], data=form, headers={"User-Agent": _OTHER_AGENT})
    return response.json()


def _answer(tokens: dict[str, Any], refusal: object) -> Answer:
    decoded = {
        name: json.loads(jws.extract_compact(tokens[name].encode()).payload) for name in ("id_token", "access_token")
    }
    data: dict[str, Any] = {**tokens, "decoded": decoded}
    text = "\n\n".join(
        f"{name}\n{json.dumps(claims, ensure_ascii=False, indent=2)}" for name, claims in decoded.items()
    )
    text += f"\n\nrefresh_token\n{tokens['refresh_token']}"
    if refusal is not None:
        data["refused_refresh"] = refusal
        text += f"\n\nThe same token from another program ({_OTHER_AGENT})\n{json.dumps(refusal, indent=2)}"
    return Answer(data, text)
