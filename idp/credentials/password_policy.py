"""Which new passwords are refused: length, the commonest ones, words of one's own account, what is quickly guessed.

No rule asks for digits or symbols, and no password grows old (NIST SP 800-63B-4 §3.1.1.2).

zxcvbn is loaded with the first password that is judged: its lists of words take 12.7 MB and 32 ms, and few processes
ever need them.
"""

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from enum import StrEnum
from functools import partial

MAX_PASSWORD_LENGTH = 1024
_LONGEST_INPUT = 4 * MAX_PASSWORD_LENGTH  # before NFC, which may join up to four code points to one
_LONGEST_ESTIMATE = 72  # zxcvbn refuses more
_SHORT_ESTIMATE = 14
_LEET_SYMBOLS = frozenset("4@8({[<369&#!1/|0$5+7%2")
_MANY_LEET_SYMBOLS = 5
_FEWEST_GUESSES = 10**8
_ENOUGH_OF_ONES_OWN = 8
_SHORTEST_CONTEXT_WORD = 3
_ALWAYS_CONTEXT = ("heslo", "password", "login")

# One thread: zxcvbn keeps the words it is given where the next password finds them.
_BESIDE_THE_LOOP = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password-policy")


class PasswordProblem(StrEnum):
    """Why a password is refused; pages have a sentence for each."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    CONTEXTUAL = "contextual"
    GUESSABLE = "guessable"


def normalise_password(password: str) -> str | None:
    """NFC, so that every keyboard spells it alike, and no other change; None for one that is too long or no text."""
    if len(password) > _LONGEST_INPUT:
        return None
    normalised = unicodedata.normalize("NFC", password)
    if len(normalised) > MAX_PASSWORD_LENGTH or any(unicodedata.category(letter) == "Cs" for letter in normalised):
        return None
    return normalised


def password_problem(password: str, *, minimum: int, context: Sequence[str]) -> PasswordProblem | None:
    """The first thing wrong with a new password. `context`: brand, email, name, anything a guesser knows.

    `minimum` counts code points. Costs milliseconds; the worst input about a tenth of a second.
    """
    normalised = normalise_password(password)
    if normalised is None:
        return PasswordProblem.TOO_LONG
    if len(normalised) < minimum:
        return PasswordProblem.TOO_SHORT
    folded = normalised.casefold()
    if _is_common(folded):
        return PasswordProblem.COMMON
    words = context_words(context)
    if _is_mostly(words, folded):
        return PasswordProblem.CONTEXTUAL
    if _guesses(_estimated_part(folded, normalised), words) < _FEWEST_GUESSES:
        return PasswordProblem.GUESSABLE
    return None


async def judge_password(password: str, *, minimum: int, context: Sequence[str]) -> PasswordProblem | None:
    """`password_problem` beside the event loop, for one person after the other."""
    judging = partial(password_problem, password, minimum=minimum, context=context)
    return await asyncio.get_running_loop().run_in_executor(_BESIDE_THE_LOOP, judging)


def _is_common(folded: str) -> bool:
    from zxcvbn.matching import RANKED_DICTIONARIES  # noqa: PLC0415 - see above

    return folded in RANKED_DICTIONARIES["passwords"]


def _guesses(password: str, words: Sequence[str]) -> Decimal:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - see above

    guesses: Decimal = zxcvbn(password, user_inputs=list(words))["guesses"]
    return guesses


def context_words(context: Sequence[str]) -> tuple[str, ...]:
    """The words a guesser would try first, longest first; of a domain name everything but the last label."""
    words = set(_ALWAYS_CONTEXT)
    for text in context:
        folded = unicodedata.normalize("NFC", text).casefold()
        local, at, domain = folded.partition("@")
        known = [local, domain.rpartition(".")[0]] if at else [folded]
        for part in known:
            words |= {part, *re.split(r"[\W_]+", part)}
    return tuple(sorted((word for word in words if len(word) >= _SHORTEST_CONTEXT_WORD), key=lambda w: (-len(w), w)))


def _is_mostly(words: Sequence[str], folded: str) -> bool:
    """Whether too little is left once the words are taken out."""
    rest = folded
    for word in words:
        rest = rest.replace(word, " ")
    letters = [letter for letter in rest if letter.isalnum()]
    return rest != folded and len(letters) < _ENOUGH_OF_ONES_OWN


def _estimated_part(folded: str, password: str) -> str:
    """What zxcvbn is shown: it tries every reading of l33t symbols, seconds of work where there are many of them."""
    many = len(_LEET_SYMBOLS.intersection(folded)) > _MANY_LEET_SYMBOLS
    return password[: _SHORT_ESTIMATE if many else _LONGEST_ESTIMATE]
