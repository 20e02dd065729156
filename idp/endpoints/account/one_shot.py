"""What a page has to say once, after a 303, and what was typed: sealed in the URL, for this account, for minutes."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from idp.sealing import SealBroken
from idp.web.pages import PageError
from idp.web.scope import PageScope

_PURPOSE = "one-shot"
_SECONDS = 60
_KEPT_PURPOSE = "kept-values"
_KEPT_SECONDS = 600


def with_message(
    scope: PageScope, path: str, *, account_id: str, notice: str = "", error: PageError | None = None
) -> str:
    body = json.dumps([scope.now, notice, error.to_json() if error else None])
    sealed = scope.wiring.master_keys.seal_text(body, purpose=_PURPOSE, context=account_id)
    return f"{path}?{urlencode({'said': sealed})}"


def read_message(scope: PageScope, *, account_id: str) -> tuple[str | None, tuple[PageError, ...]]:
    """The notice and the errors; nothing for an address that was bookmarked, or made up."""
    sealed = scope.request.query_params.get("said", "")
    try:
        said_at, notice, error = json.loads(
            scope.wiring.master_keys.open_text(sealed, purpose=_PURPOSE, context=account_id)
        )
    except SealBroken:
        return None, ()
    if scope.now - said_at > _SECONDS:
        return None, ()
    return notice or None, (PageError.from_json(error),) if error else ()


def keep_values(scope: PageScope, values: Mapping[str, str], *, account_id: str) -> str:
    """What was typed and is no secret, for the form that comes back: after an error, or after another page."""
    body = json.dumps([scope.now, dict(values)])
    return scope.wiring.master_keys.seal_text(body, purpose=_KEPT_PURPOSE, context=account_id)


def read_values(scope: PageScope, *, account_id: str) -> Mapping[str, str]:
    """Empty when there are none, or not from here."""
    sealed = scope.request.query_params.get("kept", "")
    try:
        kept_at, values = json.loads(
            scope.wiring.master_keys.open_text(sealed, purpose=_KEPT_PURPOSE, context=account_id)
        )
    except SealBroken:
        return {}
    return values if scope.now - kept_at <= _KEPT_SECONDS else {}
