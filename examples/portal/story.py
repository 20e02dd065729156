"""What just happened, step by step: the dashboard's panel for developers.

Only what may be shown is recorded. Codes, tokens, verifiers and secrets are cut to their first characters.
"""

import base64
import json
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_SECRET_MEMBERS = frozenset({"code", "code_verifier", "access_token", "refresh_token", "id_token", "id_token_hint"})
_MOST_STEPS = 30


def record(session: MutableMapping[str, Any], step: str, *, at: int, **details: Any) -> None:  # noqa: ANN401 (JSON)
    """Appends one step; `step` is a key of `texts` and the details are JSON values."""
    steps = session.setdefault("story", [])
    steps.append({"step": step, "at": at, "details": shortened(details)})
    del steps[:-_MOST_STEPS]


def shortened(details: Mapping[str, Any]) -> dict[str, Any]:
    """The same members, with secrets cut so that they are recognised and cannot be used."""
    return {
        name: f"{value[:8]}… ({len(value)} characters)" if name in _SECRET_MEMBERS and isinstance(value, str) else value
        for name, value in details.items()
        if value is not None
    }


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address, for showing."""
    return dict(parse_qsl(urlsplit(url).query))


def claims_for_show(token: str) -> dict[str, Any]:
    """The payload of a JWT, unverified. A client must not act upon an access token's content (RFC 9068 §6)."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
