"""The CAPTCHA of a form: what its page needs to show one, and what came back with it.

A page merges `captcha_view` into its context and has `captcha_field()` in its form; the form's handler calls
`check_captcha` after the cheap checks and before the costly work. `purpose` binds the two together.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import structlog

from idp.captcha import altcha, store, waiting
from idp.captcha.altcha import Binding, Solved
from idp.captcha.siteverify import SiteVerifier, Verdict
from idp.sealing import digest
from idp.settings import Captcha
from idp.web.forms import Form
from idp.web.middleware.security_headers import page_csp
from idp.web.pages import PageError
from idp.web.scope import PageScope

PURPOSES: Final = frozenset({"register", "login", "recovery", "lost_otp", "contact"})
FIELD: Final = "captcha"
WAIT_FIELD: Final = "captcha_wait"
_ALTCHA_CSP = page_csp(trusted_types=False)

log = structlog.get_logger(__name__)


async def captcha_view(scope: PageScope, purpose: str, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Template variables for one form. `values` are those that the form comes back with: its waiting goes on."""
    if scope.wiring.settings.captcha is Captcha.OFF:
        return {}
    shown = _hosted_view(scope, purpose) or {
        "kind": Captcha.ALTCHA.value,
        "csp": _ALTCHA_CSP,
        "challenge": json.dumps(challenge_for(scope, purpose), separators=(",", ":")),
        "challenge_url": f"/captcha?for={purpose}",
        "renew_after": altcha.LIFETIME - 60,
    }
    token = await _waiting_token(scope, purpose, (values or {}).get(WAIT_FIELD, ""))
    return {"captcha": shown | {"wait": token, "wait_seconds": waiting.SECONDS}}


def _hosted_view(scope: PageScope, purpose: str) -> dict[str, Any] | None:
    verifier = scope.wiring.captcha_service
    if verifier is None:
        return None
    service = verifier.service
    return {
        "kind": service.name,
        "csp": page_csp(trusted_types=False, **service.origins),
        "script": service.script,
        "widget_class": service.widget_class,
        "site_key": verifier.site_key,
        "purpose": purpose,
    }


def challenge_for(scope: PageScope, purpose: str) -> Mapping[str, Any]:
    """A new challenge for a form in this browser."""
    wiring = scope.wiring
    return altcha.make_challenge(
        wiring.master_keys, _binding(scope, purpose), cost=wiring.settings.captcha_cost, now=scope.now
    )


async def check_captcha(scope: PageScope, form: Form, purpose: str) -> PageError | None:
    """None: solved, and spent in a transaction of its own; else the error to show at the field."""
    if scope.wiring.settings.captcha is Captcha.OFF:
        return None
    verifier = scope.wiring.captcha_service
    answer = form.one(verifier.service.field if verifier else FIELD)
    if not answer:
        return await _check_waiting(scope, form.one(WAIT_FIELD), purpose)
    if verifier:
        return await _check_hosted(scope, verifier, answer, purpose)
    solved = altcha.read_solution(scope.wiring.master_keys, _binding(scope, purpose), answer, now=scope.now)
    return await _spend(scope, purpose, solved) if solved else _refused(purpose, "wrong")


async def _check_hosted(scope: PageScope, verifier: SiteVerifier, answer: str, purpose: str) -> PageError | None:
    """The service may say yes twice; here it counts once."""
    match await verifier.verify(answer, purpose=purpose):
        case Verdict.RIGHT:
            once = digest(f"{verifier.service.name}:{answer}")
            return await _spend(scope, purpose, Solved(once, scope.now + altcha.LIFETIME))
        case Verdict.WRONG:
            return _refused(purpose, "wrong")
        case Verdict.UNKNOWN:
            return PageError(FIELD, "captcha.unavailable")


async def _check_waiting(scope: PageScope, token: str, purpose: str) -> PageError | None:
    read = waiting.read_token(scope.wiring.master_keys, _binding(scope, purpose), token, now=scope.now)
    if read is None:
        return _refused(purpose, "expired") if token else PageError(FIELD, "captcha.missing")
    if isinstance(read, int):
        return _wait(scope, read)
    if again := await scope.wiring.addresses.hit("captcha-wait", scope.origin.address or "", waiting.RATE):
        return _wait(scope, again)
    return await _spend(scope, purpose, read)


async def _spend(scope: PageScope, purpose: str, solved: Solved) -> PageError | None:
    async with scope.wiring.database.writing() as db:
        is_first = await store.spend(db, solved.digest, expires_at=solved.expires_at)
    return None if is_first else _refused(purpose, "reused")


async def _waiting_token(scope: PageScope, purpose: str, kept: str) -> str:
    """The token that the form has had all along, while it may still be good for something."""
    keys, binding = scope.wiring.master_keys, _binding(scope, purpose)
    read = waiting.read_token(keys, binding, kept, now=scope.now)
    if isinstance(read, Solved):
        async with scope.wiring.database.reading() as db:
            read = None if await store.is_spent(db, read.digest) else read
    return waiting.new_token(keys, binding, now=scope.now) if read is None else kept


def _binding(scope: PageScope, purpose: str) -> Binding:
    if purpose not in PURPOSES:
        raise ValueError(f"no form is called {purpose!r}")
    return Binding(purpose, scope.device_id)


def _wait(scope: PageScope, seconds: int) -> PageError:
    """`until` tells the page when the waiting is over, however often it is opened."""
    return PageError(FIELD, "captcha.wait", {"n": seconds, "until": scope.now + seconds})


def _refused(purpose: str, reason: str) -> PageError:
    log.info("captcha_refused", form=purpose, reason=reason)
    return PageError(FIELD, "captcha.failed")
