"""Setting up OTP: a new shared key, shown once, active after the password and one valid code (F3); its recovery codes.

Used by the account centre and by the step-up of an application. A wrong password or code, or another "Set OTP", ends
the attempt: its key never works.
"""

import io
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts import store as accounts
from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import store as credentials
from idp.credentials.otp import digits_of, matching_step, new_otp_key, provisioning_uri
from idp.credentials.recovery_codes import new_codes, replace_codes
from idp.credentials.store import OtpKey
from idp.interaction.attempts import OTP_DAY
from idp.lifecycle.end_account_access import end_account_access
from idp.lifecycle.notices import notify_owner
from idp.messaging.kinds import Kind
from idp.sessions.session import BrowserSession, EndReason
from idp.throttling import attempts
from idp.throttling.attempts import GUESSES, AttemptPolicy, Blocked, DailyCap
from idp.web.scope import PageScope

PENDING_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the two fields proved. `step` is that of a valid code of the key in question."""

    password_matches: bool
    step: int | None
    key: OtpKey | None
    retry_after: int | None = None

    @property
    def holds(self) -> bool:
        return self.password_matches and self.step is not None


@dataclass(frozen=True, slots=True)
class OtpSetup:
    """Setting OTP up, and disabling it, for the account of one session in one request."""

    scope: PageScope
    account: Account
    session: BrowserSession

    async def start(self, db: AsyncConnection) -> None:
        """Makes a new key for this session. The key of an earlier attempt is gone."""
        keys, now = self.scope.wiring.master_keys, self.scope.now
        await credentials.put_pending_otp_key(
            db, keys, self.account.id, key=new_otp_key(), session_id=self.session.id, now=now
        )

    async def find_pending(self) -> OtpKey | None:
        """The key that waits for its first code; None when this session asked for none, or long ago."""
        async with self.scope.wiring.database.reading() as db:
            key = await credentials.find_pending_otp_key(
                db, self.scope.wiring.master_keys, self.account.id, session_id=self.session.id
            )
        return key if key is not None and self.scope.now - key.created_at < PENDING_SECONDS else None

    async def page(self) -> dict[str, Any] | None:
        """What the page shows of the pending key; None when there is none."""
        key = await self.find_pending()
        if key is None:
            return None
        brand = self.scope.wiring.settings.brand
        uri = provisioning_uri(key.key, account_name=self.account.login_email, issuer=brand)
        return {"qr_svg": _qr_code(uri), "shared_key": key.key, "otpauth_url": uri}

    async def check(self, key: OtpKey | None, *, password: str, code: str) -> Confirmation:
        """Checks both fields, always both, against the pending or the active key. Attempts are counted first.

        Raises `HashingBusy`, before anything was counted.
        """
        hasher = self.scope.wiring.hasher
        with hasher.place() as place:
            async with self.scope.wiring.database.writing() as db:
                for counter, policy in self._counters():
                    counted = await attempts.reserve(db, counter, policy, self.scope.now)
                    if isinstance(counted, Blocked):
                        return Confirmation(password_matches=False, step=None, key=key, retry_after=counted.retry_after)
                stored = await credentials.find_password_hash(db, self.account.id)
            matches = (await hasher.verify(stored, password, place=place)).matches
        return Confirmation(matches, self._matching_step(key, code), key)

    async def activate(self, db: AsyncConnection, confirmation: Confirmation) -> tuple[str, ...] | None:
        """Turns OTP on: other sessions and all grants end, and the owner is told. Its recovery codes; None: the
        attempt is over."""
        if await credentials.has_active_otp(db, self.account.id):
            return None  # MF-07: a key in use is disabled with its own code, never replaced
        key, step = confirmation.key, confirmation.step
        is_on = (
            confirmation.holds
            and key is not None
            and step is not None
            and await credentials.activate_otp_key(
                db, self.account.id, step=step, session_id=self.session.id, now=self.scope.now, pending=key
            )
        )
        if not is_on:
            origin = self.scope.origin
            await record(db, Event.OTP_ENABLING_FAILED, outcome="failure", origin=origin, account_id=self.account.id)
            await self.start(db)
            return None
        codes = await self._make_codes(db)
        await self._changed(db, Event.OTP_ENABLED, "otp_enabled")
        return codes

    async def disable(self, db: AsyncConnection, step: int) -> bool:
        """Turns OTP off with a code that has not been spent; False for one that has."""
        if not await credentials.spend_otp_step(db, self.account.id, step=step):
            return False
        await credentials.delete_otp(db, self.account.id)
        await self._changed(db, Event.OTP_DISABLED, "otp_disabled")
        return True

    async def renew_codes(self, db: AsyncConnection, step: int) -> tuple[str, ...] | None:
        """A new set of recovery codes, for an OTP code that has not been spent; None for one that has."""
        if not await credentials.spend_otp_step(db, self.account.id, step=step):
            return None
        codes = await self._make_codes(db)
        await self._changed(db, Event.RECOVERY_CODES_MADE, "recovery_codes_made", reason=EndReason.RECOVERY_CHANGED)
        return codes

    async def _make_codes(self, db: AsyncConnection) -> tuple[str, ...]:
        codes = new_codes()
        keys, now = self.scope.wiring.master_keys, self.scope.now
        await replace_codes(db, keys, self.account.id, codes=codes, now=now)
        return codes

    async def _changed(
        self, db: AsyncConnection, event: Event, kind: Kind, *, reason: EndReason = EndReason.OTP_CHANGED
    ) -> None:
        origin, account_id = self.scope.origin, self.account.id
        await attempts.clear(db, f"confirm:{account_id}")
        await attempts.give_back(db, f"otp-day:{account_id}")
        await accounts.demand_otp(db, account_id, since=None, now=origin.now)
        await record(db, event, outcome="success", origin=origin, account_id=account_id)
        await end_account_access(db, account_id, reason=reason, origin=origin, spare_session=self.session.id)
        await notify_owner(db, self.scope.wiring.master_keys, account_id=account_id, kind=kind, origin=origin)

    def _counters(self) -> tuple[tuple[str, AttemptPolicy | DailyCap], ...]:
        return ((f"confirm:{self.account.id}", GUESSES), (f"otp-day:{self.account.id}", OTP_DAY))

    def _matching_step(self, key: OtpKey | None, code: str) -> int | None:
        if key is None:
            return None
        tolerance = int(self.scope.wiring.settings.otp_tolerance.total_seconds())
        return matching_step(
            key.key, digits_of(code), now=self.scope.now, tolerance=tolerance, newer_than=key.last_step
        )


def _qr_code(text: str) -> str:
    import segno  # noqa: PLC0415 - 0.8 MB and 5 ms, for a rare page

    picture = io.BytesIO()
    # No inline style, which the Content-Security-Policy forbids.
    segno.make(text, error="m").save(
        picture, kind="svg", xmldecl=False, svgns=False, border=2, omitsize=True, svgclass=None, lineclass=None
    )
    return picture.getvalue().decode()
