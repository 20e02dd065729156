"""Fresh proof before a change: the password, and the OTP code of an account that has OTP, minutes old at most (SE-12).

A proof is evidence of the session, however it was given: at the login, or on the page that asks for nothing else.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials import store as credentials
from idp.credentials.otp import digits_of, matching_step
from idp.credentials.password_hashing import Place
from idp.interaction.attempts import OTP_DAY, wait_error
from idp.sessions.evidence import Evidence, Factor, Proof
from idp.sessions.session import BrowserSession
from idp.throttling import attempts
from idp.throttling.attempts import GUESSES, AttemptPolicy, Blocked, DailyCap
from idp.web.pages import PageError
from idp.web.scope import PageScope


@dataclass(frozen=True, slots=True)
class MissingProof:
    """What the session has not proven, or too long ago."""

    password: bool
    otp: bool

    def __bool__(self) -> bool:
        return self.password or self.otp


def missing_proof(scope: PageScope, session: BrowserSession | None, *, has_otp: bool) -> MissingProof:
    """Whatever else signed the session in (an SMS code, say) is not enough (RC-18)."""
    evidence = session.evidence if session else Evidence()
    recent = int(scope.wiring.settings.confirmation_lifetime.total_seconds())

    def is_old(proof: Proof | None) -> bool:
        return proof is None or scope.now - proof.at > recent

    return MissingProof(is_old(evidence.password), has_otp and is_old(evidence.otp))


@dataclass(frozen=True, slots=True)
class Checked:
    """What was right when it was looked at; it is spent in the transaction that follows."""

    password_hash: str | None
    step: int | None


@dataclass(frozen=True, slots=True)
class FreshProof:
    """What one form proves for the session of one request."""

    scope: PageScope
    account: Account
    session: BrowserSession
    missing: MissingProof

    async def check(self, *, password: str, code: str, place: Place | None = None) -> Checked | PageError:
        """Counts the attempt, then checks what is missing: both, if both are.

        Raises `HashingBusy` without a `place`, before anything was counted.
        """
        if self.missing.password and place is None:
            with self.scope.wiring.hasher.place() as own:
                return await self.check(password=password, code=code, place=own)
        async with self.scope.wiring.database.writing() as db:
            for counter, policy in self._counters():
                counted = await attempts.reserve(db, counter, policy, self.scope.now)
                if isinstance(counted, Blocked):
                    return wait_error("password" if self.missing.password else "code", counted.retry_after)
            stored = await credentials.find_password_hash(db, self.account.id)
        matches = not self.missing.password or await self._matches(stored, password, place)
        step = await self._step(code) if self.missing.otp else None
        if not matches:
            return PageError("password", "password.wrong")
        if self.missing.otp and step is None:
            return PageError("code", "code.wrong")
        return Checked(stored if self.missing.password else None, step)

    async def spend(self, db: AsyncConnection, checked: Checked) -> Evidence | PageError:
        """The session's evidence with the new proofs; or what another request has made of them meanwhile."""
        account_id, evidence, now = self.account.id, self.session.evidence, self.scope.now
        if self.missing.password:
            if not await credentials.is_current_hash(db, account_id, checked.password_hash):
                return PageError("password", "password.wrong")
            evidence = evidence.proven(Factor.PASSWORD, at=now, flow_id="")
        if checked.step is not None:
            if not await credentials.spend_otp_step(db, account_id, step=checked.step):
                return PageError("code", "code.used")
            await attempts.give_back(db, f"otp-day:{account_id}")
            evidence = evidence.proven(Factor.OTP, at=now, flow_id="")
        await attempts.clear(db, f"confirm:{account_id}")
        return evidence

    async def tell_failure(self) -> None:
        async with self.scope.wiring.database.writing() as db:
            origin = self.scope.origin
            await record(db, Event.CONFIRMATION_FAILED, outcome="failure", origin=origin, account_id=self.account.id)

    def _counters(self) -> tuple[tuple[str, AttemptPolicy | DailyCap], ...]:
        both = ((f"confirm:{self.account.id}", GUESSES), (f"otp-day:{self.account.id}", OTP_DAY))
        return both if self.missing.otp else both[:1]

    async def _matches(self, stored: str | None, password: str, place: Place | None) -> bool:
        return (await self.scope.wiring.hasher.verify(stored, password, place=place)).matches

    async def _step(self, code: str) -> int | None:
        wiring = self.scope.wiring
        async with wiring.database.reading() as db:
            key = await credentials.find_active_otp_key(db, wiring.master_keys, self.account.id)
        if key is None:
            return None
        tolerance = int(wiring.settings.otp_tolerance.total_seconds())
        return matching_step(
            key.key, digits_of(code), now=self.scope.now, tolerance=tolerance, newer_than=key.last_step
        )
