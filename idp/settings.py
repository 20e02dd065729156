"""Every setting of an installation, read once from the environment (`IDP_…`) and frozen.

Modules receive the values they need; nobody imports a global settings object. Policy that belongs to one client
stands in `clients.yaml`. `docs/configuration.md` explains every variable; a test compares the two.
"""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_HOME = "CZ"  # has a calendar, and needs none loaded to say so


class Mode(StrEnum):
    """`development` binds loopback only and shows every message at /dev/inbox; `production` refuses what is unsafe."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class UserAgentPolicy(StrEnum):
    """How strictly a browser must stay the same browser (`docs/user-agent-binding.md`)."""

    EXACT = "exact"
    STABLE = "stable"
    OFF = "off"


class Captcha(StrEnum):
    """What keeps programs from sending forms (`docs/operations.md`)."""

    ALTCHA = "altcha"
    HCAPTCHA = "hcaptcha"
    TURNSTILE = "turnstile"
    RECAPTCHA = "recaptcha"
    OFF = "off"

    @property
    def is_hosted(self) -> bool:
        """Whether somebody else's service shows it and says what it thinks of the answer."""
        return self in {Captcha.HCAPTCHA, Captcha.TURNSTILE, Captcha.RECAPTCHA}


class ClientRegistration(StrEnum):
    """Who may register clients over the network: nobody, holders of an initial access token, or everybody."""

    OFF = "off"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    OPEN = "open"


class DpopNonce(StrEnum):
    """Whether every DPoP proof must name a nonce of ours (RFC 9449 §8)."""

    OFF = "off"
    REQUIRED = "required"


