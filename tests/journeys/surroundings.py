"""What a journey needs around the browser: the provider, the example portal and the example API, each on its port."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pyotp
import uvicorn
from sqlalchemy import update
from starlette.types import ASGIApp

from examples.api.app import build_app as build_api
from examples.api.configuration import Configuration as ApiConfiguration
from examples.portal.app import build_app as build_portal
from examples.portal.configuration import Configuration as PortalConfiguration
from idp.accounts.table import accounts
from idp.web.listening import bind
from tests.support.chromium import Person
from tests.support.clock import MovableClock
from tests.support.live import LiveProvider
from tests.support.provider import OTP_KEY


@contextmanager
def serve(app: ASGIApp, listener: socket.socket, **options: Any) -> Iterator[None]:
    """Serves in a thread of its own until the block ends."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=1, **options)
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@dataclass(frozen=True, slots=True)
class World:
    """The provider at localhost, the portal at 127.0.0.1: two sites, as in the world outside."""

    live: LiveProvider
    portal: str
    locale: str

    @property
    def clock(self) -> MovableClock:
        return self.live.clock

    @property
    def issuer(self) -> str:
        return self.live.issuer

    @property
    def portal_host(self) -> str:
        return urlsplit(self.portal).netloc

    def message(self, channel: str) -> dict[str, Any]:
        """The newest message of a channel (`mail`, `sms`)."""
        return next(message for message in self.live.inbox() if message["channel"] == channel)

    def account(self, email: str, **more: Any) -> None:
        self.live.run(self.live.provider.account(email, **more))
        self.live.run(_speak(self.live, self.locale))

    def otp(self, key: str = OTP_KEY) -> str:
        """The code of the next half minute: each works once, so the clock moves on."""
        self.clock.advance(seconds=30)
        return pyotp.TOTP(key).at(self.clock.now())

    def fill_in_slowly(self, person: Person) -> None:
        """The time that the CAPTCHA wants a form to take where no script can work for it."""
        if not person.scripts:
            self.clock.advance(seconds=20)

    def sign_in(self, person: Person, email: str, password: str) -> None:
        """From the portal's first page to the answer to email and password."""
        person.goto(f"{self.portal}/")
        person.press("sign-in")
        person.at("/login")
        person.fill(username=email, password=password)
        person.press("login-submit")

    def at_portal(self, person: Person, path: str = "/dashboard") -> None:
        """The person has arrived in the application."""
        person.at(path, host=self.portal_host)


@contextmanager
def around(live: LiveProvider, *, locale: str = "en") -> Iterator[World]:
    """Portal and API of this provider, registered and served."""
    live.run(_speak(live, locale))
    with ExitStack() as stack:
        api_listener, portal_listener = bind("127.0.0.1", 0), bind("127.0.0.1", 0)
        api, portal = (f"http://127.0.0.1:{each.getsockname()[1]}" for each in (api_listener, portal_listener))
        service = live.client(
            "example-api", application_type="service", resource_of=[api], grant_types=["client_credentials"]
        )
        own = live.client(
            "portal",
            client_name="Global client portal",
            client_uri=f"{portal}/",
            audience=[api],
            redirect_uris=[f"{portal}/callback"],
            post_logout_redirect_uris=[f"{portal}/"],
            backchannel_logout_uri=f"{portal}/backchannel",
            backchannel_logout_session_required=True,
            user_agent_binding="required",
        )
        partner = live.client(
            "demo-partner",
            client_name="Demo partner",
            client_uri=f"{portal}/partner",
            redirect_uris=[f"{portal}/partner/callback"],
            scope="openid profile email",
            issue_refresh_token="offline_access",
            first_party=False,
        )
        api_configuration = ApiConfiguration(url=api, issuer=live.issuer, client_secret=service.secret)
        configuration = PortalConfiguration(
            issuer=live.issuer,
            url=portal,
            api_url=api,
            client_secret=own.secret,
            partner_client_secret=partner.secret,
        )
        stack.enter_context(serve(build_api(api_configuration, now=live.clock.now), api_listener))
        stack.enter_context(serve(build_portal(configuration, clock=live.clock.now), portal_listener))
        yield World(live, portal, locale)


async def _speak(live: LiveProvider, locale: str) -> None:
    """After the sign-in the account's own language counts."""
    async with live.provider.wiring.database.writing() as db:
        await db.execute(update(accounts).values(locale=locale))
