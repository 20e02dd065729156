"""A new password: whoever may have known that one loses everything it had opened."""

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.audit.events import Event
from idp.audit.record import Origin, record
from idp.credentials.one_time_codes import void_codes
from idp.credentials.store import set_password
from idp.lifecycle.end_account_access import end_account_access
from idp.lifecycle.notices import notify_owner, text_owner
from idp.sealing import MasterKeys
from idp.sessions.session import EndReason
from idp.throttling import attempts


async def put_new_password(  # noqa: PLR0913 - whose, what, and for which of the ways to it
    db: AsyncConnection,
    keys: MasterKeys,
    *,
    account_id: str,
    password_hash: str,
    event: Event,
    origin: Origin,
    spare_session: str | None = None,
) -> int:
    """How many sessions ended; the spared one is that of whoever knew the old password, too.

    OTP stays as it is; outstanding links, codes and changes that wait for one are void.
    """
    # The password comes first: a login that is under way holds its row, and its session is there to be ended then.
    await set_password(db, account_id, password_hash, origin.now)
    await record(db, event, outcome="success", origin=origin, account_id=account_id)
    ended = await end_account_access(
        db, account_id, reason=EndReason.PASSWORD_CHANGED, origin=origin, spare_session=spare_session
    )
    await void_codes(db, account_id)
    await attempts.clear_all(db, f"password:{account_id}")
    await notify_owner(db, keys, account_id=account_id, kind="password_changed", origin=origin)
    await text_owner(db, keys, account_id=account_id, kind="password_changed", origin=origin)
    return ended
