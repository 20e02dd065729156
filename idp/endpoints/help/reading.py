"""Reads what people type into the forms of help: each function gives the clean value, or adds what is wrong."""

from idp.accounts.identifiers import InvalidEmail, InvalidPhone, normalise_email, normalise_phone
from idp.web.pages import PageError


def read_email(typed: str, field: str, errors: list[PageError]) -> str:
    """The address in its one spelling; empty when it is none."""
    try:
        return normalise_email(typed)
    except InvalidEmail:
        errors.append(PageError(field, "email.invalid" if typed else "email.missing"))
        return ""


def read_phone(typed: str, field: str, errors: list[PageError]) -> str:
    try:
        return normalise_phone(typed)
    except InvalidPhone as problem:
        errors.append(PageError(field, f"phone.{problem.reason}" if typed else "phone.missing"))
        return ""


def read_text(typed: str, field: str, missing: str, errors: list[PageError]) -> str:
    if not typed:
        errors.append(PageError(field, missing))
    return typed
