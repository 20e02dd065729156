"""Tells the owner of a sign-in that may be somebody else's (PW-21): the password was found after many wrong ones, or it
was right and the OTP code was not. A new device has a mail of its own.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.devices import store as devices
from idp.interaction.conversation import Conversation
from idp.lifecycle.notices import notify_owner
from idp.messaging.kinds import Kind
from idp.throttling.attempts import Allowed, DailyCap, reserve

_MANY_FAILURES = 5
_SLIPS = 3  # of the owner's own fingers, on a device of theirs
_WARNINGS_A_DAY = DailyCap(limit=3)


async def warn_of_found_password(
    db: AsyncConnection, conversation: Conversation, account: Account, *, attempts: int
) -> None:
    """`attempts`: how many passwords were tried since the last right one, with this one."""
    if attempts > _MANY_FAILURES:
        await _warn(db, conversation, account, "login_after_failures")


async def warn_of_wrong_code(
    db: AsyncConnection, conversation: Conversation, account: Account, *, failures: int
) -> None:
    """`failures`: codes refused in this flow. On the owner's device the first ones are slips, elsewhere none is."""
    is_known = await devices.is_known(db, conversation.scope.device_id, account.id)
    if not is_known or failures == _SLIPS:
        await _warn(db, conversation, account, "otp_failed")


async def _warn(db: AsyncConnection, conversation: Conversation, account: Account, kind: Kind) -> None:
    scope = conversation.scope
    if isinstance(await reserve(db, f"warned:{kind}:{account.id}", _WARNINGS_A_DAY, scope.now), Allowed):
        keys = conversation.wiring.master_keys
        await notify_owner(db, keys, account_id=account.id, kind=kind, origin=scope.origin)
