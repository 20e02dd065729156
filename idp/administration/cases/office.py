"""What the desk's use-cases need to know of the installation."""

from dataclasses import dataclass

from idp.lifecycle.objections import objection_url
from idp.lifecycle.sms_limits import SmsLimits, sms_limits_of
from idp.settings import Settings
from idp.support.working_days import one_working_day_after


@dataclass(frozen=True, slots=True)
class Office:
    """Who answers, by which calendar, and how long a change of an account is held back; seconds."""

    brand: str
    issuer: str
    country: str
    hold: int
    code_lifetime: int
    sms: SmsLimits
    reenrols_otp: bool

    async def due_at(self, now: int) -> int:
        """When a request that comes in now should be answered: after one working day."""
        return await one_working_day_after(now, self.country)

    def objection_link(self, token: str) -> str:
        return objection_url(self.issuer, token)


def office_of(settings: Settings) -> Office:
    return Office(
        brand=settings.brand,
        issuer=settings.issuer,
        country=settings.holiday_country,
        hold=int(settings.case_hold.total_seconds()),
        code_lifetime=int(settings.sms_code_lifetime.total_seconds()),
        sms=sms_limits_of(settings),
        reenrols_otp=settings.reenrol_otp,
    )
