"""The words of every message, and that nobody else's words can become markup, a link, a header or a template."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from idp.localization import Localization
from idp.messaging.compose import Composer, NotComposable, Sender
from idp.messaging.gateways import Envelope
from idp.messaging.kinds import KINDS
from tests.messaging.conftest import ISSUER
from tests.messaging.letters import NOW, VALUES, claimed, needed_values

TEMPLATES = Path(__file__).parents[2] / "idp" / "templates" / "messages"
LOCALES = Localization().available
MAILS = [kind for kind, rules in KINDS.items() if "mail" in rules.channels]


class Markup(HTMLParser):
    """The tags, links and visible text of a document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"] and data.strip():
            self.texts.append(data.strip())

    @property
    def links(self) -> set[str]:
        return {value for name, value in self.attributes if name in {"href", "src", "background", "action"}}


def compose(composer: Composer, kind: str, locale: str = "en", **values: str | int) -> Envelope:
    return composer.compose(claimed(kind), locale, needed_values(kind) | values)


@pytest.mark.requirement("LG-08")
@pytest.mark.parametrize("kind", MAILS)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_mail_is_complete(composer: Composer, kind: str, locale: str) -> None:
    """Each kind has a subject that begins with the company, a text, and HTML with language, direction and schemes."""
    mail = compose(composer, kind, locale)
    assert mail.subject.startswith("Example Ltd – ")
    assert len(mail.subject) < 90
    assert "\n" not in mail.subject
    assert "support@example.com" in mail.text
    assert "\n\n\n" not in mail.text
    page = Markup(mail.html)
    assert ("lang", locale) in page.attributes
    assert ("dir", "ltr") in page.attributes
    assert ("content", "light dark") in page.attributes
    assert "prefers-color-scheme: dark" in mail.html
    assert not set(page.tags) & {"img", "script", "link", "iframe", "form", "object", "svg"}
    assert "url(" not in mail.html
    assert "@import" not in mail.html
    assert page.links == set(mail.links)


@pytest.mark.requirement("LG-08")
@pytest.mark.parametrize("kind", MAILS)
def test_every_mail_is_translated(composer: Composer, kind: str) -> None:
    """No language shows the English subject."""
    for locale in set(LOCALES) - {"en"}:
        assert compose(composer, kind, locale).subject != compose(composer, kind).subject


def test_verify_email_shows_code_link_and_who_asked(composer: Composer) -> None:
    """The code is one selectable word, the link stands in full, and browser, time and address are told."""
    mail = compose(composer, "verify_email", when=NOW, browser="Firefox on Linux", address="192.0.2.7")
    assert mail.subject == "Example Ltd – Verify your email: 482 913"
    assert (mail.code, mail.links) == ("482913", (VALUES["link"],))
    page = Markup(mail.html)
    assert {"482913", VALUES["link"], "Firefox on Linux", "192.0.2.7"} <= set(page.texts)
    for shown in ("482913", VALUES["link"], "Firefox on Linux", "192.0.2.7", "15 minutes", "2026", "Ignore it"):
        assert str(shown) in mail.text
        assert str(shown) in mail.html


def test_what_is_not_known_is_not_shown(composer: Composer) -> None:
    """Without browser, time and address there are no empty labels."""
    mail = compose(composer, "verify_email")
    assert "Browser" not in mail.text + mail.html


@pytest.mark.parametrize("application", ["", "Global client portal"])
def test_reuse_names_the_application_if_known(composer: Composer, application: str) -> None:
    """The security alert reads as a sentence either way."""
    mail = compose(composer, "refresh_reuse", application=application)
    assert ("Global client portal" in mail.text) is bool(application)
    assert "None" not in mail.text


def test_unknown_language_falls_back(composer: Composer) -> None:
    """An account whose language is not offered any more still gets its mail."""
    assert compose(composer, "verify_email", "tlh").locale == "en"
    assert compose(composer, "verify_email", "en-GB").locale == "en"


def test_sms_is_one_part_and_bound_to_the_origin(composer: Composer) -> None:
    """Code first; the last line binds it to the login host; both fit one GSM part of 160 characters."""
    sms = composer.compose(claimed("verify_phone", "sms"), "en", {"code": "482913"})
    assert sms.text == ("482913 is your Keygate code. Nobody from us will ask for it.\n@login.example.com #482913")
    assert len(sms.text) <= 160
    assert (sms.subject, sms.html, sms.code, sms.links) == ("", "", "482913", ())


