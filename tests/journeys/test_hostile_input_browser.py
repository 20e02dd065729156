"""Script in everything that a page repeats, in Chromium: it is shown as text, and nothing of it runs."""

from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import People
from tests.journeys.surroundings import World
from tests.support.chromium import Person

_RUN = ("alert(1)", "top.hurt=1")
_SHAPES = (
    "<script>{run}</script>",
    "</script><script>{run}</script>",
    "<ScRiPt>{run}</sCrIpT>",
    "<script src=data:,{run}></script>",
    "<script/x>{run}</script>",
    '"><script>{run}</script>',
    "'><script>{run}</script>",
    "</title><script>{run}</script>",
    "</textarea><script>{run}</script>",
    "</style><script>{run}</script>",
    "--><script>{run}</script>",
    "]]><script>{run}</script>",
    "<img src=x onerror={run}>",
    '"><img src=x onerror={run}>',
    "<svg onload={run}>",
    "<svg><script>{run}</script></svg>",
    "<svg><animate onbegin={run} attributeName=x dur=1s>",
    "<body onload={run}>",
    "<iframe src=javascript:{run}>",
    '<iframe srcdoc="<script>{run}</script>">',
    "<object data=javascript:{run}>",
    "<embed src=javascript:{run}>",
    "<details open ontoggle={run}>",
    "<video><source onerror={run}></video>",
    "<input autofocus onfocus={run}>",
    '" autofocus onfocus={run} x="',
    "' autofocus onfocus='{run}",
    "` onfocus={run} x=`",
    "<a href=javascript:{run} id=continue>x</a>",
    "javascript:{run}",
    "{{{{constructor.constructor('{run}')()}}}}",
    "${{{run}}}",
    "<meta http-equiv=refresh content='0;url=javascript:{run}'>",
    "<base href=javascript:{run}//>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={run}>",
    "&lt;script&gt;{run}&lt;/script&gt;",
)
PAYLOADS = [shape.format(run=run) for shape in _SHAPES for run in _RUN]
# Elements and attributes that our own pages never hold.
_FOREIGN = """() => window.hurt ? ["it ran"] : [...document.querySelectorAll("*")]
  .filter(e => /^(iframe|object|embed|base|video|math|textarea|style|animate)$/i.test(e.tagName)
    || (e.tagName === "SCRIPT" && e.type !== "module")
    || e.getAttributeNames().some(name => name.startsWith("on") || /^\\s*javascript:/i.test(e.getAttribute(name) ?? "")
        && ["href", "src", "action", "data", "content", "formaction"].includes(name)))
  .map(e => e.outerHTML.slice(0, 200))"""


@pytest.fixture
def visitor(people: People) -> Person:
    """A dialog or a violated policy is a complaint, and fails the test when the browser closes."""
    return people()


def check(page: Page, payload: str) -> None:
    assert page.evaluate(_FOREIGN) == [], payload


@pytest.mark.requirement("AZ-09", "WE-05")
def test_script_in_parameters_is_text(world: World, visitor: Person) -> None:
    """Through the request into the login form and its errors, into the error page, and into paths that do not exist."""
    assert len(PAYLOADS) >= 60
    page, redirect_uri = visitor.page, f"{world.portal}/callback"
    for payload in PAYLOADS:
        asked = {
            "client_id": "portal",
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "code_challenge": "x" * 43,
            "code_challenge_method": "S256",
            "state": payload,
            "nonce": payload,
            "login_hint": payload,
            "ui_locales": payload,
            "acr_values": payload,
        }
        page.goto(f"{world.issuer}/authorize?{urlencode(asked)}")
        assert page.input_value("#username") == payload.strip()
        check(page, payload)
        visitor.press("login-submit")  # no password: the page comes back with what was typed
        assert page.locator("#errors").count() == 1
        check(page, payload)
    for start in range(0, len(PAYLOADS), 6):
        several = " ".join(PAYLOADS[start : start + 6])
        unproven = urlencode({"client_id": "portal", "redirect_uri": f"{redirect_uri}?{several}", "state": several})
        page.goto(f"{world.issuer}/authorize?{unproven}")
        page.click("summary")
        assert PAYLOADS[start] in page.inner_text("main")
        check(page, several)


@pytest.mark.requirement("AZ-09", "WE-05")
def test_script_in_other_addresses_is_text(world: World, visitor: Person) -> None:
    """Pages that take something of their address: errors, the way on, links of mails, the portal's own answer."""
    page, many = visitor.page, "".join(PAYLOADS)
    for payload in [*PAYLOADS[:12], many]:
        value = quote(payload)
        for address in (
            f"{world.issuer}/nothing/{value}",
            f"{world.issuer}/error?error={value}&error_description={value}",
            f"{world.issuer}/continue?to={value}",
            f"{world.issuer}/login?flow={value}&lang={value}",
            f"{world.issuer}/logout?client_id=portal&state={value}&post_logout_redirect_uri={value}",
            f"{world.issuer}/verify/email/link?t={value}",
            f"{world.issuer}/logged-out?{value}",
            f"{world.portal}/callback?error={value}&error_description={value}&state={value}&iss={value}",
        ):
            page.goto(address)
            check(page, address)


@pytest.mark.requirement("WE-05", "AZ-09")
def test_script_in_names_is_text(world: World, visitor: Person) -> None:
    """Names of people and applications, on every page that shows them."""
    everything = " ".join(PAYLOADS)
    world.account("mallory@example.com", profile={"name": everything, "given_name": PAYLOADS[0]})
    page, password = visitor.page, world.live.account[1]
    for number, start in enumerate(range(0, len(PAYLOADS), 4)):
        name = " ".join(PAYLOADS[start : start + 4])
        client = world.live.client(f"evil{number}", client_name=name, first_party=False)
        asked = {
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "response_type": "code",
            "scope": "openid profile email",
            "code_challenge": "x" * 43,
            "code_challenge_method": "S256",
            "prompt": "select_account" if number % 2 else "consent",
        }
        page.goto(f"{world.issuer}/authorize?{urlencode(asked)}")
        check(page, name)
        if number == 0:
            assert name in page.inner_text("main")
            visitor.fill(username="mallory@example.com", password=password)
            visitor.press("login-submit")
            page.wait_for_url("**/consent?**")
        elif number % 2:
            assert everything in page.inner_text("main")
            page.click(".account")
            page.wait_for_url("**/consent?**")
        assert name in page.inner_text("main")
        assert everything in page.inner_text("main")
        check(page, name)
    page.goto(f"{world.portal}/login")
    world.at_portal(visitor)
    assert everything in page.inner_text("main")
    check(page, everything)
