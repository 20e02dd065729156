"""Proof that a form was sent from our own page: the browser's word about the origin, and a token in the form.

The token is a MAC over the device it was made for. Three tabs that a browser restores at once each begin without a
cookie, and the browser keeps the device cookie of the last answer only; so a genuine token made for another device is
accepted where the browser itself names our origin. The refusal shows the form again, never a bare 403 (WE-06, SE-17).
"""

import hmac

from starlette.requests import Request

from idp.sealing import MasterKeys, base64url


def csrf_token(keys: MasterKeys, device_id: str) -> str:
    return f"{device_id}.{_mac(keys, device_id)}"


def is_own_form(request: Request, *, keys: MasterKeys, issuer: str, token: str, device_id: str) -> bool:
    """Whether the POST came from a page of ours in this browser."""
    origin = request.headers.get("origin")
    if origin is not None and origin != issuer:
        return False
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    made_for, _, mac = token.partition(".")
    if not mac.isascii() or not hmac.compare_digest(mac, _mac(keys, made_for)):
        return False
    return made_for == device_id or origin == issuer


def _mac(keys: MasterKeys, device_id: str) -> str:
    # Every key that still opens could have made the token; a rotated master key just asks to send the form again.
    return base64url(keys.mac(device_id.encode(), purpose="csrf"))
