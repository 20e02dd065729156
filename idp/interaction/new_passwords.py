"""What is wrong with a new password, as the page says it: the same rules wherever one is chosen."""

from collections.abc import Sequence

from idp.accounts.account import Account
from idp.credentials.password_policy import PasswordProblem, judge_password
from idp.settings import Settings
from idp.web.pages import PageError


async def new_password_error(field: str, password: str, *, settings: Settings, account: Account) -> PageError | None:
    """For an account that exists: its own names are no secret."""
    names = [name for name in account.profile.values() if isinstance(name, str)]
    return await password_error(
        field, password, settings=settings, known=[account.login_email, account.login_name or "", *names]
    )


async def password_error(field: str, password: str, *, settings: Settings, known: Sequence[str]) -> PageError | None:
    """`known`: whatever a guesser may know of the person; our own names count without being told."""
    if not password:
        return PageError(field, "password.missing")
    context = [word for word in (settings.brand, settings.company, *known) if word.strip()]
    minimum = settings.password_minimum_length
    problem = await judge_password(password, minimum=minimum, context=context)
    if problem is None:
        return None
    return PageError(field, f"password.{problem}", {"n": minimum} if problem is PasswordProblem.TOO_SHORT else {})
