"""What a page has to say once, after a 303: sealed in the URL, for this account, for a minute."""

import json
from urllib.parse import urlencode

from idp.sealing import SealBroken
from idp.web.pages import PageError
from idp.web.scope import PageScope

_PURPOSE = "one-shot"
_SECONDS = 60


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
