"""Password and OTP code on a form of the account centre, as `OtpSetup` checks them; or the way back to the form."""

from starlette.responses import Response

from idp.credentials.password_hashing import HashingBusy
from idp.credentials.store import OtpKey
from idp.endpoints.account.signed_in import AccountScope
from idp.interaction.attempts import wait_error
from idp.interaction.otp_setup import Confirmation, OtpSetup
from idp.web.forms import Form
from idp.web.pages import PageError


def otp_setup(opened: AccountScope) -> OtpSetup:
    return OtpSetup(opened.scope, opened.account, opened.session)


async def confirm(opened: AccountScope, form: Form, key: OtpKey | None, *, here: str) -> Confirmation | Response:
    """What password and code proved; or back to the form, when it cannot be asked just now."""
    try:
        confirmation = await otp_setup(opened).check(key, password=form.one("password"), code=form.one("code"))
    except HashingBusy as busy:
        return opened.say(here, error=PageError("", "busy", {"n": busy.retry_after}))
    if confirmation.retry_after:
        return opened.say(here, error=wait_error("code", confirmation.retry_after))
    return confirmation


async def confirm_both(opened: AccountScope, form: Form, key: OtpKey | None, *, here: str) -> int | Response:
    """Both were right: the step of the code, to be spent; or back to the form, saying which was not."""
    confirmation = await confirm(opened, form, key, here=here)
    if isinstance(confirmation, Response):
        return confirmation
    if not confirmation.password_matches:
        return opened.say(here, error=PageError("password", "password.wrong"))
    if confirmation.step is None:
        return opened.say(here, error=PageError("code", "code.wrong"))
    return confirmation.step
