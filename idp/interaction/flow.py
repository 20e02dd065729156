"""The flow: one pending login in one tab, sealed in its URL (`?flow=`) and stored nowhere.

It carries the validated request, when and on which device it began, page errors and typed values that are no secrets,
and references to rows. It is *never evidence*: replaying an old one gains nothing. On another device it goes on as if
the authorization URL itself had been opened there (AZ-18).
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from pydantic_core import from_json, to_json

from idp.protocol.authorization_request import AuthorizationRequest
from idp.sealing import MasterKeys, SealBroken, new_id
from idp.web.pages import PageError

_SCHEMA = 2
_PURPOSE = f"flow {_SCHEMA}"
_MOST_EXPECTED = 256  # of 4 kB each
_NOTHING: Mapping[str, str] = {}  # which nobody may write to


class FlowBroken(Exception):
    """Not a flow of this installation, or of a schema that is gone."""


class Flow(NamedTuple):
    """`memo` holds what the conversation has come to, by name: see `Memo`.

    A named tuple is made in a quarter of the time of a frozen dataclass, and every visit makes two.
    """

    id: str
    started_at: int
    device_id: str
    request: AuthorizationRequest | None = None
    destination: str = "/account/security"  # a path of ours, where a login without an application ends
    errors: tuple[PageError, ...] = ()
    values: Mapping[str, str] = _NOTHING
    notice: str = ""
    memo: Mapping[str, str] = _NOTHING
    stored_request: str = ""  # where the request is kept when it is too large to travel along

    @classmethod
    def begin(
        cls,
        *,
        device_id: str,
        now: int,
        request: AuthorizationRequest | None = None,
        **more: Any,  # noqa: ANN401
    ) -> Self:
        return cls(id=new_id(), started_at=now, device_id=device_id, request=request, **more)

    def with_errors(self, errors: Sequence[PageError], values: Mapping[str, str]) -> Self:
        return self._replace(errors=tuple(errors), values=dict(values), notice="")

    def with_notice(self, notice: str) -> Self:
        return self._replace(notice=notice, errors=())

    def without_messages(self) -> Self:
        """What the next page starts from: nothing of the last one's errors and values."""
        has_messages = self.errors or self.values or self.notice
        return self._replace(errors=(), values={}, notice="") if has_messages else self

    def moved_to(self, device_id: str) -> Self:
        """AZ-18: on another device the request goes on, and nothing of what the first one had come to."""
        return self.without_messages()._replace(device_id=device_id, memo={})

    def remembering(self, **memo: str) -> Self:
        return self._replace(memo={**self.memo, **memo})

    def forgetting(self, *names: str) -> Self:
        if self.memo.keys().isdisjoint(names):
            return self
        return self._replace(memo={name: value for name, value in self.memo.items() if name not in names})

    @property
    def asked_locales(self) -> tuple[str, ...]:
        return self.request.ui_locales if self.request else ()


class Memo:
    """The names under which a flow remembers. None of them proves anything."""

    CHOSEN_SESSION = "chosen_session"  # a `sid`, picked on /select-account
    ANOTHER_ACCOUNT = "another_account"  # "use another account" was picked
    EMAIL_CODES = "email_codes"  # the transaction of one-time codes sent by mail
    EMAIL = "email"  # the address they went to
    APPLICANT = "applicant"  # the account that this flow registered, on the flow's own device
    SMS_CODES = "sms_codes"
    REGISTERING = "registering"  # a registration is under way: it ends with its own page
    REGISTERED = "registered"  # …which was seen
    WANTS_LOGIN = "wants_login"  # prompt=create was answered with "I already have an account"
    CONSENTED = "consented"  # the answer to `prompt=consent`; what was allowed is a row
    APPROVED = "approved"  # the answer to what was asked on another device; the answer itself is a row
    FAILED_CODES = "failed_codes"
    NEW_RECOVERY_CODES = "new_recovery_codes"  # sealed once more: only the page that shows them, once, opens them
    RECOVERY_CODES_LEFT = "recovery_codes_left"  # one was used; how many the person is told are left
    FRESH_SINCE = "fresh_since"  # a page of ours asks for a login proven since then, in seconds since 1970
    LOST_OTP_ASKED = "lost_otp_asked"  # when the mail was asked for; empty in the button that asks
    LOST_OTP = "lost_otp"  # the recovery whose SMS code is waited for
    LOST_OTP_DONE = "lost_otp_done"  # OTP was turned off, and its page not left yet
    RECOVERY = "recovery"  # the transaction of one-time codes of a password recovery
    RECOVERY_NAME = "recovery_name"  # the login that it was asked for, as it was typed
    RESET_TOKEN = "reset_token"  # noqa: S105 - out of the mailed link, so that it leaves the address bar
    RECOVERED = "recovered"  # a new password was set in this flow


class FlowSealer:
    """Seals flows into URLs and opens them again.

    A flow is mostly sealed for a redirect, whose page comes next on the same connection: what this process has sealed
    is opened by looking it up, once, in 1 µs instead of 10.
    """

    def __init__(self, keys: MasterKeys, *, lifetime_seconds: int) -> None:
        self._keys = keys
        self._lifetime = lifetime_seconds
        self._expected: OrderedDict[str, Flow] = OrderedDict()  # by the seals that were not opened yet

    def seal(self, flow: Flow, *, written: str | None = None) -> str:
        """`written` is what `write` makes of it, where that was asked before."""
        sealed = self._keys.seal_text(written or self.write(flow), purpose=_PURPOSE)
        if not flow.stored_request:  # what was left out of it is to be read anew
            self._expected[sealed] = flow
            if len(self._expected) > _MOST_EXPECTED:
                self._expected.popitem(last=False)
        return sealed

    def write(self, flow: Flow) -> str:
        """What is going to be sealed."""
        request = flow.request.to_list() if flow.request and not flow.stored_request else None
        errors = [error.to_json() for error in flow.errors]
        told = (flow.destination, errors, flow.values, flow.notice, flow.memo, flow.stored_request)
        return to_json((flow.id, flow.started_at, flow.device_id, request, *told)).decode()

    def open(self, sealed: str) -> Flow:
        """Raises `FlowBroken`. A stored request has to be read by the caller.

        Whether the flow is too old is asked separately: its request may still start anew.
        """
        return self._expected.pop(sealed, None) or self._opened(sealed)

    def _opened(self, sealed: str) -> Flow:
        try:
            written = self._keys.open_text(sealed, purpose=_PURPOSE)
            flow_id, started_at, device_id, request, destination, errors, *told = from_json(written)
            return Flow(
                flow_id,
                started_at,
                device_id,
                AuthorizationRequest.from_list(request) if request else None,
                destination,
                tuple([PageError.from_json(error) for error in errors]),
                *told,
            )
        except (SealBroken, TypeError) as error:  # a later version, on another node, may have sealed more
            raise FlowBroken from error

    def has_expired(self, flow: Flow, now: int) -> bool:
        return now - flow.started_at > self._lifetime

    def url(self, path: str, flow: Flow) -> str:
        return flow_url(path, self.seal(flow))


def flow_url(path: str, sealed: str) -> str:
    """A sealed flow is made of letters that need no escaping."""
    return f"{path}?flow={sealed}"
