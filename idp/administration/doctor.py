"""Examines an installation and names each problem with its fix. It changes nothing."""

import os
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import text

from idp.administration.apply import plan_file
from idp.administration.clients_file import read_clients_file
from idp.administration.migrate import MigrationsMissing, find_revision, newest_revision
from idp.administration.plan import is_settled
from idp.administration.refusal import Refused
from idp.clients import store as clients
from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from idp.keys.algorithms import ALGORITHMS
from idp.keys.ring import KeyRing, NoSigningKey
from idp.messaging.sms import SmsGateway
from idp.sealing import SealBroken
from idp.settings import Captcha, Settings
from idp.wiring import captcha_service_of, master_keys_of, sms_request_of

# RFC 6238 codes and token times leave room for no more.
_WORST_SKEW_SECONDS = 5


class Level(StrEnum):
    """A problem keeps something from working or from being safe; a warning is worth a look."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `fix` says what to do, and is empty when all is well."""

    name: str
    level: Level
    text: str
    fix: str = ""


async def examine(
    settings: Settings, database: Database, *, environment: Mapping[str, str], now: Callable[[], int]
) -> list[Finding]:
    """Every finding, the settings first; what cannot be seen without the database is left out when it is gone."""
    findings = [check(settings) for check in _SETTINGS_CHECKS]
    findings += [finding async for finding in _examine_database(settings, database, environment, now)]
    return findings


def _ok(name: str, text: str) -> Finding:
    return Finding(name, Level.OK, text)


def _problem(name: str, text: str, fix: str) -> Finding:
    return Finding(name, Level.PROBLEM, text, fix)


def _warning(name: str, text: str, fix: str) -> Finding:
    return Finding(name, Level.WARNING, text, fix)


def _check_issuer(settings: Settings) -> Finding:
    if not settings.issuer:
        return _problem("issuer", "IDP_ISSUER is not set.", "Set it to the public address: https://login.example.com.")
    if not settings.has_tls and not settings.is_development:
        return _problem(
            "issuer", f"{settings.issuer} is not https.", "Put a TLS proxy in front; set its https address."
        )
    return _ok("issuer", settings.issuer)


def _check_master_key(settings: Settings) -> Finding:
    if not settings.master_key.get_secret_value():
        return _problem("master key", "IDP_MASTER_KEY is not set.", "Make one with `idp keys new-master`, and keep it.")
    try:
        master_keys_of(settings)
    except ValueError as error:
        return _problem("master key", f"{error}.", "Restore the key that this installation was made with.")
    return _ok("master key", "readable")


def _check_mail(settings: Settings) -> Finding:
    if settings.smtp_host and settings.mail_from:
        return _ok("mail", f"through {settings.smtp_host}:{settings.smtp_port}")
    if settings.is_development:
        return _ok("mail", "development: messages are shown at /dev/inbox")
    missing = " and ".join(
        name
        for name, value in (("IDP_SMTP_HOST", settings.smtp_host), ("IDP_MAIL_FROM", settings.mail_from))
        if not value
    )
    return _problem("mail", f"{missing} is not set: nobody can register.", "Name the mail server and the sender.")


def _check_sms(settings: Settings) -> Finding:
    if settings.sms_url:
        try:
            SmsGateway(sms_request_of(settings))
        except ValueError as error:
            return _problem("sms", f"{error}.", "Correct it; docs/sms.md has recipes.")
        # The rest of the address may hold a key.
        return _ok("sms", f"through {urlsplit(settings.sms_url).hostname}")
    if settings.is_development or not settings.require_phone_verification:
        return _ok("sms", "not needed")
    fix = "Name the SMS gateway, or set IDP_REQUIRE_PHONE_VERIFICATION=false."
    return _problem("sms", "IDP_SMS_URL is not set: no phone number can be verified.", fix)


def _check_captcha(settings: Settings) -> Finding:
    try:
        captcha_service_of(settings)
    except ValueError as error:
        return _problem("captcha", f"{error}.", "Set them, or leave IDP_CAPTCHA out: proof of work needs no service.")
    if settings.captcha is Captcha.OFF and not settings.is_development:
        return _warning("captcha", "IDP_CAPTCHA is off: programs can register.", "Leave IDP_CAPTCHA out.")
    return _ok("captcha", settings.captcha)


