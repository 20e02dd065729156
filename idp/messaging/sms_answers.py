"""What an SMS provider's answer means: its status code and, where that is not the whole truth, a value in its JSON."""

import json
import re
from dataclasses import dataclass
from typing import Any, Self

from idp.messaging.gateways import Outcome

_STATUS_RULE = re.compile(r"[1-5](xx|[0-9]{2})(,[1-5](xx|[0-9]{2}))*")
_BODY_RULE = re.compile(r"([^=\s.]+(?:\.[^=\s.]+)*)=(\S+)")
_LONGEST_BODY = 65_536


@dataclass(frozen=True, slots=True)
class _BodyRule:
    """`messages.0.status=0,5`: names and positions that lead into the JSON, and the values it may have there."""

    path: tuple[str, ...]
    values: frozenset[str]

    @classmethod
    def read(cls, rule: str, setting: str) -> Self | None:
        if not rule:
            return None
        match = _BODY_RULE.fullmatch(rule)
        if match is None:
            raise ValueError(f"{setting} is a path and its values, such as messages.0.status=0")
        return cls(tuple(match[1].split(".")), frozenset(match[2].split(",")))

    def holds(self, body: str) -> bool:
        try:
            found: Any = json.loads(body[:_LONGEST_BODY])
            for step in self.path:
                found = found[int(step)] if isinstance(found, list) else found[step]
        except (ValueError, TypeError, LookupError, RecursionError):
            return False
        return (found if isinstance(found, str) else json.dumps(found)) in self.values


class SmsAnswers:
    """Reads answers by the rules of one provider; raises `ValueError` for a rule that could never hold."""

    def __init__(self, *, success: str, success_body: str = "", retry_body: str = "") -> None:
        statuses = success.replace(" ", "")
        if not _STATUS_RULE.fullmatch(statuses):
            raise ValueError("IDP_SMS_SUCCESS lists status codes, such as 2xx or 200,202")
        self._successes = frozenset(statuses.split(","))
        self._success_body = _BodyRule.read(success_body, "IDP_SMS_SUCCESS_BODY")
        self._retry_body = _BodyRule.read(retry_body, "IDP_SMS_RETRY_BODY")

    def outcome(self, status: int, body: str) -> Outcome:
        if {str(status), f"{status // 100}xx"} & self._successes:
            return self._outcome_of_body(body)
        if status == 504:  # the provider's own gateway lost the answer
            return Outcome.UNKNOWN
        if status in {408, 425, 429} or status >= 500:
            return Outcome.TEMPORARY
        return Outcome.PERMANENT

    def _outcome_of_body(self, body: str) -> Outcome:
        if self._success_body is None or self._success_body.holds(body):
            return Outcome.ACCEPTED
        if self._retry_body is not None and self._retry_body.holds(body):
            return Outcome.TEMPORARY
        return Outcome.PERMANENT
