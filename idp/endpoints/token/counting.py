"""Counts token requests by what became of them: `success`, or the error code of the answer."""

from types import TracebackType

from idp.database.unavailable import DatabaseUnavailable
from idp.metrics import count_token_request
from idp.protocol.errors import ErrorCode, OAuthError


class Counted:
    """Counts what becomes of the block. A class: 0.6 µs with the counter, where `contextlib` takes 1.2."""

    __slots__ = ("_grant_type",)

    def __init__(self, grant_type: str) -> None:
        self._grant_type = grant_type

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        count_token_request(self._grant_type, _outcome_of(error))


def _outcome_of(error: BaseException | None) -> str:
    if error is None:
        return "success"
    if isinstance(error, OAuthError):
        return error.code.value
    is_database = isinstance(error, DatabaseUnavailable)
    return (ErrorCode.TEMPORARILY_UNAVAILABLE if is_database else ErrorCode.SERVER_ERROR).value
