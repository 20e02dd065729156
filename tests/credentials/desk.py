"""Issues and redeems one-time codes in transactions of their own, as requests do."""

from idp.credentials import one_time_codes as codes
from idp.credentials.one_time_codes import CodeRefusal, CodeRequest, IssuedCode, Redeemed
from idp.database.engine import Database
from idp.sealing import MasterKeys
from tests.support.clock import MovableClock

REQUEST = CodeRequest(
    purpose="verify_email",
    account_id="acc_owner",
    device_id="device-1",
    target="lucie@example.com",
    lifetime=900,
    with_link=True,
)


class Desk:
    """Issues and redeems on one database, each call in a transaction of its own."""

    def __init__(self, database: Database, keys: MasterKeys, clock: MovableClock) -> None:
        self.database, self.keys, self.clock = database, keys, clock

    async def issue(self, request: CodeRequest = REQUEST) -> IssuedCode:
        async with self.database.writing() as db:
            return await codes.issue_code(db, self.keys, request, self.clock.now())

    async def redeem(
        self, transaction_id: str, code: str, *, purpose: str = "verify_email", device_id: str = "device-1"
    ) -> Redeemed | CodeRefusal:
        async with self.database.writing() as db:
            return await codes.redeem_code(
                db,
                self.keys,
                transaction_id=transaction_id,
                purpose=purpose,
                device_id=device_id,
                code=code,
                now=self.clock.now(),
            )

    async def redeem_link(self, token: str | None, purpose: str = "verify_email") -> Redeemed | CodeRefusal:
        async with self.database.writing() as db:
            return await codes.redeem_link(db, token or "", purpose, self.clock.now())

    async def find_link(self, token: str | None, purpose: str = "verify_email") -> Redeemed | CodeRefusal:
        async with self.database.reading() as db:
            return await codes.find_link(db, token or "", purpose, self.clock.now())

    async def can_send(self, target: str = REQUEST.target) -> bool:
        async with self.database.writing() as db:
            return await codes.can_send(db, target, self.clock.now())

    async def seconds_until_resend(self, transaction_id: str) -> int:
        async with self.database.writing() as db:
            return await codes.seconds_until_resend(db, transaction_id, self.clock.now())
