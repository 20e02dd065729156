"""What may be kept of a gateway's words: some of them repeat the message, and a code must not be kept."""

import re
import unicodedata
from collections.abc import Iterable

_LENGTH = 300


def clean_answer(answer: str, secrets_sent: Iterable[str | None]) -> str:
    """One bounded line of the answer without the code or link that was sent, however it is spaced."""
    for secret in secrets_sent:
        if secret:
            answer = re.sub(r"[\s-]?".join(map(re.escape, secret)), "[removed]", answer)
    line = "".join(" " if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char for char in answer)
    return " ".join(line.split())[:_LENGTH]