@pytest.mark.parametrize("kind", [kind for kind, rules in KINDS.items() if "sms" in rules.channels])
@pytest.mark.parametrize("locale", LOCALES)
def test_sms_can_do_without_diacritics(kind: str, locale: str) -> None:
    """With the setting, every language's SMS is ASCII, one part long, and loses no letter."""
    sender = Sender("Můj účet", "Example", "support@example.com", ISSUER)
    full, sms = (
        Composer(replace(sender, sms_ascii=ascii_only), Localization()).compose(
            claimed(kind, "sms"), locale, needed_values(kind)
        )
        for ascii_only in (False, True)
    )
    assert sms.text.isascii()
    assert "Muj ucet" in sms.text
    assert sms.text.count("?") == full.text.count("?")
    assert len(sms.text) == len(full.text)
    assert len(sms.text) <= 160


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<a href='https://evil.example'>win</a>",
    "{{ 7*7 }}{% for x in y %}{{ code }}",
    "visit https://evil.example/win now",
    "www.evil.example",
    "call@evil.example",
    "a\r\nBcc: victim@example.org",
    "a\x00b\u202ec\u2028d\ud800",
    "%(brand)s %s",
    "x" * 5000,
]


@pytest.mark.requirement("RC-21")
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", ["browser", "address", "application"])
def test_other_peoples_words_are_inert(composer: Composer, name: str, hostile: str) -> None:
    """A value adds no tag, no link, no line and no template to a mail, and no mail program can make a link of it."""
    values: dict[str, str | int] = {"when": NOW, "browser": "B", "address": "A", "application": "P"}
    plain = compose(composer, "refresh_reuse", "en", **values)
    mail = compose(composer, "refresh_reuse", "en", **(values | {name: hostile}))
    assert Markup(mail.html).tags == Markup(plain.html).tags
    assert Markup(mail.html).links == Markup(plain.html).links
    assert mail.links == plain.links
    assert mail.subject == plain.subject
    assert mail.text.count("\n") == plain.text.count("\n")
    assert not re.search(r"[\x00\u202e\u2028\ud800]", mail.text + mail.html)
    assert "49" not in mail.text
    assert len(mail.text) < len(plain.text) + 200
    ours = mail.text.replace(ISSUER, "").replace("support@example.com", "").replace("login.example.com", "")
    assert not re.search(r"://|www\.|[^\W\d]\.[^\W\d]|@", ours)


@pytest.mark.requirement("RC-01")
@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/verify/email?t=abc",
        "http://login.example.com/verify/email",
        "https://login.example.com.evil.example/x",
        "https://login.example.com@evil.example/x",
        "https://login.example.com",
        "//evil.example/x",
        "/verify/email",
        "javascript:alert(1)",
        "https://login.example.com/a b",
        "https://login.example.com/a\r\nBcc: x",
    ],
)
def test_links_lead_to_the_issuer_only(composer: Composer, link: str) -> None:
    """A link to anywhere but the configured origin is never sent."""
    with pytest.raises(NotComposable):
        compose(composer, "verify_email", link=link)


@pytest.mark.requirement("RC-01")
@pytest.mark.parametrize("kind", [kind for kind in MAILS if kind != "verify_email"])
def test_notices_link_to_the_issuer(composer: Composer, kind: str) -> None:
    """A notice's own link is made of the configured issuer."""
    assert all(link.startswith(f"{ISSUER}/") for link in compose(composer, kind).links)


@pytest.mark.parametrize("code", ["482913\r\nx", "<b>1</b>", "1" * 33, "12"])
def test_a_code_is_a_code(composer: Composer, code: str) -> None:
    """Only letters, digits and hyphens reach the subject."""
    with pytest.raises(NotComposable):
        compose(composer, "verify_email", code=code)


def test_every_kind_has_its_templates() -> None:
    """One file of words per kind and channel, and none that belongs to no kind."""
    wanted = {
        f"{kind}.jinja" if channel == "mail" else f"{kind}.sms.txt"
        for kind, rules in KINDS.items()
        for channel in rules.channels
    }
    assert {path.name for path in TEMPLATES.iterdir()} == wanted | {"layout.html", "layout.txt"}
