"""Turns a message's kind and values into words: subject, text and HTML of a mail, or the text of an SMS.

Links are checked against the configured issuer; nothing here has ever seen a request. What people can influence (a
browser's name, an application's name) is made inert: never markup, never a template, never a link.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from idp.localization import Localization
from idp.messaging.gateways import Envelope
from idp.messaging.places import Places
from idp.messaging.store import ClaimedMessage

_TEMPLATES = Path(__file__).parents[1] / "templates" / "messages"
_CODE = re.compile(r"[0-9A-Za-z-]{4,32}")
_LINK = re.compile(r"[!-~]{1,2000}")
_HINT = re.compile(r"[^\s@<>\"'&]{1,64}@[^\s@<>\"'&]{1,190}")
_SHORT_TEXT = 120
_ASCII_PUNCTUATION = str.maketrans({"–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "…": "..."})


class NotComposable(Exception):
    """The message's values do not make a message that may be sent."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the installation's names and its one origin."""

    brand: str
    company: str
    support_email: str
    issuer: str
    sms_ascii: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.issuer).hostname or "localhost"


class Composer:
    """The templates of every kind, in every language of the installation. Immutable after construction."""

    def __init__(self, sender: Sender, localization: Localization, places: Places | None = None) -> None:
        self._sender = sender
        self._localization = localization
        self._places = places
        self._text = {locale: _environment(localization, locale, html=False) for locale in localization.available}
        self._html = {locale: _environment(localization, locale, html=True) for locale in localization.available}

    def compose(self, message: ClaimedMessage, locale: str, values: Mapping[str, Any]) -> Envelope:
        """The finished message; raises `NotComposable`."""
        locale = self._localization.negotiate(locale)
        context = self._context(message, locale, values)
        if message.channel == "sms":
            text = self._text[locale].get_template(f"{message.kind}.sms.txt").render(context).strip()
            subject = html = ""
            links: tuple[str, ...] = ()
        else:
            template = self._text[locale].get_template(f"{message.kind}.jinja")
            words = "".join(template.blocks["subject"](template.new_context(context)))
            subject = f"{self._sender.company} – {words}"
            text = re.sub(r"\n{3,}", "\n\n", template.render(context)).strip() + "\n"
            html = self._html[locale].get_template(f"{message.kind}.jinja").render(context)
            links = (context["link"],) if context["link"] in text else ()
        return Envelope(
            id=message.id,
            channel=message.channel,
            recipient=message.recipient,
            locale=locale,
            subject=subject,
            text=_to_ascii(text) if message.channel == "sms" and self._sender.sms_ascii else text,
            html=html,
            links=links,
            code=context["code"] or None,
            at=message.created_at,
        )

    def _context(self, message: ClaimedMessage, locale: str, values: Mapping[str, Any]) -> dict[str, Any]:
        code = str(values.get("code", ""))
        if code and not _CODE.fullmatch(code):
            raise NotComposable("the code has characters that no code has")
        return {
            "brand": self._sender.brand,
            "company": self._sender.company,
            "support_email": self._sender.support_email,
            "host": self._sender.host,
            "locale": locale,
            "direction": self._localization.text_direction(locale),
            "link": self._link(message.kind, str(values.get("link", ""))),
            "code": code,
            "spaced_code": f"{code[: len(code) // 2]} {code[len(code) // 2 :]}" if len(code) in {6, 8} else code,
            "minutes": (message.expires_at - message.created_at) // 60 if code else 0,
            "left": int(values.get("left", 0)),
            "link_minutes": (message.expires_at - message.created_at) // 60,
            "application": _inert(str(values.get("application", ""))),
            "binding_message": _inert(str(values.get("binding_message", ""))),
            "facts": self._facts(locale, values),
            "case": self._case(locale, values),
        }

    def _case(self, locale: str, values: Mapping[str, Any]) -> dict[str, str]:
        """What messages about a case of the support desk say."""
        hint, until = str(values.get("hint", "")), int(values.get("until", 0))
        if hint and not _HINT.fullmatch(hint):
            raise NotComposable("the hint is not a masked address")
        words = {name: _inert(str(values.get(name, ""))) for name in ("number", "service", "new_email", "reason")}
        return words | {
            "hint": hint,
            "change": str(values.get("change", "")),
            "until": self._localization.format_datetime(locale, until) if until else "",
        }

    def _link(self, kind: str, link: str) -> str:
        if not link:
            return f"{self._sender.issuer}{'/login' if kind == 'account_exists' else '/account/security'}"
        if not link.startswith(f"{self._sender.issuer}/") or not _LINK.fullmatch(link):
            raise NotComposable("the link does not lead to the issuer")
        return link

    def _facts(self, locale: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        _ = self._localization.translations(locale).gettext
        when = values.get("when")
        facts = [
            (_("When"), self._localization.format_datetime(locale, int(when)) if when else ""),
            (_("Browser"), _inert(str(values.get("browser", "")))),
            (_("Place"), self._place(locale, str(values.get("address", "")))),
            (_("IP address"), _inert(str(values.get("address", "")))),
        ]
        return [(label, fact) for label, fact in facts if fact]

    def _place(self, locale: str, address: str) -> str:
        return _inert(self._places.name(address, locale)) if self._places is not None else ""


def _environment(localization: Localization, locale: str, *, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(default=html),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # One file holds the words of a kind; the layout it extends decides between text and HTML.
    environment.globals["layout"] = "layout.html" if html else "layout.txt"
    environment.install_gettext_translations(  # type: ignore[attr-defined]  # added by the i18n extension
        localization.translations(locale), newstyle=True
    )
    return environment


def _inert(text: str) -> str:
    """One short line that no mail program takes for markup, a header or a link.

    Programs turn bare `word.word` into links, so a dot before a letter becomes a character that only looks like one.
    """
    visible = "".join(
        " " if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char for char in text[:_SHORT_TEXT]
    )
    unlinked = re.sub(r"\.(?=[^\W\d])", "․", visible.replace("://", ": ").replace("@", " at "))
    return " ".join(unlinked.split())


def _to_ascii(text: str) -> str:
    """The text in one GSM 03.38 part where that is possible: without diacritics and without typography."""
    plain = unicodedata.normalize("NFKD", text.translate(_ASCII_PUNCTUATION))
    return "".join(char for char in plain if not unicodedata.combining(char)).encode("ascii", "replace").decode()
