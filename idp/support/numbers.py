"""Case numbers that people read out and type: `K7F3-9QXM`, random, without letters and digits that look alike."""

import secrets

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 and O, no 1, I and L
_GROUP = 4


def new_number() -> str:
    """One of 8.5 · 10¹¹: nobody guesses the number of another person's case."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(2 * _GROUP))
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"


def normalise_number(text: str) -> str | None:
    """The number as it is stored, from any case, with or without dash and spaces; None for what is no number."""
    letters = "".join(char for char in text.upper() if not char.isspace() and char not in "-–")
    if len(letters) != 2 * _GROUP or not set(letters) <= set(_ALPHABET):
        return None
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"
