"""What is demanded of operators at every page that wants a login: OTP, which they cannot do without (MF-18)."""

from idp.accounts.account import Account
from idp.credentials import store as credentials
from idp.web.scope import PageScope


async def lacks_otp(scope: PageScope, account: Account) -> bool:
    """Whether this is an operator who has no OTP yet: the login page then leads to the set-up, and nowhere else."""
    if not account.is_operator:
        return False
    async with scope.wiring.database.reading() as db:
        return not await credentials.has_active_otp(db, account.id)
