"""When each kind of message is sent, and to whom: for `docs/messages.md`.

A kind that is missing here is described there by its own first sentence.
"""

from collections.abc import Mapping
from types import MappingProxyType

LOGIN_EMAIL = "the login email"

OCCASIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "verify_email": ("An address is to be proven: after registration, or once it was corrected.", "that address"),
        "account_exists": ("Somebody registers with an address that has an account.", "that address"),
        "verify_phone": ("A person presses *Send SMS* to prove a number.", "that number"),
        "new_device": ("A login in a browser in which the account was not used before.", LOGIN_EMAIL),
        "login_after_failures": ("A login with the right password after five wrong ones or more.", LOGIN_EMAIL),
        "otp_failed": ("The right password, and then a wrong OTP code, in a browser not used before.", LOGIN_EMAIL),
        "otp_enabled": ("OTP was set up.", LOGIN_EMAIL),
        "otp_disabled": ("OTP was turned off.", LOGIN_EMAIL),
        "password_changed": ("The password was changed, by the owner or by an operator.", LOGIN_EMAIL),
        "email_changed": ("The login email was changed.", "the old address and the new one"),
        "phone_changed": ("The phone number was changed.", LOGIN_EMAIL),
        "refresh_reuse": ("A refresh token came a second time, and the application's access was ended.", LOGIN_EMAIL),
        "sessions_ended": ("An operator signed the account out everywhere.", LOGIN_EMAIL),
        "account_locked": ("An operator locked the account.", LOGIN_EMAIL),
        "case_received": ("A request to the support desk came in.", "its contact address"),
        "case_done": ("The request was done.", "its contact address"),
        "case_rejected": ("The request was rejected.", "its contact address"),
        "case_announced": (
            "An operator approved a change of the account; the link objects.",
            "the login email, the phone",
        ),
        "authorise_case": ("An operator asks the phone to authorise a change.", "the phone on file"),
        "email_hint": ("An operator answers a request for the hint.", "the contact address of the request"),
        "backchannel_request": ("An application asks a person to confirm something (CIBA).", LOGIN_EMAIL),
        "email_revealed": ("An operator was shown the login email.", LOGIN_EMAIL),
    }
)