class Settings(BaseSettings):
    """The environment of one installation. Durations are ISO 8601 (`PT15M`) or seconds."""

    model_config = SettingsConfigDict(env_prefix="IDP_", frozen=True, extra="ignore")

    mode: Mode = Mode.PRODUCTION
    issuer: str = ""
    database_url: str = "sqlite:///var/idp.sqlite3"
    master_key: SecretStr = SecretStr("")
    previous_master_keys: SecretStr = SecretStr("")
    credential_epoch: int = Field(default=0, ge=0)
    var_directory: Path = Path("var")
    clients_file: Path = Path("clients.yaml")

    brand: str = "Keygate"
    company: str = "Keygate"
    support_email: str = "support@example.com"
    terms_url: str = ""
    terms_version: str = "1"
    privacy_url: str = ""
    default_locale: str = "en"
    holiday_country: str = _HOME

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    mtls_url: str = ""
    client_certificate_header: str = Field(default="", pattern=r"^([A-Za-z0-9-]+)?$")
    client_certificate_verified_header: str = Field(default="", pattern=r"^([A-Za-z0-9-]+)?$")
    outbound_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    outbound_private_networks: Annotated[tuple[str, ...], NoDecode] = ()
    valkey_url: str = ""
    log_level: str = "info"

    authorization_details_types: str = ""

    client_registration: ClientRegistration = ClientRegistration.OFF
    client_registration_scopes: str = "openid profile email address phone offline_access"
    client_registration_require_pkce: bool = True
    client_registration_address_limit: str = "60/hour"

    acr_password: str = "urn:idp:acr:pwd"  # noqa: S105 - the name of a level
    acr_otp: str = "urn:idp:acr:otp"

    code_lifetime: timedelta = timedelta(seconds=60)
    # AZ-20: whoever finds a pushed request's name later finds nothing.
    pushed_request_lifetime: timedelta = Field(
        default=timedelta(seconds=90), ge=timedelta(seconds=10), le=timedelta(seconds=90)
    )
    require_pushed_authorization_requests: bool = False
    device_code_lifetime: timedelta = timedelta(minutes=10)
    backchannel_request_lifetime: timedelta = timedelta(minutes=5)
    access_token_lifetime: timedelta = timedelta(minutes=15)
    id_token_lifetime: timedelta = timedelta(hours=1)
    refresh_token_idle: timedelta = timedelta(days=14)
    refresh_token_lifetime: timedelta = timedelta(days=90)
    refresh_grace: timedelta = timedelta(seconds=10)
    session_idle: timedelta = timedelta(hours=2)
    session_lifetime: timedelta = timedelta(hours=12)
    remembered_session_idle: timedelta = timedelta(days=14)
    remembered_session_lifetime: timedelta = timedelta(days=30)
    partial_session_lifetime: timedelta = timedelta(minutes=10)
    confirmation_lifetime: timedelta = timedelta(minutes=5)
    flow_lifetime: timedelta = timedelta(hours=24)
    email_code_lifetime: timedelta = timedelta(minutes=15)
    sms_code_lifetime: timedelta = timedelta(minutes=10)
    lost_otp_link_lifetime: timedelta = timedelta(minutes=5)
    objection_lifetime: timedelta = timedelta(hours=72)
    reset_link_lifetime: timedelta = timedelta(minutes=30)
    key_rotation: timedelta = Field(default=timedelta(days=90), ge=timedelta(0))
    client_secret_overlap: timedelta = timedelta(hours=24)
    case_hold: timedelta = timedelta(hours=72)

    session_management: bool = False
    user_agent_policy: UserAgentPolicy = UserAgentPolicy.STABLE
    dpop_nonce: DpopNonce = DpopNonce.OFF
    otp_tolerance: timedelta = timedelta(seconds=10)
    password_minimum_length: int = Field(default=12, ge=8)
    password_hash_threads: int = Field(default=1, ge=1)
    password_hash_queue: int = Field(default=16, ge=0)
    argon2_memory_kib: int = Field(default=19 * 1024, ge=19 * 1024)
    argon2_passes: int = Field(default=2, ge=2)
    require_phone_verification: bool = True
    reenrol_otp: bool = True

    address_limit: str = "600/minute"
    login_address_limit: str = "60/minute"
    registration_address_limit: str = "20/hour"
    recovery_address_limit: str = "20/hour"
    help_address_limit: str = "10/hour"
    device_address_limit: str = "60/hour"
    backchannel_person_limit: str = "10/hour"

    captcha: Captcha = Captcha.ALTCHA
    captcha_cost: int = Field(default=5000, ge=1)
    captcha_site_key: str = ""
    captcha_secret: SecretStr = SecretStr("")
    captcha_verify_url: str = ""

    geoip_file: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: str = "starttls"
    mail_from: str = ""
    sms_url: str = ""
    sms_method: str = "POST"
    sms_headers: SecretStr = SecretStr("{}")
    sms_body: str = '{"to": "{to}", "text": "{text}"}'
    sms_success: str = "2xx"
    sms_success_body: str = ""
    sms_retry_body: str = ""
    sms_idempotency_header: str = ""
    sms_token_url: str = ""
    sms_token_body: SecretStr = SecretStr("")
    sms_ascii: bool = False
    sms_countries: Annotated[tuple[str, ...], NoDecode] = ()
    sms_address_budget: int = Field(default=20, ge=1)
    sms_country_budget: int = Field(default=500, ge=1)
    sms_budget: int = Field(default=1000, ge=1)

    @field_validator("trusted_proxies", "outbound_hosts", "outbound_private_networks", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for proxy in value:
                ip_network(proxy, strict=False)
        except ValueError:
            raise ValueError("IDP_TRUSTED_PROXIES lists addresses and networks, such as 10.0.0.0/8,fd00::1") from None
        return value

    @field_validator("sms_countries", mode="before")
    @classmethod
    def _countries_are_codes(cls, value: object) -> object:
        codes = tuple(part.strip().upper() for part in value.split(",")) if isinstance(value, str) else value
        if not isinstance(codes, tuple) or any(len(code) != 2 or not code.isalpha() for code in codes if code):
            raise ValueError("IDP_SMS_COUNTRIES lists countries by two letters, such as CZ,SK")
        return tuple(code for code in codes if code)

    @field_validator("holiday_country")
    @classmethod
    def _country_has_a_calendar(cls, value: str) -> str:
        if value != _HOME and value not in _countries_with_a_calendar():
            raise ValueError("IDP_HOLIDAY_COUNTRY is a country code with a calendar of holidays, such as CZ")
        return value

    @field_validator("mtls_url")
    @classmethod
    def _mtls_url_is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.path or parts.query or parts.fragment or parts.scheme != "https"):
            raise ValueError("IDP_MTLS_URL is https and a host, such as https://mtls.login.example.com, with no path")
        return value

    @field_validator("issuer")
    @classmethod
    def _issuer_is_an_origin(cls, value: str) -> str:
        # OIDC Discovery §3: a URL without query or fragment. A path would move /.well-known; it is not offered.
        parts = urlsplit(value)
        if value and (parts.path or parts.query or parts.fragment or parts.scheme not in {"http", "https"}):
            raise ValueError("IDP_ISSUER is a scheme and a host, such as https://login.example.com, with no path")
        return value

    @model_validator(mode="after")
    def _previews_are_local(self) -> Self:
        if self.issuer.startswith("http:") and urlsplit(self.issuer).hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("IDP_ISSUER must be https; http is for localhost only")
        return self

    @property
    def is_development(self) -> bool:
        return self.mode is Mode.DEVELOPMENT

    @property
    def has_tls(self) -> bool:
        """Whether browsers reach the issuer over https: cookies are then `__Host-` and `Secure`."""
        return self.issuer.startswith("https:")


def _countries_with_a_calendar() -> Iterable[str]:
    # Loaded for a country that is not the default: 3.6 MB. Not `list_supported_countries`, which takes 8 more.
    from holidays.registry import EntityLoader  # noqa: PLC0415 - see above

    codes: Iterable[str] = EntityLoader.get_country_codes(include_aliases=False)
    return codes
