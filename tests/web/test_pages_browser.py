"""Every page state in Chromium: accessible and whole in both themes, at both widths, with a silent console."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web.gallery import GALLERY
from tests.web.gallery_state import State
from tests.web.page_server import STATES, PageServer, open_chromium, serve_gallery

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What may differ between the themes of one page; everything else was checked in the first.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1280, 320)
# Chromium reports each document with an error status, which these have on purpose.
NOT_OURS = "the server responded with a status of"
# SC 2.5.8 exempts links inside a sentence; everything else is at least 44 px high.
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, summary, label.check")]
  .filter(e => e.checkVisibility() && !e.closest(".skip, .note, details > p, details li, label a, .hint > a"))
  .filter(e => !e.matches("input[type=checkbox], .vh, [type=hidden]"))
  .filter(e => e.getBoundingClientRect().height < 43.5)
  .map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    """The gallery, served."""
    with serve_gallery() as place:
        yield place


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """One Chromium for the module: starting it takes longer than a test."""
    with open_chromium(chromium_path) as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose console must stay silent: a violated policy shows up there."""
    context = browser.new_context(reduced_motion="reduce")
    complaints: list[str] = []
    page = context.new_page()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [text for text in complaints if NOT_OURS not in text] == []


def look(page: Page, options: dict[str, Any]) -> list[tuple[str, str]]:
    """What axe finds, as rule and element."""
    found = Axe().run(page, options=options).response["violations"]
    return [(violation["id"], node["html"]) for violation in found for node in violation["nodes"]]


