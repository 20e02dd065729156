"""Forms that people send: bounded, strict in encoding, and read only from the type our own pages send (WE-07)."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

_FORM_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 64
_MOST_BYTES = 64 * 1024


class BadForm(Exception):
    """Not a form of our pages: answered with a 400 page that repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one form, in the order sent."""

    fields: Sequence[tuple[str, str]]

    def one(self, name: str) -> str:
        """The field's value, empty when it is missing; raises `BadForm` when it stands twice (AZ-06)."""
        values = self.many(name)
        if len(values) > 1:
            raise BadForm
        return values[0] if values else ""

    def many(self, name: str) -> list[str]:
        """All values of a field that may be repeated (checkboxes)."""
        return [value for field, value in self.fields if field == name]


async def read_form(request: Request) -> Form:
    """Raises `BadForm` for another content type, more than 64 fields, bytes that are not UTF-8, or NUL."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM_TYPE:
        raise BadForm
    try:
        body = await request.body()
        if len(body) > _MOST_BYTES:
            raise BadForm
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, encoding="utf-8", errors="strict"
        )
    except (ValueError, ClientDisconnect) as error:
        raise BadForm from error
    if any("\0" in part for pair in pairs for part in pair):
        raise BadForm
    return Form(pairs)
