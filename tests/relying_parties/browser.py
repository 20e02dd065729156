"""A browser without scripts for the journeys of relying parties: cookies, redirects, meta refreshes, forms."""

from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2

from tests.support.browser import FIREFOX

_MOST_STEPS = 20


class _Page(HTMLParser):
    """The first form with a field that is known, or where a meta refresh leads."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        super().__init__()
        self.refresh: str | None = None
        self.action: str | None = None
        self.body: dict[str, str] = {}
        self._typed = typed
        self._form: tuple[str, dict[str, str]] | None = None
        self._is_known = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.refresh = given["content"].partition("url=")[2]
        elif tag == "form":
            self._form, self._is_known = (given.get("action", ""), {}), False
        elif self._form and (tag == "input" or given.get("id") == "consent-allow"):
            self._take(given)

    def _take(self, given: Mapping[str, str]) -> None:
        assert self._form
        name = given.get("name", "")
        if name in self._typed:
            self._form[1][name] = self._typed[name]
            self._is_known = True
        elif given.get("type") == "hidden" or given.get("id") == "consent-allow":
            self._form[1][name] = given.get("value", "")
            self._is_known |= given.get("id") == "consent-allow"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form and self._is_known and self.action is None:
            self.action, self.body = self._form


class Browser:
    """Walks through the provider's pages like a person who knows the password."""

    def __init__(
        self, user_agent: str = FIREFOX, *, mounts: Mapping[str, httpx2.AsyncBaseTransport] | None = None
    ) -> None:
        """`mounts` are origins that are served by this process."""
        headers = {"user-agent": user_agent}
        self.client = httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False, mounts=mounts)

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    def change_to(self, user_agent: str) -> None:
        """From now on this is another browser, with the cookies of the first."""
        self.client.headers["user-agent"] = user_agent

    async def walk(self, url: str, destination: str, **typed: str) -> str:
        """Goes on until an address begins with `destination`, which is returned and not opened."""
        body: dict[str, str] | None = None
        for _ in range(_MOST_STEPS):
            if url.startswith(destination):
                return url
            answer = await self.client.request("POST" if body else "GET", url, data=body)
            url, body = _next(answer, typed)
        raise AssertionError(f"no end after {_MOST_STEPS} pages")


def _next(answer: httpx2.Response, typed: Mapping[str, str]) -> tuple[str, dict[str, str] | None]:
    here = str(answer.url)
    if answer.is_redirect:
        return urljoin(here, answer.headers["location"]), None
    assert answer.status_code == 200, f"{here} answered {answer.status_code}"
    page = _Page(typed)
    page.feed(answer.text)
    if page.refresh:
        return urljoin(here, page.refresh), None
    assert page.action is not None, f"{here} leads nowhere: {answer.text[-2000:]}"
    return urljoin(here, page.action or here), page.body
