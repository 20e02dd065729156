"""Hosted pages: Jinja templates with the words of the reader's language and nothing inline.

A template that names a value it was not given fails loudly (StrictUndefined); only the defaults below may be left out.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as member
from datetime import UTC, datetime
from gettext import NullTranslations
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from idp.localization import Localization
from idp.settings import Settings
from idp.web.folded_templates import FoldedEnvironment
from idp.web.messages import ERRORS, NOTICES, UNKNOWN, translate
from idp.web.prepared_pages import PreparedPages
from idp.web.refusals import REFUSALS
from idp.web.responses import Page

PACKAGE = Path(__file__).parent.parent
TEMPLATES = PACKAGE / "templates"
STATIC = PACKAGE / "static"

# Beside `parts/`. To compile all templates takes half a second of every start, and 6 MB.
_COMMON = frozenset({"base.html", "card.html", "login.html", "continue.html"})
_PLAIN_QUERY = re.compile(r"[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*(?:&[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*)*")
_WORDINGS = {**ERRORS, **REFUSALS}
DEFAULTS: Mapping[str, object] = MappingProxyType(
    {
        "app": None,
        "cancel_action": "",
        "captcha": None,
        "csrf": "",
        "language_address": "",
        "notice": None,
        "notice_values": {},
        "path": "/",
        "progress": None,
        "request_id": "",
        "signed_in_as": "",
        "values": {},
    }
)


@dataclass(frozen=True, slots=True)
class PageError:
    """What is wrong with a form: the field it belongs to ("" for none), a key of `messages.ERRORS`, and its values."""

    field: str
    message: str
    values: Mapping[str, int | str] = member(default_factory=dict)

    def to_json(self) -> list[object]:
        """The form in which an error travels inside the sealed flow."""
        return [self.field, self.message, dict(self.values)]

    @classmethod
    def from_json(cls, value: Sequence[object]) -> Self:
        """Read back `to_json`. Raises ValueError when the shape is another one."""
        match value:
            case [str(name), str(message), dict(values)]:
                return cls(name, message, values)
            case _:
                raise ValueError("not a page error")


class Pages:
    """Renders pages. One environment per locale, because compiled templates hold their translations."""

    def __init__(self, settings: Settings, localization: Localization, directory: Path = TEMPLATES) -> None:
        """Read the static files once, for their addresses, and prepare an environment for every locale."""
        self._localization = localization
        self._addresses = static_addresses(STATIC)
        self._native_names = {locale: localization.native_name(locale) for locale in localization.available}
        self._branding = {
            "brand": settings.brand,
            "company": settings.company,
            "support_email": settings.support_email,
            "terms_url": settings.terms_url,
            "privacy_url": settings.privacy_url,
            "development": settings.is_development,
            "email_code_minutes": int(settings.email_code_lifetime.total_seconds() // 60),
            "sms_code_minutes": int(settings.sms_code_lifetime.total_seconds() // 60),
            "lost_otp_minutes": int(settings.lost_otp_link_lifetime.total_seconds() // 60),
            "reset_link_minutes": int(settings.reset_link_lifetime.total_seconds() // 60),
            "static_url": self._addresses.__getitem__,
        }
        self._prepared = PreparedPages()
        self._environments = {locale: self._environment(locale, directory) for locale in localization.available}

    def compile_common(self) -> None:
        """What all pages share, and the login page: the first visitor would wait for it, and everybody else."""
        for environment in self._environments.values():
            for name in environment.list_templates(filter_func=_is_common):
                environment.get_template(name)

    def html(
        self,
        template: str,
        *,
        locale: str,
        status: int = 200,
        errors: Sequence[PageError] = (),
        headers: Mapping[str, str] | None = None,
        **context: object,
    ) -> Page:
        """The page as a response that no cache keeps."""
        body = self.render(template, locale=locale, errors=errors, **context).encode()
        own = {"Cache-Control": "no-store", "Content-Language": self._known(locale)}
        if isinstance(captcha := context.get("captcha"), Mapping):
            own["Content-Security-Policy"] = str(captcha["csp"])
        return Page(body, status=status, headers={**own, **(headers or {})})

    def prepared(
        self,
        template: str,
        *,
        locale: str,
        key: Hashable,
        made_of: object,
        own: Mapping[str, str],
        context: Callable[[Mapping[str, str]], Mapping[str, Any]],
    ) -> Page:
        """The same for a page that differs by `own` alone, once the other arguments are known.

        `context` is all that the template is given, with marks in the place of the values in `own`.
        """
        locale = self._known(locale)
        body = self._prepared.render(
            (template, locale, key),
            made_of,
            own,
            lambda marked: self.render(template, locale=locale, **context(marked)),
        )
        return Page(body, status=200, headers={"Cache-Control": "no-store", "Content-Language": locale})

    def render(self, template: str, *, locale: str, errors: Sequence[PageError] = (), **context: object) -> str:
        """The page as text. Raises jinja2.UndefinedError when the template misses a value."""
        locale = self._known(locale)
        values = {**DEFAULTS, **context, "locale": locale}
        values["errors"] = shown = self._shown_errors(locale, errors)
        values["field_errors"] = {error["field"]: error["text"] for error in reversed(shown)}
        values["notice"] = self._shown_notice(locale, values["notice"], values["notice_values"])
        # A field that was never filled in is empty, not a mistake in the template.
        values["values"] = defaultdict(str, _mapping(values["values"]))
        address = str(values["language_address"] or language_address(str(values["path"])))
        values["languages"] = [
            {"locale": other, "name": name, "url": address + other}
            for other, name in self._native_names.items()
            if other != locale
        ]
        return self._environments[locale].get_template(template).render(values)

    def _known(self, locale: str) -> str:
        return locale if locale in self._environments else self._localization.default

    def _shown_errors(self, locale: str, errors: Sequence[PageError]) -> list[dict[str, str]]:
        translations = self._localization.translations(locale)
        return [
            {
                "field": e.field,
                "key": e.message,
                "text": translate(_WORDINGS.get(e.message, UNKNOWN), translations, e.values),
            }
            for e in errors
        ]

    def _shown_notice(self, locale: str, key: object, values: object) -> dict[str, str] | None:
        wording = NOTICES.get(key) if isinstance(key, str) else None
        if wording is None:
            return None
        text = translate(wording, self._localization.translations(locale), _mapping(values))
        return {"key": str(key), "text": text, "tone": wording.tone}

    def _environment(self, locale: str, directory: Path) -> Environment:
        environment = FoldedEnvironment(
            loader=FileSystemLoader(directory),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.policies["ext.i18n.trimmed"] = True
        localization, translations = self._localization, self._localization.translations(locale)
        # Installed by jinja2.ext.i18n; Environment itself does not declare it.
        environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
        environment.constant = {**_words(translations), "static_url": self._addresses.__getitem__}
        environment.filters.update(
            datetime=lambda moment: localization.format_datetime(locale, moment),
            date=lambda moment: localization.format_date(locale, moment),
            time=lambda moment: localization.format_time(locale, moment),
            from_now=lambda seconds: localization.format_from_now(locale, seconds),
            iso=lambda moment: datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            grouped=in_groups_of_four,
        )
        environment.globals.update(self._branding, direction=localization.text_direction(locale))
        return environment


def _is_common(template: str) -> bool:
    return template.startswith("parts/") or template in _COMMON


def _words(translations: NullTranslations) -> Mapping[str, Callable[..., str]]:
    """What jinja2.ext.i18n's functions of these names return when they are called with nothing to fill in."""

    def gettext(message: str) -> str:
        return Markup(translations.gettext(message)) % {}  # noqa: S704 - words of ours

    def pgettext(context: str, message: str) -> str:
        return Markup(translations.pgettext(context, message)) % {"context": context}  # noqa: S704 - words of ours

    return {"_": gettext, "gettext": gettext, "pgettext": pgettext}


def static_addresses(directory: Path) -> Mapping[str, str]:
    """Each static file's address with a digest of its content, so that browsers may keep it for a year."""
    return {
        path.relative_to(directory).as_posix(): f"/static/{path.relative_to(directory).as_posix()}"
        f"?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def language_address(path: str) -> str:
    """`path` with a `lang` parameter at its end that waits for its value. Only path and query survive: the link never
    leaves this origin.
    """
    route, _, query = path.partition("?")
    if _PLAIN_QUERY.fullmatch(query) and "lang=" not in query:
        return "/" + route.lstrip("/\\") + f"?{query}&lang="  # what the parser would make of it, 20 µs later
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "lang"]
    # One slash only: browsers read `//host` and `/\\host` as another origin.
    return "/" + route.lstrip("/\\") + "?" + urlencode([*kept, ("lang", "")])


def in_groups_of_four(key: str) -> str:
    """`JBSWY3DPEHPK` as `JBSW Y3DP EHPK`, the way a person copies it."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
