"""CAPTCHAs of other services: three rows of data, and the one call (`siteverify`) that all of them understand.

The service is asked on every answer, and only its plain yes counts. While it is down nobody gets through: the page says
to try again in a minute, and the log says why.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import structlog

_TIMEOUT_SECONDS = 5.0
# The service tells that we, not the person, did something wrong.
_OUR_FAULTS = frozenset(
    {
        "missing-input-secret",
        "invalid-input-secret",
        "invalid-or-already-seen-secret",
        "sitekey-secret-mismatch",
        "not-using-dummy-secret",
        "bad-request",
        "internal-error",
    }
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """What differs between them. `origins` are the sources that the page's policy must name, by directive."""

    name: str
    verify_url: str
    script: str
    widget_class: str
    field: str
    origins: Mapping[str, str]
    returns_action: bool = False  # the form is part of what the service signs


_HCAPTCHA = "https://hcaptcha.com https://*.hcaptcha.com"
_TURNSTILE = "https://challenges.cloudflare.com"
_RECAPTCHA = "https://www.google.com/recaptcha/"

SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        service.name: service
        for service in (
            Service(
                "hcaptcha",
                "https://api.hcaptcha.com/siteverify",
                "https://js.hcaptcha.com/1/api.js?hl={locale}",
                "h-captcha",
                "h-captcha-response",
                {"script": _HCAPTCHA, "style": _HCAPTCHA, "frame": _HCAPTCHA, "connect": _HCAPTCHA},
            ),
            Service(
                "turnstile",
                "https://challenges.cloudflare.com/turnstile/v0/siteverify",
                "https://challenges.cloudflare.com/turnstile/v0/api.js",
                "cf-turnstile",
                "cf-turnstile-response",
                {"script": _TURNSTILE, "frame": _TURNSTILE, "connect": _TURNSTILE},
                returns_action=True,
            ),
            Service(
                "recaptcha",
                "https://www.google.com/recaptcha/api/siteverify",
                "https://www.google.com/recaptcha/api.js?hl={locale}",
                "g-recaptcha",
                "g-recaptcha-response",
                {
                    "script": f"{_RECAPTCHA} https://www.gstatic.com/recaptcha/",
                    "frame": f"{_RECAPTCHA} https://recaptcha.google.com/recaptcha/",
                    "connect": _RECAPTCHA,
                },
            ),
        )
    }
)


class Verdict(Enum):
    """UNKNOWN: the service said nothing that can be used. It lets nobody through."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class SiteVerifier:
    """Asks one service about answers given on pages of `hostname`."""

    def __init__(
        self,
        service: Service,
        *,
        site_key: str,
        secret: str,
        hostname: str,
        verify_url: str = "",
        timeout: float = _TIMEOUT_SECONDS,
    ) -> None:
        """Raises `ValueError` that names the setting."""
        import httpx  # noqa: PLC0415 - 2 MB, which few installations need; now, and not at the first answer

        if not site_key or not secret:
            raise ValueError(f"IDP_CAPTCHA={service.name} needs IDP_CAPTCHA_SITE_KEY and IDP_CAPTCHA_SECRET")
        address = urlsplit(verify_url or service.verify_url)
        if address.scheme != "https" and address.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("IDP_CAPTCHA_VERIFY_URL must be https")
        self.service, self.site_key = service, site_key
        self._secret, self._hostname, self._url, self._timeout = secret, hostname, address.geturl(), timeout
        self._client: httpx.AsyncClient | None = None

    async def verify(self, answer: str, *, purpose: str) -> Verdict:
        """The person's network address stays here: the service needs it for nothing."""
        import httpx  # noqa: PLC0415 - see above

        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=ssl.create_default_context(), timeout=self._timeout, follow_redirects=False, trust_env=False
            )
        try:
            said = await self._client.post(self._url, data={"secret": self._secret, "response": answer})
            told = said.json()
        except httpx.HTTPError as error:
            return self._unknown(type(error).__name__)
        except ValueError:  # not JSON, or not even text
            told = None
        success = told.get("success") if isinstance(told, dict) else None
        if success is True and said.status_code == 200:
            return self._read(told, purpose)
        if success is False and said.status_code < 500:
            return self._refusal(told)
        return self._unknown(f"status {said.status_code} without an answer")

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _read(self, told: Mapping[str, Any], purpose: str) -> Verdict:
        """A yes to another site's page, or to another form of ours, is none to this one."""
        expected = {"hostname": self._hostname} | ({"action": purpose} if self.service.returns_action else {})
        wrong = {name: told[name] for name, value in expected.items() if told.get(name, value) != value}
        if wrong:
            log.warning("captcha_of_another_page", service=self.service.name, **wrong)
        return Verdict.WRONG if wrong else Verdict.RIGHT

    def _refusal(self, told: Mapping[str, Any]) -> Verdict:
        codes = told.get("error-codes")
        ours = sorted(_OUR_FAULTS & {str(code) for code in codes}) if isinstance(codes, list) else []
        return self._unknown(", ".join(ours)) if ours else Verdict.WRONG

    def _unknown(self, why: str) -> Verdict:
        log.error("captcha_service_failed", service=self.service.name, why=why)
        return Verdict.UNKNOWN
