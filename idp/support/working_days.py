"""When one working day is over: weekends and the public holidays of a country do not count. Days are those of UTC."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

_SATURDAY = 5
_DAY = timedelta(days=1)


async def one_working_day_after(now: int, country: str) -> int:
    """The same time on the next working day; what comes on a day off is due at the end of the first working day.

    A request of Friday at 15:00 is due on Monday at 15:00, one of Saturday at the end of Monday.
    """
    # Beside the event loop: the first one loads the calendars of all countries, 11 MB in 90 ms.
    return await asyncio.to_thread(_one_working_day_after, now, country)


def _one_working_day_after(now: int, country: str) -> int:
    moment = datetime.fromtimestamp(now, UTC)
    if _is_working_day(moment.date(), country):
        return int(datetime.combine(_next_working_day(moment.date(), country), moment.timetz()).timestamp())
    first = _next_working_day(moment.date(), country)
    return int(datetime.combine(first + _DAY, time.min, UTC).timestamp())


def _next_working_day(day: date, country: str) -> date:
    day += _DAY
    while not _is_working_day(day, country):
        day += _DAY
    return day


def _is_working_day(day: date, country: str) -> bool:
    return day.weekday() < _SATURDAY and day not in _calendar(country)


@lru_cache(maxsize=8)
def _calendar(country: str) -> "HolidayBase":
    from holidays import country_holidays  # noqa: PLC0415 - 11 MB, for a rare request

    return country_holidays(country)
