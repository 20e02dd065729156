"""The words of every error and notice that a page may show, by key.

Errors and notices travel through the flow as keys with values and are translated when they are shown, so that a
person who switches the language reads them in the new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from types import MappingProxyType
from typing import Literal

Tone = Literal["ok", "info", "warn"]


@dataclass(frozen=True, slots=True)
class Wording:
    """An English sentence. With `plural`, the value `n` chooses the form."""

    text: str
    plural: str = ""
    tone: Tone = "info"


def N_(text: str, tone: Tone = "info") -> Wording:
    """Mark a sentence for the catalogue, by the name that gettext's tools look for."""
    return Wording(text, tone=tone)


def NP_(text: str, plural: str) -> Wording:
    """Mark a sentence that counts `n` for the catalogue."""
    return Wording(text, plural)


UNKNOWN = N_("Something did not work. Try again.")

ERRORS: Mapping[str, Wording] = MappingProxyType(
    {
        "login.failed": N_("The email or password is not right. Try again."),
        "login.username_missing": N_("Enter your email."),
        "login.password_missing": N_("Enter your password."),
        "account.locked": N_("This account is locked. Write to our support."),
        "session.missing": N_("Sign in first. You will then continue where you left off."),
        "rate": NP_("Too many attempts. Try again in %(n)s minute.", "Too many attempts. Try again in %(n)s minutes."),
        "rate.seconds": NP_(
            "Too many attempts. Try again in %(n)s second.", "Too many attempts. Try again in %(n)s seconds."
        ),
        "busy": NP_(
            "Many people are signing in right now. Try again in %(n)s second.",
            "Many people are signing in right now. Try again in %(n)s seconds.",
        ),
        "expired.flow": N_("Your sign-in took too long. Start again — it takes a moment."),
        "stale": N_("This page was open for a long time. Please send it again."),
        "cookies": N_("Allow cookies in your browser, then try again."),
        "code.missing": N_("Enter the code."),
        "code.wrong": N_("This code is not right. Check it and try again."),
        "code.expired": N_("This code has expired. We can send a new one."),
        "code.used": N_("This code was already used. Wait for the next one."),
        "code.exhausted": N_("Too many wrong codes. Ask for a new one."),
        "code.length": N_("The code must be 6 digits."),
        "request.over": N_("This request was answered already, or it has expired."),
        "user_code.missing": N_("Enter the code that your device shows."),
        "user_code.malformed": N_("The code has eight letters, such as BCDF-GHJK."),
        "user_code.unknown": N_("This code is not right, or it has expired. Look at your device again."),
        "recovery_code.missing": N_("Enter one of your recovery codes."),
        "recovery_code.malformed": N_("A recovery code has 14 letters and digits."),
        "recovery_code.wrong": N_("This recovery code is not right, or was already used. Each works once."),
        "lost_otp.exhausted": N_("Too many wrong codes. Go back and ask for a new message."),
        "code.length_long": N_("The code has 8 characters."),
        "link.unopened": N_("The link in the email was not opened yet. Open it, or type the code."),
        "link.used": N_("This link was already used."),
        "link.expired": N_("This link has expired."),
        "link.device": N_("Open this link on the device and in the browser where you asked for it."),
        "resend.wait": NP_("You can send it again in %(n)s second.", "You can send it again in %(n)s seconds."),
        "resend.limit": N_("We have already sent several messages there. Try again in an hour."),
        "offline.mail": N_("We could not send the message. Try again in a minute."),
        "offline.sms": N_("We could not send the SMS. Try again in a minute."),
        "sms.budget": NP_(
            "We cannot send more SMS just now. Try again in %(n)s minute.",
            "We cannot send more SMS just now. Try again in %(n)s minutes.",
        ),
        "given_name.missing": N_("Enter your first name."),
        "family_name.missing": N_("Enter your last name."),
        "name.too_long": N_("This name is too long. Shorten it."),
        "email.missing": N_("Enter your email."),
        "email.invalid": N_("Enter an email address like name@example.com."),
        "email.same": N_("This is the address you already have. Enter another one."),
        "phone.missing": N_("Enter your phone number."),
        "phone.invalid": N_("Enter a phone number like +420 601 123 456."),
        "phone.landline": N_("This looks like a landline. Enter a mobile number that can receive SMS."),
        "phone.country": N_("We do not send SMS to this country. Enter another number."),
        "phone.start_again": N_("The code is too old, or the change was stopped. Enter the new number again."),
        "phone.same": N_("This is the number you already have. Enter another one."),
        "password.missing": N_("Enter a password."),
        "password.wrong": N_("The password is not right. Try again."),
        "password.too_short": NP_(
            "The password must have at least %(n)s character.", "The password must have at least %(n)s characters."
        ),
        "password.too_long": N_("The password is too long. Use at most 1,024 characters."),
        "password.common": N_("This password is known from data leaks. Choose another one."),
        "password.contextual": N_("The password must not contain your name, email or our name. Choose another one."),
        "password.same": N_("This is the password you already have. Choose another one."),
        "password.not_same": N_("The passwords are not the same."),
        "password.guessable": N_("This password is easy to guess. Add a few more words."),
        "agree.missing": N_("Agree to the conditions to create an account."),
        "otp.new_key": N_(
            "The password or the code was not right. Delete the entry in your app and scan this new code."
        ),
        "captcha.missing": N_("Confirm that you are not a robot, then send the form again."),
        "captcha.failed": N_("We could not check that you are not a robot. Send the form again."),
        "captcha.wait": NP_("Please wait %(n)s second.", "Please wait %(n)s seconds."),
        "captcha.unavailable": N_("We cannot check right now that you are not a robot. Try again in a minute."),
        "otp.missing_contact": N_("Verify your email and phone first, then set OTP."),
        "otp.operator": N_("An operator cannot do without OTP."),
        "account.unknown": N_("There is no account with this id."),
        "reason.missing": N_("Say why. The reason is kept with the request."),
        "search.missing": N_("Enter what to look for."),
        "note.missing": N_("Write the note."),
        "kind.missing": N_("Choose what it is for."),
        "case.changed": N_("This request has changed meanwhile. Look at it again."),
        "service.missing": N_("Enter the name or the number of a service."),
        "topic.missing": N_("Choose what it is about."),
        "message.missing": N_("Write what we can help you with."),
        "message.too_long": NP_(
            "The text is too long. Use at most %(n)s character.", "The text is too long. Use at most %(n)s characters."
        ),
    }
)

