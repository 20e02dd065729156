"""A person at a browser: cookies, redirects, and forms filled in by their fields' names.

It runs no scripts; only a CAPTCHA is solved as its script would, unless the test says `captcha=""` (or anything else).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from fastapi import FastAPI

from tests.support.captcha import answer_to

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
_MOST_REDIRECTS = 20


@dataclass(slots=True)
class FormOnPage:
    """One form: its action, its hidden and typed fields, and its buttons by id, else by `name=value`."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    challenge: str = ""  # of a CAPTCHA that scripts would solve


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormOnPage] = []
        self.links: dict[str, str] = {}
        self.refresh: str | None = None
        self.refresh_after = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self.forms.append(FormOnPage(given.get("action", "")))
            case "a" if "id" in given:
                self.links[given["id"]] = given.get("href", "")
            case "meta" if given.get("http-equiv", "").lower() == "refresh":
                seconds, _, self.refresh = given["content"].partition("; url=")
                self.refresh_after = int(seconds)
            case "input" if self.forms and "name" in given:
                form = self.forms[-1]
                form.names.add(given["name"])
                if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                    form.fields[given["name"]] = given.get("value", "")
            case "textarea" | "select" | "altcha-widget" if self.forms:
                self.forms[-1].names.add(given["name"])
                self.forms[-1].fields.setdefault(given["name"], "")
                self.forms[-1].challenge = given.get("challenge", self.forms[-1].challenge)
            case "button" if self.forms and given.get("type") != "button":
                name, value = given.get("name", ""), given.get("value", "")
                self.forms[-1].buttons[given.get("id") or f"{name}={value}"] = (name, value)


@dataclass(slots=True)
class Page:
    """What the browser shows, or the address at another origin that it was sent to (`status` 0)."""

    url: str
    status: int
    text: str
    headers: httpx.Headers
    forms: list[FormOnPage]
    links: Mapping[str, str]
    refresh: str | None = None
    refresh_after: int = 0  # seconds

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    @property
    def has_error(self) -> bool:
        return 'role="alert"' in self.text

    def shows(self, words: str) -> bool:
        """Whether the words stand in the page, however it is escaped."""
        return words in self.text or words.replace("'", "&#39;") in self.text


class Browser:
    """Goes on through redirects and `/continue` until a page wants an answer, or the browser has left us."""

    def __init__(
        self,
        app: FastAPI,
        *,
        base_url: str = "http://localhost:8000",
        user_agent: str = FIREFOX,
        address: str = "192.0.2.1",
    ) -> None:
        self.base_url = base_url
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, client=(address, 50000)),
            base_url=base_url,
            headers={"user-agent": user_agent, "accept": "text/html", "accept-language": "en"},
        )
        self.page: Page | None = None

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    def change_to(self, user_agent: str) -> None:
        """The same cookies, another browser."""
        self.http.headers["user-agent"] = user_agent

    def set_cookie(self, name: str, value: str) -> None:
        """As if an answer of ours had set it."""
        host = urlsplit(self.base_url).hostname or ""
        # The cookie jar's own spelling of a host without a dot.
        self.http.cookies.set(name, value, domain=host if "." in host else f"{host}.local", path="/")

    async def open(self, url: str, **headers: str) -> Page:
        """GET, then wherever it leads."""
        return await self._follow(await self.http.get(url, headers=headers))

    async def submit(self, *, button: str | None = None, has: str | None = None, **typed: str) -> Page:
        """Sends a form of the page: the one with the button's id, with the field `has`, or with all typed fields."""
        assert self.page is not None, "open a page first"
        form = self.form(*typed, button=button, has=has)
        proof = {"captcha": answer_to(form.challenge)} if form.challenge and "captcha" not in typed else {}
        body = form.fields | proof | typed
        if button and form.buttons[button][0]:
            body |= dict([form.buttons[button]])
        return await self.post(urljoin(self.page.url, form.action), body)

    async def post(self, url: str, body: Mapping[str, str], **headers: str) -> Page:
        """POST as a form of our own origin, then wherever it leads."""
        own = {"origin": self.base_url, "sec-fetch-site": "same-origin"} | headers
        return await self._follow(await self.http.post(url, data=dict(body), headers=own))

    def form(self, *names: str, button: str | None = None, has: str | None = None) -> FormOnPage:
        assert self.page is not None
        wanted = {*names, *([has] if has else [])}
        for form in self.page.forms:
            if (button is None or button in form.buttons) and wanted <= form.names:
                return form
        raise AssertionError(f"no form with {wanted or button} at {self.page.url}: {self.page.text[-1500:]}")

    async def click(self, link_id: str) -> Page:
        assert self.page is not None
        return await self.open(urljoin(self.page.url, self.page.links[link_id]))

    async def _follow(self, answer: httpx.Response) -> Page:
        for _ in range(_MOST_REDIRECTS):
            target = answer.headers.get("location")
            page = _read(answer)
            if target is None and page.refresh is not None and not page.refresh_after:
                target = page.refresh
            if target is None:
                self.page = page
                return page
            target = urljoin(str(answer.url), target)
            if not target.startswith(self.base_url + "/"):
                self.page = Page(target, 0, "", answer.headers, [], {})
                return self.page
            answer = await self.http.get(target)
        raise AssertionError(f"more than {_MOST_REDIRECTS} redirects")


def _read(answer: httpx.Response) -> Page:
    reader = _Reader()
    if "html" in answer.headers.get("content-type", ""):
        reader.feed(answer.text)
    return Page(
        str(answer.url),
        answer.status_code,
        answer.text,
        answer.headers,
        reader.forms,
        reader.links,
        reader.refresh,
        reader.refresh_after,
    )
