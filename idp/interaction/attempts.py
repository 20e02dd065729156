"""The counters in front of every secret: counted in a transaction of their own, before the secret is looked at.

A counter follows the account, whatever its name was spelled like; a browser that has signed in to it before has a
counter of its own, so that a stranger cannot keep the owner out (PW-11, PW-12, PW-14).
"""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.account import Account
from idp.accounts.identifiers import canonical_identifier
from idp.audit.events import Event
from idp.audit.record import record
from idp.interaction.conversation import Conversation
from idp.sealing import base64url
from idp.throttling.addresses import network_of
from idp.throttling.attempts import GUESSES, Allowed, AttemptPolicy, Blocked, DailyCap, reserve
from idp.web.pages import PageError

OTP_DAY = DailyCap(limit=20)
_TOLD = "1/minute"
# So many failures, of one account or from one address, and the login form asks for a CAPTCHA. The address has the
# larger number: behind one there may be an office.
FAILURES_BEFORE_CAPTCHA = 3
FAILURES_BEFORE_CAPTCHA_FROM_ONE_ADDRESS = 10
_ONLY_COUNTED = AttemptPolicy(free=1_000_000)


async def password_counter(conversation: Conversation, account: Account | None, typed: str) -> str:
    """The key of the counter for this account in this browser; an unknown name has one too, so that both look alike."""
    if account is None:
        # Under the master key: the table does not tell which names were tried.
        mac = conversation.wiring.master_keys.mac(canonical_identifier(typed).encode(), purpose="unknown-name")
        return f"password:?{base64url(mac)}"
    device_id = conversation.scope.device_id
    is_known = await conversation.wiring.devices.is_known(device_id, account.id)
    return f"password:{account.id}:{device_id[:16]}" if is_known else f"password:{account.id}"


async def reserve_attempt(
    conversation: Conversation, *keys: str, policy: AttemptPolicy | DailyCap = GUESSES, field: str = "password"
) -> PageError | None:
    """Counts one attempt under every key; the refusal with the time to wait, once one of them is used up."""
    for key in keys:
        answer = await _reserve(conversation, key, policy)
        if isinstance(answer, Blocked):
            return wait_error(field, answer.retry_after)
    return None


async def _reserve(conversation: Conversation, key: str, policy: AttemptPolicy | DailyCap) -> Allowed | Blocked:
    """Counted, or refused and on record, when it returns."""
    database, origin = conversation.wiring.database, conversation.scope.origin
    if policy == GUESSES:
        answer = await conversation.wiring.attempts.reserve_guess(key, origin.now)
    else:
        async with database.writing() as db:
            answer = await reserve(db, key, policy, origin.now)
    if isinstance(answer, Blocked):
        async with database.writing() as db:
            await record(db, Event.LOGIN_BLOCKED, outcome="refused", origin=origin, details={"counter": key})
    return answer


async def looks_like_guessing(conversation: Conversation, counter: str) -> bool:
    """Whether the next password needs a CAPTCHA: an unknown name gets it after as many tries as a known one."""
    count, now = conversation.wiring.attempts.count, conversation.now
    # Both in one batch of the lane.
    of_account, from_here = await asyncio.gather(count(counter, now), count(_address_counter(conversation), now))
    return of_account >= FAILURES_BEFORE_CAPTCHA or from_here >= FAILURES_BEFORE_CAPTCHA_FROM_ONE_ADDRESS


async def many_failures_from_here(conversation: Conversation) -> bool:
    """For a page on which no name stands yet."""
    key, now = _address_counter(conversation), conversation.now
    from_here = await conversation.wiring.attempts.count_for_page(key, now)
    return from_here >= FAILURES_BEFORE_CAPTCHA_FROM_ONE_ADDRESS


async def note_failure_from_here(db: AsyncConnection, conversation: Conversation) -> None:
    """A wrong password counts against the address too, whoever it was tried on (PW-16)."""
    key = _address_counter(conversation)
    await reserve(db, key, _ONLY_COUNTED, conversation.now)
    conversation.wiring.attempts.forget(key)


def _address_counter(conversation: Conversation) -> str:
    return f"failures:{network_of(conversation.scope.origin.address or '')}"


async def too_many_from_here(conversation: Conversation, bucket: str, rate: str) -> PageError | None:
    """Limits one address, whoever it tries (PW-16)."""
    origin, addresses = conversation.scope.origin, conversation.wiring.addresses
    retry_after = await addresses.hit(bucket, origin.address or "", rate)
    if retry_after is None:
        return None
    if await addresses.hit(f"told-of-{bucket}", origin.address or "", _TOLD) is None:
        # Once for each burst: a flood of refusals must not become a flood of rows.
        async with conversation.wiring.database.writing() as db:
            await record(db, Event.THROTTLED, outcome="refused", origin=origin, details={"limit": bucket})
    return wait_error("", retry_after)


def wait_error(field: str, seconds: int) -> PageError:
    """In seconds below a minute, else in minutes rounded up."""
    if seconds < 60:
        return PageError(field, "rate.seconds", {"n": seconds})
    return PageError(field, "rate", {"n": -(-seconds // 60)})
