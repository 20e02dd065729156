"""Rendering: every state renders in every language, escapes what it is given, and carries nothing inline."""

import gzip
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from jinja2 import Environment, UndefinedError, nodes

from idp.localization import Localization
from idp.web.messages import ERRORS, NOTICES
from idp.web.pages import STATIC, TEMPLATES, PageError, Pages, in_groups_of_four, language_address, static_addresses
from tests.web.gallery import GALLERY, SETTINGS, SHARED, render
from tests.web.gallery_state import State

ATTACK = "\"'><script>alert(1)</script>{{ 7*7 }}"
PAGE_TEMPLATES = sorted(
    path for path in TEMPLATES.rglob("*.html") if "messages" not in path.relative_to(TEMPLATES).parts
)
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SPOKEN_ATTRIBUTES = {"alt", "aria-label", "title", "data-hide", "data-hide-label", "data-busy", "data-done"}


@pytest.fixture(scope="module")
def pages() -> Pages:
    """The renderer of the gallery's installation."""
    return Pages(SETTINGS, Localization())


class Outline(HTMLParser):
    """The tags of a page, checked for balance, with the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag without content, as in SVG."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """It must close the tag opened last."""
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("locale", ["en", "cs"])
@pytest.mark.parametrize("state", GALLERY, ids=lambda state: state.name)
def test_page_is_sound(pages: Pages, state: State, locale: str) -> None:
    """Balanced tags, one h1, unique ids, labelled fields, POST forms with a CSRF token, nothing inline."""
    outline = Outline(render(pages, state, locale))
    assert outline.open == []
    assert outline.all("html") == [{"lang": locale, "dir": "ltr"}]
    assert len(outline.all("h1")) == 1
    ids = Counter(attributes["id"] for _, attributes in outline.tags if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    labelled = {attributes.get("for") for attributes in outline.all("label")}
    for field in outline.all("input"):
        if field["type"] != "hidden" and "vh" not in field.get("class", "") and field["name"] != "scope":
            assert field["id"] in labelled
        assert "maxlength" not in field
    tokens = [field for field in outline.all("input") if field["name"] == "csrf"]
    # The form that posts to an application carries nothing of ours.
    assert len(tokens) == len([form for form in outline.all("form") if form.get("id") != "form-post"])
    for form in outline.all("form"):
        assert form["method"] == "post"
        assert "novalidate" in form
        assert form["action"].startswith("/")
    assert all(script["src"].startswith("/static/") for script in outline.all("script"))
    assert outline.all("style") == []
    assert [a for _, a in outline.tags if any(name == "style" or name.startswith("on") for name in a)] == []


@pytest.mark.parametrize("state", GALLERY, ids=lambda state: state.name)
def test_password_only_forms_name_the_account(pages: Pages, state: State) -> None:
    """A password field has a username in its form, so that managers file it under the right account."""
    html = render(pages, state, "en")
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        if 'type="password"' in form and 'name="phone"' not in form.replace(SHARED["path"], ""):
            assert 'autocomplete="username"' in form


@pytest.mark.parametrize("template", PAGE_TEMPLATES, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_template_has_no_untranslated_text(template: Path) -> None:
    """What is left of a template without its expressions has no word in it, neither as text nor as a label."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    tree = environment.parse(template.read_text())
    raw = "".join(data.data for data in tree.find_all(nodes.TemplateData))
    tags, text = re.findall(r"<[^>]*>", raw), re.sub(r"<[^>]*>", " ", raw)
    text = re.sub(r' [a-z-]+="[^"<>]*"', " ", text)  # a macro may write attributes alone
    assert re.findall(r"[^\W\d_]{2,}", text) == []
    spoken = [pair for tag in tags for pair in re.findall(r'([a-z-]+)="([^"]*[A-Za-z][^"]*)"', tag)]
    assert [pair for pair in spoken if pair[0] in SPOKEN_ATTRIBUTES] == []


def test_every_template_is_in_the_gallery() -> None:
    """A page that nobody looks at is a page that breaks unseen."""
    parts = {"base.html", "card.html", "account/base.html", "desk/base.html"}
    parts |= {"check_session.html"}  # a frame that shows nothing
    names = {path.relative_to(TEMPLATES).as_posix() for path in PAGE_TEMPLATES}
    assert {name for name in names if not name.startswith("parts/")} - parts == {state.template for state in GALLERY}


def test_values_are_escaped(pages: Pages) -> None:
    """Whatever an application, a person or an address carries is text, never markup and never a template."""
    app = {"name": ATTACK, "logo_uri": ATTACK, "policy_uri": None, "tos_uri": None, "host": ATTACK}
    for state in GALLERY:
        if state.template in {"login.html", "consent.html", "register.html", "select_account.html"}:
            hostile = {**state.context, "app": app, "path": f"/login?x={ATTACK}", "values": {"username": ATTACK}}
            html = render(pages, State(state.name, state.template, hostile, state.errors), "en")
            assert "<script>alert" not in html
            assert "49" not in re.sub(r'\?v=\w+|challenge="[^"]*"', "", html)


def test_only_our_own_pictures_skip_escaping() -> None:
    """Two drawings are markup: the icons of the templates and the QR code that the server draws."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    trusted = Counter(
        path.name
        for path in PAGE_TEMPLATES
        for node in environment.parse(path.read_text()).find_all(nodes.Filter)
        if node.name in {"safe", "forceescape"}
    )
    assert trusted == {"icons.html": 1, "otp_setup.html": 1}
    assert [path.name for path in PAGE_TEMPLATES if "autoescape" in path.read_text()] == []


def test_foreign_logos_are_not_requested(pages: Pages) -> None:
    """An application's logo on another origin would be blocked and would tell that origin who signs in."""
    state = next(state for state in GALLERY if state.name == "login-app")
    for logo in ("https://portal.example.com/logo.png", "//portal.example.com/logo.png", "javascript:alert(1)"):
        app = {**state.context["app"], "logo_uri": logo}
        assert "<img" not in render(pages, State("logo", state.template, {**state.context, "app": app}), "en")


