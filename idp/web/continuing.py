"""`/continue`: the 200 page between a form of ours and another origin.

Chromium applies `form-action 'self'` to every redirect behind a form, also to those the application makes; a page with
a meta refresh, or with the form of `web.form_post`, begins anew. Its destination is sealed, so that nobody can lend our
name to theirs (SE-24, WE-12).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from idp.sealing import MasterKeys, SealBroken

_PURPOSE = "continue"
_LIFETIME_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Onward:
    """`purpose` is `sign_in`, `sign_out` or `return`: what the page says it is doing. `form` is posted to `url`."""

    url: str
    purpose: str
    app_name: str
    form: Mapping[str, str] | None = None


def continue_url(
    keys: MasterKeys, url: str, *, purpose: str, app_name: str, now: int, form: Mapping[str, str] | None = None
) -> str:
    """The address of the page that leads there, good for ten minutes."""
    body = [url, purpose, app_name, now, form and dict(form)]
    return f"/continue?{urlencode({'to': keys.seal_text(json.dumps(body), purpose=_PURPOSE)})}"


def open_continue(keys: MasterKeys, sealed: str, now: int) -> Onward | None:
    """None for what we did not seal, or long ago."""
    try:
        url, purpose, app_name, sealed_at, form = json.loads(keys.open_text(sealed, purpose=_PURPOSE))
    except SealBroken:
        return None
    return Onward(url, purpose, app_name, form) if now - sealed_at <= _LIFETIME_SECONDS else None
