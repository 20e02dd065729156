"""A person at a real Chromium: presses, types, goes back, and notices whatever the browser complains about."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Response, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1280, 320)
# A refusal has its own status, and Chromium says so in the console.
_EXPECTED = "the server responded with a status of 4"
_SETTLED = 15_000  # milliseconds


@contextmanager
def open_chromium(executable: Path, *more: str) -> Iterator[Browser]:
    """One browser for many people. Not in a module with async tests: Playwright's loop runs in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, *more])
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Examiner:
    """Looks at each page state once: accessible and whole, in both themes, at both widths.

    With IDP_TEST_SCREENSHOTS=directory it leaves pictures there for a person to look at.
    """

    seen: set[tuple[str, ...]] = field(default_factory=set)

    def look(self, page: Page, *, locale: str, scripts: bool) -> None:
        state = (urlsplit(page.url).path, locale, str(scripts), *page.locator("h1, #errors, #notice").all_inner_texts())
        if state in self.seen:
            return
        self.seen.add(state)
        assert page.locator("html").get_attribute("lang") == locale, f"the language of {page.url}"
        assert page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0], state
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            # axe is a script, and waits for ever where none may run.
            for scheme in SCHEMES if scripts else ():
                page.emulate_media(color_scheme=scheme)
                assert violations(page) == [], (state, width, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (state, width)
            if directory := os.environ.get("IDP_TEST_SCREENSHOTS"):
                _photograph(page, Path(directory), f"{_name(state)}-{width}")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds, as rule and element."""
    found = Axe().run(page, options={"runOnly": list(RULES)}).response["violations"]
    return [(violation["id"], node["html"]) for violation in found for node in violation["nodes"]]


def _name(state: tuple[str, ...]) -> str:
    path, locale, scripts, *words = state
    told = "".join(letter for letter in "-".join(words)[-60:].lower() if letter.isalnum())
    plain = "" if scripts == "True" else "-noscript"
    return f"{path.strip('/').replace('/', '_') or 'home'}-{told}-{locale}{plain}"


def _photograph(page: Page, directory: Path, name: str) -> None:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=directory / f"{name}-{scheme}.png", full_page=True)


@dataclass(slots=True)
class Person:
    """One browser profile with one tab (`page`); `scripts` False: JavaScript is off."""

    context: BrowserContext
    page: Page
    locale: str
    scripts: bool
    examiner: Examiner
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def goto(self, url: str) -> None:
        self.page.goto(url)

    def at(self, path: str, *, host: str | None = None, look: bool = True) -> Page:
        """Waits until this path is shown (on this host and port, where one is given), and looks at it."""

        def is_there(url: str) -> bool:
            parts = urlsplit(url)
            return parts.path == path and host in {None, parts.netloc}

        self.page.wait_for_url(is_there, timeout=_SETTLED)
        if look:
            self.examiner.look(self.page, locale=self.locale, scripts=self.scripts)
        return self.page

    def fill(self, **fields: str) -> None:
        """By the fields' ids."""
        for name, value in fields.items():
            self.page.fill(f"#{name}", value)

    def press(self, element_id: str) -> None:
        """A button or a link that leads somewhere."""
        with self.page.expect_navigation(timeout=_SETTLED):
            self.page.click(f"#{element_id}")

    def enter_code(self, code: str, button: str) -> None:
        """Six digits send themselves where scripts run."""
        with self.page.expect_navigation(timeout=_SETTLED):
            sends_itself = self.scripts and self.page.locator("#code[data-code]").count()
            self.page.fill("#code", code)
            if not sends_itself:
                self.page.click(f"#{button}")

    def back(self) -> Page:
        """Fails where Chromium has nothing to show (ERR_CACHE_MISS)."""
        self.page.go_back(timeout=_SETTLED)
        assert not self.page.url.startswith("chrome-error:"), self.page.url
        return self.page

    def new_tab(self, url: str) -> "Person":
        """The same profile, another tab."""
        tab = Person(
            self.context,
            self.context.new_page(),
            self.locale,
            self.scripts,
            self.examiner,
            self.complaints,
            self.addresses,
            self.answers,
        )
        tab.goto(url)
        return tab

    def reads(self) -> str:
        return self.page.inner_text("body")

    def expect_complaint(self, *parts: str) -> None:
        """Takes complaints off the list that this very step was to cause."""
        assert any(part in text for text in self.complaints for part in parts), self.complaints
        self.complaints[:] = [text for text in self.complaints if not any(part in text for part in parts)]


@contextmanager
def person_at(
    browser: Browser, examiner: Examiner, *, locale: str = "en", scripts: bool = True, **profile: Any
) -> Iterator[Person]:
    """Opens a fresh profile. At the end its console must have been silent: a violated policy shows up there."""
    language = {"en": "en-GB", "cs": "cs-CZ"}[locale]
    context = browser.new_context(locale=language, java_script_enabled=scripts, reduced_motion="reduce", **profile)
    person = Person(context, context.new_page(), locale, scripts, examiner)
    _listen(context, person)
    try:
        yield person
    finally:
        context.close()
    assert person.complaints == [], person.complaints


def _listen(context: BrowserContext, person: Person) -> None:
    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and _EXPECTED not in message.text:
            person.complaints.append(message.text)

    def dismiss(dialog: Dialog) -> None:
        person.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.on("console", hear)
    context.on("weberror", lambda error: person.complaints.append(str(error.error)))
    context.on("dialog", dismiss)
    context.on("request", lambda request: person.addresses.append(request.url))
    context.on("response", lambda answer: person.answers.append(answer))  # noqa: PLW0108 - Playwright marks the function


def headers_of(answer: Response) -> Mapping[str, str]:
    """The headers of one answer, by lower-case name."""
    return {header["name"].lower(): header["value"] for header in answer.headers_array()}