def test_missing_value_fails_loudly(pages: Pages) -> None:
    """A route that forgets a value finds out in its first test."""
    with pytest.raises(UndefinedError):
        pages.render("otp.html", locale="en", action="/login/otp")


def test_response_is_not_cached(pages: Pages) -> None:
    """Pages carry tokens; no cache keeps them. The language is announced, and an unknown one is the default."""
    response = pages.html("help.html", locale="xx", status=200, headers={"Retry-After": "5"})
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-language"] == "en"
    assert response.headers["retry-after"] == "5"
    assert response.media_type == "text/html"


@pytest.mark.parametrize(
    ("locale", "sentence", "link"),
    [
        ("en", "The login was invalidated because the browser (User-Agent) was changed.", "What you can do"),
        ("cs", "Přihlášení bylo zneplatněno, protože došlo ke změně prohlížeče (User-Agent).", "Co s tím"),
    ],
)
def test_changed_browser_is_explained(pages: Pages, locale: str, sentence: str, link: str) -> None:
    """The reason for the forced login stands on the login page, with the way to advice."""
    state = next(state for state in GALLERY if state.name == "login-browser-changed")
    html = render(pages, state, locale)
    assert sentence in html
    assert f'<a href="/help/cannot-complete-login">{link}</a>' in html


def test_every_message_renders_in_every_language(pages: Pages) -> None:
    """Each key has words in each language; a key or a value from an older release gives a neutral sentence."""
    for locale in ("en", "cs"):
        for key in ERRORS:
            html = pages.render(
                "login.html", locale=locale, errors=[PageError("", key, {"n": 3})], action="/", register_url=""
            )
            assert "%(" not in html
        for key in NOTICES:
            assert 'id="notice"' in pages.render("login.html", locale=locale, notice=key, action="/", register_url="")
    old = [PageError("", "gone"), PageError("", "rate", {}), PageError("", "rate", {"n": "soon"})]
    html = pages.render("login.html", locale="en", errors=old, notice="gone", action="/", register_url="")
    assert html.count("Something did not work. Try again.") == 2
    assert 'id="notice"' not in html


def test_errors_travel_as_keys() -> None:
    """An error survives the flow unchanged; another shape is refused."""
    error = PageError("password", "password.too_short", {"n": 12})
    assert PageError.from_json(error.to_json()) == error
    for broken in ([], ["a"], ["a", "b", "c"], [1, "b", {}]):
        with pytest.raises(ValueError, match="not a page error"):
            PageError.from_json(broken)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/login", "/login?lang=cs"),
        ("/login?flow=a.b&lang=en", "/login?flow=a.b&lang=cs"),
        ("/login?flow=&x=1", "/login?flow=&x=1&lang=cs"),
        ("//evil.example/x", "/evil.example/x?lang=cs"),
        ("/\\evil.example", "/evil.example?lang=cs"),
        ("//[", "/[?lang=cs"),
    ],
)
def test_language_link_stays_here(path: str, expected: str) -> None:
    """The language links keep the flow and never lead to another origin."""
    assert language_address(path) + "cs" == expected


@pytest.mark.parametrize("route", ["/", "/login", "//a", "/desk/accounts/x"])
@pytest.mark.parametrize(
    "query",
    [
        "flow=AB-_9",
        "a=b&c=",
        "a",
        "a&&b=1",
        "a=b=c",
        "a=%2F&b=+x",
        "xlang=1",
        "a=lang",
        "lang=en&a=~",
        "a=č",
        "&a=b",
        "=",
    ],
)
def test_a_language_link_is_what_the_parser_makes_of_it(route: str, query: str) -> None:
    """Also where the query can be left as it stands."""
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "lang"]
    assert language_address(f"{route}?{query}") + "cs" == f"/{route.lstrip('/')}?{urlencode([*kept, ('lang', 'cs')])}"


def test_shared_key_is_readable() -> None:
    """Groups of four, the last one shorter."""
    assert in_groups_of_four("JBSWY3DPEH") == "JBSW Y3DP EH"


def test_static_addresses_change_with_the_content(tmp_path: Path) -> None:
    """A year in the cache is safe because a new content has a new address."""
    (tmp_path / "a.css").write_text("a{}")
    first = static_addresses(tmp_path)["a.css"]
    (tmp_path / "a.css").write_text("b{}")
    assert first.startswith("/static/a.css?v=")
    assert static_addresses(tmp_path)["a.css"] != first


@pytest.mark.requirement("WE-13")
def test_pages_stay_light(pages: Pages) -> None:
    """Gzipped: at most 4 kB of HTML, 6 kB of CSS and 3 kB of script; five requests, none to a third party."""

    def weight(data: bytes) -> int:
        return len(gzip.compress(data))

    for state in GALLERY:
        html = render(pages, state, "cs")
        # A QR code is a picture.
        assert weight(re.sub(r'<div class="qr".*?</div>', "", html, flags=re.DOTALL).encode()) <= 4096, state.name
        requests = re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="([^"]+)"', html)
        assert len(requests) + 1 <= 6, state.name
        assert all(address.startswith("/static/") for address in requests), state.name
    assert weight(b"".join(path.read_bytes() for path in STATIC.glob("*.css"))) <= 6 * 1024
    assert weight(b"".join(path.read_bytes() for path in STATIC.glob("*.js"))) <= 3 * 1024