NOTICES: Mapping[str, Wording] = MappingProxyType(
    {
        "ua_changed": N_("The login was invalidated because the browser (User-Agent) was changed.", "warn"),
        "stale": N_("This page was open for a long time. Please send it again.", "warn"),
        "expired.flow": N_("Your sign-in took too long. Start again — it takes a moment.", "warn"),
        "sent.neutral": N_("If an account with this email exists, we have sent a message.", "info"),
        "signed_out": N_("You are signed out.", "ok"),
        "signed_out_elsewhere": N_("You were signed out in another window. Sign in again to continue.", "info"),
        "session_removed": N_("The account was removed from this browser.", "ok"),
        "email_confirmed": N_("Your email is confirmed.", "ok"),
        "email_changed": N_("Your email is changed. We have sent a code to the new address.", "ok"),
        "password_changed": N_("Your password is changed.", "ok"),
        "phone_confirmed": N_("Your phone is confirmed.", "ok"),
        "confirmed": N_("Thank you. Now send the form again.", "ok"),
        "phone_changed": N_("Your phone number is changed.", "ok"),
        "recovery_sent_again": N_("If an account with this email exists, we have sent the message again.", "ok"),
        "code_sent": N_("We have sent a new code.", "ok"),
        "mail_sent": N_("We have sent the email again.", "ok"),
        "sms_sent": N_("We have sent an SMS with the code.", "ok"),
        "offline.mail": N_("We could not send the message. Try again in a minute.", "warn"),
        "offline.sms": N_("We could not send the SMS. Try again in a minute.", "warn"),
        "otp_on": N_("OTP is on.", "ok"),
        "otp_off": N_("OTP is now disabled.", "ok"),
        "recovery_codes_left": NP_("You have %(n)s recovery code left.", "You have %(n)s recovery codes left."),
        "recovery_codes_made": N_("Your new recovery codes work from now on; the old ones do not.", "ok"),
        "sign_in_again": N_("To protect your account, sign in once more.", "info"),
        "step_up": N_("This application asks for a stronger sign-in.", "info"),
        "captcha_ready": N_("Thank you for waiting. You can send the form now.", "ok"),
        "access_denied": N_("You did not allow access.", "info"),
        "confirmed_again": N_("Thank you. Now press the button again.", "info"),
        "case_opened": N_("The request is in the queue.", "ok"),
        "account_assigned": N_("The account is set.", "ok"),
        "evidence_recorded": N_("The evidence is recorded.", "ok"),
        "note_added": N_("The note is added.", "ok"),
        "hint_sent": N_("The hint is on its way.", "ok"),
        "authorisation_sent": N_("The SMS is on its way. The customer types its code on our page.", "ok"),
        "case_approved": N_("Approved and carried out.", "ok"),
        "case_needs_second": N_("Your approval is recorded. A colleague must approve it, too.", "ok"),
        "case_holding": N_("Approved. It is carried out after the waiting period.", "ok"),
        "case_rejected": N_("Rejected. The customer is told.", "ok"),
        "revealed": N_("The email is shown once. This is on record.", "warn"),
    }
)

# What a form of help asks the support desk for, in the words of whoever sent it.
REQUEST_SENTENCES: Mapping[str, Wording] = MappingProxyType(
    {
        "email_hint": N_(
            "I request a hint for my %(company)s account login email containing the service (%(service)s)."
        ),
        "login_email_change": N_(
            "I request a change of my %(company)s account login email from %(old_email)s to %(new_email)s. "
            "The phone of the account is %(phone)s."
        ),
    }
)


def translate(wording: Wording, translations: NullTranslations, values: Mapping[str, int | str]) -> str:
    """The sentence in the catalogue's language. Values it does not know are ignored; a missing one gives `UNKNOWN`."""
    if wording.plural:
        text = translations.ngettext(wording.text, wording.plural, _count(values))
    else:
        text = translations.gettext(wording.text)
    try:
        return text % values if "%(" in text else text
    except (KeyError, TypeError, ValueError):
        # The values come from a flow that an older release may have sealed.
        return translations.gettext(UNKNOWN.text)


def _count(values: Mapping[str, int | str]) -> int:
    count = values.get("n", 0)
    return count if isinstance(count, int) else 0
