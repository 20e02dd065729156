"""The way from a page where a message is waited for to the contact form: with when it was asked for, and for where.

Both are sealed in the address: what the desk reads there was written by us, not by whoever made a link.
"""

import json
from urllib.parse import urlencode

from idp.sealing import MasterKeys, SealBroken

CONTACT_PATH = "/contact"
CONTACT_ABOUT_MESSAGES = f"{CONTACT_PATH}?topic=messages"
_PURPOSE = "contact"


def contact_url(keys: MasterKeys, *, asked_at: int | None, masked_target: str) -> str:
    """`masked_target` is the number or the address, as the page shows it."""
    sealed = keys.seal_text(json.dumps([asked_at, masked_target]), purpose=_PURPOSE)
    return f"{CONTACT_PATH}?{urlencode({'about': sealed})}"


def open_contact(keys: MasterKeys, sealed: str) -> tuple[int | None, str] | None:
    """When the message was asked for, and the masked target; None for what we did not seal."""
    try:
        asked_at, masked_target = json.loads(keys.open_text(sealed, purpose=_PURPOSE))
    except SealBroken:
        return None
    return asked_at, masked_target
