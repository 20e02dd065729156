"""How many SMS may leave: each costs money, and premium numbers pay those who have SMS sent to them (RC-16).

The caps per number are those of its codes (`one_time_codes.can_send`). These are about everybody else: the account, the
network that asks, the block of numbers, the country, and the installation. They are counted in the database, so that
they hold over all processes, and from the narrowest to the widest, so that parallel requests lock them in one order.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from idp.accounts.identifiers import country_of_phone
from idp.settings import Settings
from idp.throttling.addresses import network_of
from idp.throttling.attempts import Blocked, DailyCap, reserve, seconds_blocked

_HOUR = 3600
_BLOCK_DIGITS = 4  # numbers that differ in the last four digits are one block: those who pump rent them so
_ACCOUNT_DAILY = 15
_BLOCK_HOURLY = 30


class SmsRefusal(StrEnum):
    """Why an SMS may not leave."""

    COUNTRY = "country"  # not among those that the installation serves
    TOO_MANY = "too_many"  # this account, or this network, has had its share
    BUDGET = "budget"  # the block of numbers, the country or the installation has


@dataclass(frozen=True, slots=True)
class SmsLimits:
    """What one installation lets out. `countries` are ISO 3166 codes; none: every country. Budgets are per hour."""

    countries: frozenset[str] = frozenset()
    address_budget: int = 20
    country_budget: int = 500
    budget: int = 1000

    def serves(self, phone: str) -> bool:
        """Whether the number's country may get SMS at all; asked already when a number is typed."""
        return not self.countries or country_of_phone(phone) in self.countries


@dataclass(frozen=True, slots=True)
class SmsRefused:
    """`counter` names what was used up, for the audit log; `seconds` until the next one may leave (0: never)."""

    reason: SmsRefusal
    counter: str
    seconds: int = 0


def sms_limits_of(settings: Settings) -> SmsLimits:
    return SmsLimits(
        frozenset(settings.sms_countries),
        settings.sms_address_budget,
        settings.sms_country_budget,
        settings.sms_budget,
    )


async def count_sms(
    db: AsyncConnection, limits: SmsLimits, *, phone: str, account_id: str | None, address: str | None, now: int
) -> SmsRefused | None:
    """Counts one SMS in every limit; None: it may leave. Commit it whatever the answer.

    Nothing is counted for one that is refused, unless parallel ones took the last place in between.
    """
    country = country_of_phone(phone)
    if not limits.serves(phone):
        return SmsRefused(SmsRefusal.COUNTRY, f"sms:country:{country}")
    counters = [
        (f"sms:block:{phone[:-_BLOCK_DIGITS]}", DailyCap(_BLOCK_HOURLY, _HOUR), SmsRefusal.BUDGET),
        (f"sms:country:{country}", DailyCap(limits.country_budget, _HOUR), SmsRefusal.BUDGET),
        ("sms:all", DailyCap(limits.budget, _HOUR), SmsRefusal.BUDGET),
    ]
    if address is not None:
        network = f"sms:network:{network_of(address)}"
        counters.insert(0, (network, DailyCap(limits.address_budget, _HOUR), SmsRefusal.TOO_MANY))
    if account_id is not None:
        counters.insert(0, (f"sms:account:{account_id}", DailyCap(_ACCOUNT_DAILY), SmsRefusal.TOO_MANY))
    for key, _, reason in counters:
        if wait := await seconds_blocked(db, key, now):
            return SmsRefused(reason, key, wait)
    for key, cap, reason in counters:
        counted = await reserve(db, key, cap, now)
        if isinstance(counted, Blocked):
            return SmsRefused(reason, key, counted.retry_after)
    return None
