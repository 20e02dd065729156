"""New recovery codes on their way to the one page that shows them (F3.7).

In between they are stored nowhere: they travel in an address, sealed for their session and account, good for a minute.
Opening it once marks the set as shown. So a reload, the history and whoever finds the address later show nothing.
"""

import json
from collections.abc import Sequence

from idp.credentials.recovery_codes import take_display
from idp.sealing import SealBroken
from idp.sessions.session import BrowserSession
from idp.web.scope import PageScope

_PURPOSE = "new-recovery-codes"
_SECONDS = 60


def seal_for_display(scope: PageScope, session: BrowserSession, codes: Sequence[str]) -> str:
    body = json.dumps([scope.now, *codes])
    return scope.wiring.master_keys.seal_text(body, purpose=_PURPOSE, context=_context(session))


async def open_for_display(scope: PageScope, session: BrowserSession, sealed: str) -> tuple[str, ...]:
    """The codes for whoever comes first; none for everybody after, or too late, or with an older set.

    The one GET that writes: what is shown once cannot be shown by a request that changes nothing. HEAD does not show.
    """
    keys = scope.wiring.master_keys
    try:
        made_at, *codes = json.loads(keys.open_text(sealed, purpose=_PURPOSE, context=_context(session)))
    except SealBroken:
        return ()
    if scope.request.method != "GET" or scope.now - made_at > _SECONDS:
        return ()
    async with scope.wiring.database.writing() as db:
        is_first = await take_display(db, keys, session.account_id, codes=codes, now=scope.now)
    return tuple(codes) if is_first else ()


def _context(session: BrowserSession) -> str:
    return f"{session.account_id} {session.id}"