def _check_proxies(settings: Settings) -> Finding:
    if settings.trusted_proxies or settings.is_development:
        return _ok("proxies", ", ".join(settings.trusted_proxies) or "development: none")
    fix = "Set it to the addresses of your proxies, such as 10.0.0.0/8."
    return _warning("proxies", "IDP_TRUSTED_PROXIES is empty: every visitor has the proxy's address.", fix)


def _check_var(settings: Settings) -> Finding:
    directory = settings.var_directory.absolute()
    present = next(each for each in (directory, *directory.parents) if each.exists())
    if not present.is_dir() or not os.access(present, os.W_OK):
        fix = "Give the service's user the right to write there, or set IDP_VAR_DIRECTORY."
        return _problem("files", f"{directory} cannot be written.", fix)
    if present == directory and directory.stat().st_mode & (stat.S_IWOTH | stat.S_IROTH | stat.S_IXOTH):
        return _warning("files", f"{directory} can be entered by other users.", f"Run `chmod 750 {directory}`.")
    return _ok("files", str(directory))


_SETTINGS_CHECKS = (
    _check_issuer,
    _check_master_key,
    _check_mail,
    _check_sms,
    _check_captcha,
    _check_proxies,
    _check_var,
)


async def _examine_database(
    settings: Settings, database: Database, environment: Mapping[str, str], now: Callable[[], int]
) -> AsyncIterator[Finding]:
    try:
        revision = await find_revision(database)
    except DatabaseUnavailable:
        fix = "Start it, or correct IDP_DATABASE_URL."
        yield _problem("database", f"{database.url.render_as_string()} does not answer.", fix)
        return
    yield _ok("database", database.url.render_as_string())
    schema = _check_schema(revision)
    yield schema
    if schema.level is not Level.OK:
        return
    if not database.is_sqlite:
        yield await _check_clock(database, now)
    yield await _check_keys(settings, database)
    yield await _check_clients(settings, database, environment)


def _check_schema(revision: str | None) -> Finding:
    try:
        newest = newest_revision()
    except MigrationsMissing as error:
        return _problem("schema", "The folder migrations/ is missing.", str(error))
    if revision == newest:
        return _ok("schema", f"revision {newest}")
    at = f"at revision {revision}" if revision else "empty"
    return _problem("schema", f"The database is {at}; this version needs {newest}.", "Run `idp migrate`.")


async def _check_clock(database: Database, now: Callable[[], int]) -> Finding:
    async with database.reading() as db:
        theirs = int(await db.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
    skew = abs(now() - theirs)
    if skew > _WORST_SKEW_SECONDS:
        text_ = f"This machine and the database differ by {skew} seconds."
        return _problem("clock", text_, "Set both by NTP: codes and tokens depend on it.")
    return _ok("clock", f"within {_WORST_SKEW_SECONDS} seconds of the database's")


async def _check_keys(settings: Settings, database: Database) -> Finding:
    try:
        ring = KeyRing(master_keys_of(settings))
    except ValueError:
        return _warning("signing keys", "They cannot be opened without the master key.", "See: master key.")
    try:
        async with database.reading() as db:
            await ring.load(db)
        for alg in ALGORITHMS:
            ring.signing_key(alg)
    except SealBroken:
        fix = "Restore that key, or add it to IDP_PREVIOUS_MASTER_KEYS."
        return _problem("signing keys", "IDP_MASTER_KEY is not the key that sealed them.", fix)
    except NoSigningKey as missing:
        return _problem("signing keys", f"There is none for {missing}.", "Run `idp keys ensure`.")
    return _ok("signing keys", ", ".join(ALGORITHMS))


async def _check_clients(settings: Settings, database: Database, environment: Mapping[str, str]) -> Finding:
    async with database.reading() as db:
        count = len(await clients.list_registrations(db))
    if settings.clients_file.exists():
        try:
            declared = read_clients_file(settings.clients_file)
            plans = await plan_file(database, declared, environment=environment)
        except Refused as error:
            return _problem("clients", str(error).splitlines()[0], "Correct it, then run `idp clients plan`.")
        if not is_settled(plans):
            text_ = f"{settings.clients_file} is not applied."
            return _warning("clients", text_, "Run `idp clients plan`, then `idp clients apply`.")
    if not count:
        return _problem("clients", "No application is registered.", "Run `idp clients apply` or `idp clients add`.")
    return _ok("clients", f"{count} registered")


def worst_of(findings: list[Finding]) -> Level:
    """The level of the gravest finding."""
    levels = {finding.level for finding in findings}
    return next(level for level in (Level.PROBLEM, Level.WARNING, Level.OK) if level in levels or level is Level.OK)
