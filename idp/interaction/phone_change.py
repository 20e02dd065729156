"""Another phone number for an account (F11): it gets a code first, and replaces the old one when the code is typed in.

The change that waits is a row of `one_time_codes`, with the new number as its target: it dies with the code, with a
newer wish, and with everything else when the account's access is ended.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.audit.events import Event
from idp.audit.record import record
from idp.credentials.one_time_codes import (
    CodeRefusal,
    CodeRequest,
    IssuedCode,
    LiveCode,
    find_live_code,
    redeem_code,
    seconds_until_resend,
    void_codes,
)
from idp.interaction.attempts import wait_error
from idp.lifecycle.change_phone import replace_phone
from idp.lifecycle.code_messages import NotSent, NotSentReason, send_code
from idp.lifecycle.sms_limits import sms_limits_of
from idp.messaging.outbox import Message
from idp.sessions.session import BrowserSession
from idp.throttling.attempts import Blocked, DailyCap, reserve
from idp.web.code_delivery import not_sent_error
from idp.web.pages import PageError
from idp.web.scope import PageScope

CHANGE_PHONE = "change_phone"
CHANGES_A_DAY = DailyCap(limit=5)


@dataclass(frozen=True, slots=True)
class PhoneChange:
    """The change of one account, in one browser, in one request."""

    scope: PageScope
    account: Account
    session: BrowserSession

    async def find(self, db: AsyncConnection) -> LiveCode | None:
        """The number that waits for its code."""
        return await find_live_code(
            db, self.account.id, purpose=CHANGE_PHONE, device_id=self.scope.device_id, now=self.scope.now
        )

    async def start(self, db: AsyncConnection, phone: str) -> PageError | None:
        """Sends a code to the new number; an earlier wish is over. The error: why none was sent."""
        now, waiting = self.scope.now, await self.find(db)
        same = waiting if waiting is not None and waiting.target == phone else None
        if same is not None and (wait := await seconds_until_resend(db, same.transaction_id, now)):
            return not_sent_error(NotSent(NotSentReason.WAIT, wait), field="phone")
        # RC-16: whoever changes the number again and again is not looking for their own.
        counted = await reserve(db, f"phone-changes:{self.account.id}", CHANGES_A_DAY, now)
        if isinstance(counted, Blocked):
            return wait_error("phone", counted.retry_after)
        await void_codes(db, self.account.id, CHANGE_PHONE)
        return await self._send(db, phone, transaction_id=None, field="phone")

    async def send_again(self, db: AsyncConnection, waiting: LiveCode) -> PageError | None:
        """Another code, under the same five tries; the older one works too."""
        return await self._send(db, waiting.target, transaction_id=waiting.transaction_id, field="")

    async def finish(self, db: AsyncConnection, waiting: LiveCode, code: str) -> CodeRefusal | None:
        """The number becomes the account's; or why the code is refused."""
        redeemed = await redeem_code(
            db,
            self.scope.wiring.master_keys,
            transaction_id=waiting.transaction_id,
            purpose=CHANGE_PHONE,
            device_id=self.scope.device_id,
            code=code,
            now=self.scope.now,
        )
        origin = self.scope.origin
        if isinstance(redeemed, CodeRefusal):
            await record(db, Event.VERIFICATION_FAILED, outcome="failure", origin=origin, account_id=self.account.id)
            return redeemed
        await replace_phone(db, self.scope.wiring.master_keys, self.session, phone=redeemed.target, origin=origin)
        return None

    async def _send(
        self, db: AsyncConnection, phone: str, *, transaction_id: str | None, field: str
    ) -> PageError | None:
        wiring, now = self.scope.wiring, self.scope.now
        lifetime = int(wiring.settings.sms_code_lifetime.total_seconds())
        request = CodeRequest(
            purpose=CHANGE_PHONE,
            account_id=self.account.id,
            device_id=self.scope.device_id,
            target=phone,
            lifetime=lifetime,
            transaction_id=transaction_id,
        )

        def write(issued: IssuedCode) -> Message:
            return Message(
                channel="sms",
                kind="verify_phone",
                account_id=self.account.id,
                recipient=phone,
                locale=self.account.locale,
                values={"code": issued.code},
                expires_at=now + lifetime,
            )

        limits = sms_limits_of(wiring.settings)
        sent = await send_code(db, wiring.master_keys, request, write, sms=limits, origin=self.scope.origin)
        return not_sent_error(sent, field=field) if isinstance(sent, NotSent) else None
