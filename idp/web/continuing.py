"""`/continue`: the 200 page between a form of ours and another origin.

Chromium applies `form-action 'self'` to every redirect behind a form, also to those the application makes; a page with
a meta refresh begins anew. Its destination is sealed, so that nobody can lend our name to theirs (SE-24, WE-12).
"""

import json
from urllib.parse import urlencode

from idp.sealing import MasterKeys, SealBroken

_PURPOSE = "continue"
_LIFETIME_SECONDS = 600


def continue_url(keys: MasterKeys, url: str, *, purpose: str, app_name: str, now: int) -> str:
    """`purpose` is `sign_in`, `sign_out` or `return`: what the page says it is doing."""
    sealed = keys.seal_text(json.dumps([url, purpose, app_name, now]), purpose=_PURPOSE)
    return f"/continue?{urlencode({'to': sealed})}"


def open_continue(keys: MasterKeys, sealed: str, now: int) -> tuple[str, str, str] | None:
    """The URL, the purpose and the application's name; None for what we did not seal, or long ago."""
    try:
        url, purpose, app_name, sealed_at = json.loads(keys.open_text(sealed, purpose=_PURPOSE))
    except SealBroken:
        return None
    return (url, purpose, app_name) if now - sealed_at <= _LIFETIME_SECONDS else None
