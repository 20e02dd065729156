"""A provider that serves on a real loopback port, from a thread of its own: for real browsers and npm's clients."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from idp.app import build_app
from idp.keys.encryption.rotation import ensure_encryption_key
from idp.keys.rotation import ensure_keys
from idp.subjects.store import ensure_pairwise_key
from idp.web.listening import bind
from idp.web.server import make_server
from idp.wiring import build_wiring
from tests.support.clock import MovableClock
from tests.support.provider import PASSWORD, Provider, TestClient, test_settings

_Result = TypeVar("_Result")
EMAIL = "lucie@wedos.cz"


@dataclass(slots=True)
class LiveProvider:
    """`run(coroutine)` works on the provider's own loop: everything of `provider` belongs to that thread."""

    provider: Provider
    loop: asyncio.AbstractEventLoop
    web_client: tuple[str, str, str]
    post_logout_redirect_uri: str
    account: tuple[str, str]
    port: int  # what a TLS proxy in front of it connects to

    @property
    def issuer(self) -> str:
        return self.provider.issuer

    @property
    def clock(self) -> MovableClock:
        return self.provider.clock

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=60)

    def inbox(self) -> list[dict[str, Any]]:
        return self.run(self.provider.inbox())

    def client(self, client_id: str, **metadata: Any) -> TestClient:
        return self.run(self.provider.client(client_id, **metadata))


@contextmanager
def live(
    database_url: str, var: Path, clock: MovableClock, *, host: str = "localhost", **changes: Any
) -> Iterator[LiveProvider]:
    """Serves until the block ends. `changes` override settings (`issuer` for a TLS proxy in front)."""
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    settings = test_settings(database_url, var, **({"issuer": f"http://{host}:{port}"} | changes))
    started, failed = threading.Event(), list[BaseException]()
    shared: dict[str, Any] = {}

    async def serve() -> None:
        wiring = build_wiring(settings, clock)
        await ensure_keys(wiring.database, wiring.master_keys, now=clock.now())
        await ensure_pairwise_key(wiring.database, wiring.master_keys, now=clock.now())
        await ensure_encryption_key(wiring.database, wiring.master_keys, now=clock.now())
        app = build_app(wiring, background=False)
        server = make_server(app, graceful_seconds=1)
        server.on_ready = started.set
        shared.update(server=server, provider=Provider(app, wiring, clock), loop=asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            failed.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait(30)
    if failed:
        raise failed[0]
    provider: Provider = shared["provider"]
    found = LiveProvider(provider, shared["loop"], ("", "", ""), "https://shop.example/bye", (EMAIL, PASSWORD), port)
    try:
        found.run(provider.account(EMAIL))
        client = found.client("shop", post_logout_redirect_uris=["https://shop.example/bye"])
        found.web_client = (client.id, client.secret, client.redirect_uri)
        yield found
    finally:
        shared["loop"].call_soon_threadsafe(setattr, shared["server"], "should_exit", True)
        thread.join(30)
        listener.close()