@pytest.mark.parametrize("state", GALLERY, ids=lambda state: state.name)
def test_page_is_accessible_and_fits(state: State, page: Page, server: PageServer) -> None:
    """No axe violation, no sideways scrolling and no small target, light and dark, wide and narrow."""
    for locale in ("en", "cs") if state.translated else ("en",):
        page.goto(server.url(state, locale))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for number, scheme in enumerate(SCHEMES):
                page.emulate_media(color_scheme=scheme)
                everything = number == 0 and locale == "en"
                assert look(page, {"runOnly": RULES} if everything else COLOURS) == [], (locale, width, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (locale, width)
            assert page.evaluate(SMALL_TARGETS) == [], (locale, width)


@pytest.mark.parametrize("state", [state for state in GALLERY if state.errors], ids=lambda state: state.name)
def test_focus_is_on_the_error_summary(state: State, page: Page, server: PageServer) -> None:
    """After a refused form the focus, and with it a screen reader, is on what is wrong; the title says so too."""
    page.goto(server.url(state, "en"))
    expect(page.locator("#errors")).to_be_focused()  # "autofocus" acts when the page is first drawn
    assert page.title().startswith("Error: ")
    for error in state.errors:
        if error.field:
            field = page.locator(f"#{error.field}")
            assert field.get_attribute("aria-invalid") == "true"
            assert f"{error.field}-error" in (field.get_attribute("aria-describedby") or "")


def test_everything_holds_in_forced_colours(page: Page, server: PageServer) -> None:
    """The system's high-contrast colours keep every control visible."""
    page.emulate_media(forced_colors="active")
    for name in ("login-wrong", "consent", "register-errors"):
        page.goto(server.url(STATES[name], "en"))
        assert look(page, {"runOnly": RULES}) == [], name


def test_text_grows_to_twice_its_size(page: Page, server: PageServer) -> None:
    """SC 1.4.4 and 1.4.12: double text and wide spacing need no sideways scrolling."""
    page.set_viewport_size({"width": 640, "height": 800})
    for name in ("login-app", "register-errors", "consent-long", "select-account-many", "account-otp"):
        page.goto(server.url(STATES[name], "cs"))
        page.evaluate(
            """() => { const sheet = new CSSStyleSheet();
            sheet.replaceSync(`html { font-size: 200% !important }
              * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }`);
            document.adoptedStyleSheets = [sheet]; }"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, name


def test_six_digits_send_the_form_once(page: Page, server: PageServer) -> None:
    """A pasted code with spaces is sent by itself, once for a page; a corrected one waits for the button."""
    page.route("**/login/otp**", lambda route: route.continue_(url=f"{server.origin}/sent?stay"))
    page.goto(server.url(STATES["otp"], "en"))
    server.sent.clear()
    with page.expect_response("**/sent?stay"):
        page.locator("#code").fill(" 482 913")
    page.locator("#code").fill("111 222")
    assert [form["code"] for form in server.sent] == ["482913"]


def test_password_can_be_shown_and_hides_when_sent(page: Page, server: PageServer) -> None:
    """The button says what it does; a sent form holds a password field again."""
    page.route("**/login?flow=**", lambda route: route.continue_(url=f"{server.origin}/sent?stay"))
    page.goto(server.url(STATES["login"], "en"))
    page.fill("#password", "correct horse")
    page.get_by_role("button", name="Show password").click()
    assert page.locator("#password").get_attribute("type") == "text"
    page.get_by_role("button", name="Hide password").click()
    page.get_by_role("button", name="Show password").click()
    with page.expect_response("**/sent?stay"):
        page.click("#login-submit")
    assert page.locator("#password").get_attribute("type") == "password"


def test_second_click_sends_nothing(page: Page, server: PageServer) -> None:
    """A double click is one login attempt."""
    page.route("**/login?flow=**", lambda route: route.continue_(url=f"{server.origin}/sent?stay"))
    page.goto(server.url(STATES["login"], "en"))
    server.sent.clear()
    with page.expect_response("**/sent?stay"):
        page.dblclick("#login-submit")
    assert len(server.sent) == 1


def test_resend_counts_down_and_becomes_usable(page: Page, server: PageServer) -> None:
    """The button counts the wait, does nothing meanwhile, and a live region says when it is over."""
    page.clock.install()
    page.goto(server.url(STATES["verify-phone-sent"], "en"))
    button = page.locator("#resend")
    assert button.inner_text() == "Send SMS again (42 s)"
    assert not page.locator("[data-wait-hint]").is_visible()
    server.sent.clear()
    button.click(force=True)
    page.clock.run_for(43_000)
    assert button.inner_text() == "Send SMS again"
    assert page.locator("[data-wait-live]").text_content() == "You can send a new SMS now."
    assert server.sent == []


def test_shared_key_is_copied_without_spaces(browser: Browser, server: PageServer) -> None:
    """What lands in the clipboard is the key itself, not its groups."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(server.url(STATES["account-otp"], "en"))
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == str(STATES["account-otp"].context["shared_key"])
    context.close()


def test_pages_work_without_javascript(browser: Browser, server: PageServer) -> None:
    """Without scripts nothing is hidden that is needed, nothing useless is shown, and forms are sent."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url(STATES["verify-phone-sent"], "en"))
    assert page.get_by_text("You can send it again in 42 seconds.").is_visible()
    page.goto(server.url(STATES["login-wrong"], "en"))
    expect(page.locator("#errors")).to_be_focused()
    assert not page.locator(".pw button").is_visible()
    server.sent.clear()
    page.fill("#password", "correct horse battery")
    page.click("#login-submit")
    assert server.sent == [
        {
            "csrf": "token",
            "username": "lucie.novakova@example.com",
            "password": "correct horse battery",
            "remember": "1",
        }
    ]
    context.close()


def test_consent_sends_the_choice(page: Page, server: PageServer) -> None:
    """The pressed button and the ticked scopes arrive; both buttons have the same size."""
    page.goto(server.url(STATES["consent"], "en"))
    allow, deny = page.locator("#consent-allow").bounding_box(), page.locator("#consent-deny").bounding_box()
    assert allow
    assert deny
    assert (allow["width"], allow["height"], allow["y"]) == (deny["width"], deny["height"], deny["y"])
    server.sent.clear()
    page.click("#consent-deny")
    assert server.sent == [{"csrf": "token", "scope": "phone", "decision": "deny"}]


def test_continue_leads_on_without_script(browser: Browser, server: PageServer) -> None:
    """A meta refresh goes on by itself; the link is there for those whose browser does not."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    with page.expect_request("**/nowhere?code=x&state=y"):
        page.goto(server.url(STATES["continue"], "en"))
    assert page.locator("#continue").get_attribute("href") == "/nowhere?code=x&state=y"
    context.close()
