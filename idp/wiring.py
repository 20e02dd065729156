"""Every long-lived object of a process, built once from the settings and handed down.

`build_wiring` opens nothing; `start` loads the signing keys and begins the background work (one task keeps the caches
honest, one empties the outbox, one writes token events), and `close` ends it.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from pydantic import TypeAdapter, ValidationError

from idp.accounts.lanes import AccountLane
from idp.audit.token_events import TokenEvents
from idp.captcha.siteverify import SERVICES, SiteVerifier
from idp.clients.directory import ClientDirectory
from idp.clients.key_directory import ClientKeyDirectory
from idp.clients.logo_directory import LogoDirectory
from idp.clients.request_references import RequestReferences
from idp.clock import Clock, SystemClock
from idp.credentials.lanes import PasswordLane
from idp.credentials.password_hashing import PasswordHasher
from idp.database.changes import read_counters
from idp.database.engine import Database
from idp.database.unavailable import DatabaseUnavailable
from idp.devices.lanes import DeviceLane
from idp.grants.handle import Handles
from idp.grants.lanes import GrantLanes
from idp.keys.encryption.ring import EncryptionKeyRing
from idp.keys.ring import KeyRing
from idp.lifecycle.ping_clients import ClientPings
from idp.lifecycle.resource_owner import ResourceOwnerLane
from idp.localization import Localization
from idp.messaging.compose import Composer, Sender
from idp.messaging.files import FileGateway
from idp.messaging.gateways import Gateway
from idp.messaging.places import Places
from idp.messaging.smtp import SmtpGateway, SmtpServer
from idp.messaging.worker import OutboxWorker
from idp.outbound.client import OutboundClient, OutboundRules
from idp.protocol.acr import AcrLevels
from idp.protocol.authorization_details import DetailTypes, read_detail_types
from idp.sealing import MasterKeys
from idp.sessions.lanes import SessionLane
from idp.settings import Settings
from idp.subjects.pairwise import PairwiseIds
from idp.subjects.store import find_pairwise_key
from idp.throttling.addresses import AddressLimiter
from idp.throttling.lanes import AttemptLane

if TYPE_CHECKING:
    from idp.messaging.sms import SmsRequest

_POLL_SECONDS = 1.0
_HEADERS = TypeAdapter(dict[str, str])

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Wiring:
    """What the endpoints and use-cases of one process share."""

    settings: Settings
    clock: Clock
    master_keys: MasterKeys
    database: Database
    grants: GrantLanes
    accounts: AccountLane
    resource_owners: ResourceOwnerLane
    sessions: SessionLane
    passwords: PasswordLane
    devices: DeviceLane
    attempts: AttemptLane
    clients: ClientDirectory
    keys: KeyRing
    pairwise: PairwiseIds
    encryption_keys: EncryptionKeyRing
    handles: Handles
    hasher: PasswordHasher
    addresses: AddressLimiter
    localization: Localization
    levels: AcrLevels
    detail_types: DetailTypes
    outbound: OutboundClient
    client_keys: ClientKeyDirectory
    logos: LogoDirectory
    request_references: RequestReferences
    client_pings: ClientPings
    outbox: OutboxWorker
    token_events: TokenEvents
    captcha_service: SiteVerifier | None  # None: our own proof of work, or nothing
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self, *, background: bool = True) -> None:
        """Loads the keys; raises `DatabaseUnavailable`. A test may leave the background work out."""
        async with self.database.reading() as db:
            await self.keys.load(db)
            self.pairwise.hold(await find_pairwise_key(db, self.master_keys))
            await self.encryption_keys.load(db)
        if background:
            self.token_events.start()
            self._tasks = [asyncio.create_task(self.outbox.run()), asyncio.create_task(self._follow_changes())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.token_events.close()
        self.hasher.close()
        if self.captcha_service is not None:
            await self.captcha_service.close()
        await self.database.close()

    async def refresh(self) -> None:
        """Drops what another process may have changed."""
        self.clients.forget()
        async with self.database.reading() as db:
            await self.keys.load(db)
            await self.encryption_keys.load(db)

    async def _follow_changes(self) -> None:
        """A change made by any process is seen within a second: a locked client, a rotated key (SE-08, RN-01)."""
        seen: dict[str, int] = {}  # what changed while this process was starting counts as news
        while True:
            try:
                async with self.database.reading() as db:
                    counters = dict(await read_counters(db))
                if counters != seen:
                    await self.refresh()
                seen = counters
            except DatabaseUnavailable:
                pass  # the next poll finds whatever has changed until then
            except Exception:
                log.exception("following_changes_failed")  # a cache that is never refreshed again would be worse
            await asyncio.sleep(_POLL_SECONDS)


def build_wiring(settings: Settings, clock: Clock | None = None) -> Wiring:
    """Raises `ValueError` with the name of a setting that does not work."""
    clock = clock or SystemClock()
    master_keys = master_keys_of(settings)
    database = Database(settings.database_url)
    localization = Localization(default=settings.default_locale)
    outbound = outbound_of(settings)
    clients = ClientDirectory(database)
    return Wiring(
        settings=settings,
        clock=clock,
        master_keys=master_keys,
        database=database,
        grants=GrantLanes(database),
        accounts=AccountLane(database),
        resource_owners=ResourceOwnerLane(database),
        sessions=SessionLane(database),
        passwords=PasswordLane(database),
        devices=DeviceLane(database),
        attempts=AttemptLane(database),
        clients=clients,
        keys=KeyRing(master_keys),
        pairwise=PairwiseIds(),
        encryption_keys=EncryptionKeyRing(master_keys),
        handles=Handles(master_keys, epoch=settings.credential_epoch),
        hasher=PasswordHasher(
            threads=settings.password_hash_threads,
            queue=settings.password_hash_queue,
            memory_kib=settings.argon2_memory_kib,
            passes=settings.argon2_passes,
        ),
        addresses=AddressLimiter(settings.valkey_url or "memory://", clock=clock),
        localization=localization,
        levels=AcrLevels(password=settings.acr_password, otp=settings.acr_otp),
        detail_types=detail_types_of(settings),
        outbound=outbound,
        client_keys=ClientKeyDirectory(outbound, clock),
        logos=LogoDirectory(outbound, clock),
        request_references=RequestReferences(outbound, clock),
        client_pings=ClientPings(database, master_keys, clients=clients, outbound=outbound, clock=clock),
        outbox=OutboxWorker(
            database,
            master_keys,
            clock=clock,
            composer=Composer(sender_of(settings), localization, places_of(settings, localization)),
            gateways=gateways_of(settings, clock),
        ),
        token_events=TokenEvents(database, clock),
        captcha_service=captcha_service_of(settings),
    )


def outbound_of(settings: Settings) -> OutboundClient:
    """Raises `ValueError` for a network that is none."""
    return OutboundClient(
        OutboundRules(
            hosts=settings.outbound_hosts,
            private_networks=settings.outbound_private_networks,
            allows_loopback=settings.is_development,
        )
    )


def detail_types_of(settings: Settings) -> DetailTypes:
    """Raises `ValueError` that names the setting."""
    try:
        return read_detail_types(settings.authorization_details_types)
    except ValueError as error:
        raise ValueError(f"IDP_AUTHORIZATION_DETAILS_TYPES is a JSON object of types: {error}") from error


def sender_of(settings: Settings) -> Sender:
    return Sender(
        brand=settings.brand,
        company=settings.company,
        support_email=settings.support_email,
        issuer=settings.issuer,
        sms_ascii=settings.sms_ascii,
    )


def places_of(settings: Settings, localization: Localization) -> Places | None:
    """None: no message names a place."""
    return Places(settings.geoip_file, localization) if settings.geoip_file else None


def captcha_service_of(settings: Settings) -> SiteVerifier | None:
    """Raises `ValueError` that names the setting which is missing."""
    if not settings.captcha.is_hosted:
        return None
    return SiteVerifier(
        SERVICES[settings.captcha],
        site_key=settings.captcha_site_key,
        secret=settings.captcha_secret.get_secret_value(),
        hostname=urlsplit(settings.issuer).hostname or "",
        verify_url=settings.captcha_verify_url,
    )


def gateways_of(settings: Settings, clock: Clock) -> dict[str, Gateway]:
    """By channel. In development every message becomes a file that /dev/inbox shows."""
    if settings.is_development:
        files = FileGateway(settings.var_directory / "inbox")
        return {"mail": files, "sms": files}
    gateways: dict[str, Gateway] = {}
    if settings.smtp_host:
        server = SmtpServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_tls,
            settings.smtp_username,
            settings.smtp_password.get_secret_value(),
        )
        host = urlsplit(settings.issuer).hostname or "localhost"
        gateways["mail"] = SmtpGateway(server, sender=settings.mail_from, message_host=host)
    if settings.sms_url:
        from idp.messaging.sms import SmsGateway  # noqa: PLC0415 - with httpx: 2 MB, which few installations need

        gateways["sms"] = SmsGateway(sms_request_of(settings), clock=clock)
    return gateways


def sms_request_of(settings: Settings) -> "SmsRequest":
    """Raises `ValueError` with the name of a setting that does not work."""
    from idp.messaging.sms import SmsRequest  # noqa: PLC0415 - see `gateways_of`

    try:
        headers = _HEADERS.validate_json(settings.sms_headers.get_secret_value())
    except ValidationError:
        # Not the parser's own words: they repeat what may be a key.
        raise ValueError("IDP_SMS_HEADERS is a JSON object of headers") from None
    return SmsRequest(
        url=settings.sms_url,
        method=settings.sms_method,
        headers=headers,
        body=settings.sms_body,
        success=settings.sms_success,
        success_body=settings.sms_success_body,
        retry_body=settings.sms_retry_body,
        idempotency_header=settings.sms_idempotency_header,
        token_url=settings.sms_token_url,
        token_body=settings.sms_token_body.get_secret_value(),
    )


def master_keys_of(settings: Settings) -> MasterKeys:
    """The current master key and those before it; raises `ValueError` that names the setting."""
    current = settings.master_key.get_secret_value()
    previous = settings.previous_master_keys.get_secret_value().split()
    try:
        return MasterKeys.from_text(current, *previous)
    except ValueError as error:
        raise ValueError(
            "IDP_MASTER_KEY is 32 random bytes in base64url: make one with `idp keys new-master`"
        ) from error
