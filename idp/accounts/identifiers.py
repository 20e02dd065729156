"""From what a person types to the one stored spelling, and from that to the masks others may see.

Two inputs that differ in more than letter case or canonical Unicode form never become the same identifier: a mapping
such as `ſ` to `s` would let one address stand for another. What cannot be kept apart safely is refused.
"""

import contextlib
import re
import unicodedata
from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

_MAX_EMAIL_LENGTH = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
_LOGIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}", re.ASCII)
_PHONE_DRESSING = re.compile(r"[\s()./\u2010-\u2015\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069-]+")
_DIALLED = re.compile(r"\+?[0-9]{5,18}", re.ASCII)
_LANDLINE_TYPES = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.UAN})
_COSTLY_TYPES = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.PAGER,
    }
)


class InvalidEmail(ValueError):
    """Not an address that can be kept and mailed."""


class InvalidLoginName(ValueError):
    """Not 3 to 64 ASCII letters, digits, dots, underscores and hyphens, or it looks like another identifier."""


class PhoneProblem(StrEnum):
    """Why a number is refused; pages have a sentence for each."""

    INVALID = "invalid"
    LANDLINE = "landline"


class InvalidPhone(ValueError):
    """Not a number that can receive an SMS."""

    def __init__(self, reason: PhoneProblem) -> None:
        super().__init__(reason.value)
        self.reason = reason


def normalise_email(text: str) -> str:
    """Lower-cased, with the domain in its ASCII form; raises `InvalidEmail`."""
    address = text.strip(" \t")
    if len(address) > _MAX_EMAIL_LENGTH or _has_ambiguous_letter(address.rpartition("@")[2]):
        raise InvalidEmail
    try:
        # Mailboxes with non-ASCII names are refused: case mapping there is where one address becomes another.
        parsed = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise InvalidEmail from error
    normalised = f"{parsed.local_part.lower()}@{parsed.ascii_domain.lower()}"
    if len(normalised) > _MAX_EMAIL_LENGTH:
        raise InvalidEmail
    return normalised


def _has_ambiguous_letter(domain: str) -> bool:
    """Whether IDNA mapping would turn a letter that is not ASCII into one that is (`ſ`, `Ｋ`, `。`)."""
    return any(
        unicodedata.normalize("NFKC", letter).lower().replace("。", ".").isascii() or not letter.lower().isprintable()
        for letter in domain
        if not letter.isascii()
    )


def normalise_login_name(text: str) -> str:
    """Case-folded; raises `InvalidLoginName`.

    ASCII only, so no look-alike of another script gets in; never an `@`, never all digits (a phone number), never the
    beginning of an account id.
    """
    name = text.strip(" \t")
    folded = name.casefold()
    # `casefold` turns `K` (Kelvin) into `k`: the test for ASCII comes first.
    if not name.isascii() or not _LOGIN_NAME.fullmatch(folded):
        raise InvalidLoginName
    if folded.startswith("acc_") or not any(letter.isalpha() for letter in folded):
        raise InvalidLoginName
    return folded


def canonical_identifier(text: str) -> str:
    """One spelling for whatever was typed as a login, also when no such account exists; for throttling keys."""
    for normalise in (normalise_email, normalise_login_name):
        try:
            return normalise(text)
        except ValueError:
            continue
    return unicodedata.normalize("NFKC", text).casefold().strip()


def normalise_phone(text: str) -> str:
    """E.164; raises `InvalidPhone`. The country code must be given, after `+` or `00`."""
    dialled = _PHONE_DRESSING.sub("", text)
    if dialled.startswith("00"):
        dialled = "+" + dialled[2:]
    if not _DIALLED.fullmatch(dialled):
        raise InvalidPhone(PhoneProblem.INVALID)
    try:
        number = phonenumbers.parse(dialled, None)
    except NumberParseException as error:
        raise InvalidPhone(PhoneProblem.INVALID) from error
    kind = phonenumbers.number_type(number)
    if kind in _LANDLINE_TYPES:
        raise InvalidPhone(PhoneProblem.LANDLINE)
    if kind in _COSTLY_TYPES or not phonenumbers.is_valid_number(number):
        raise InvalidPhone(PhoneProblem.INVALID)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def country_of_phone(phone: str) -> str:
    """The ISO 3166 code of the number's country; `ZZ` for what belongs to none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone, None)) or "ZZ"
    except NumberParseException:
        return "ZZ"


def mask_email(email: str) -> str:
    """The hint the desk may give: `luke@wedos.com` becomes `lu**@we***.c**`."""
    local, domain, top_level = _parts(email)
    return f"{_starred(local, 2)}@{_starred(domain, 2)}.{_starred(top_level, 1)}"


def mask_email_short(email: str) -> str:
    """The reminder on the OTP page: `lucie@wedos.cz` becomes `lu…@we….cz`."""
    local, domain, top_level = _parts(email)
    return f"{_kept(local, 2)}…@{_kept(domain, 2)}….{top_level}"


def _parts(email: str) -> tuple[str, str, str]:
    """Local part, domain without its last label, last label; an IDN in the letters its owner knows."""
    local, _, domain = email.rpartition("@")
    with contextlib.suppress(EmailNotValidError):
        domain = validate_email(f"a@{domain}", check_deliverability=False).domain
    name, _, top_level = domain.rpartition(".")
    return local, name, top_level


def _kept(part: str, most: int) -> str:
    """The first `most` characters; of a part that is no longer than two, one fewer than it has."""
    return part[: min(most, max(len(part) - 1, 0))] if len(part) <= 2 else part[:most]


def _starred(part: str, most: int) -> str:
    kept = _kept(part, most)
    return kept + "".join("." if letter == "." else "*" for letter in part[len(kept) :])


def mask_phone(phone: str) -> str:
    """`+420601123456` becomes `+420 ••• ••• 456`: the country code and the last three digits stay."""
    try:
        number = phonenumbers.parse(phone, None)
    except NumberParseException:
        return "•••"
    code, _, national = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL).partition(" ")
    shown = len(national) - 3
    return f"{code} " + "".join("•" if place < shown and c.isdigit() else c for place, c in enumerate(national))


def format_phone(phone: str) -> str:
    """`+420601123456` becomes `+420 601 123 456`."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone, None), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return phone
