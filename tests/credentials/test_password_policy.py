"""New passwords: what is refused, and that nothing else is."""

import asyncio
import secrets
import unicodedata

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from idp.credentials.password_policy import (
    MAX_PASSWORD_LENGTH,
    PasswordProblem,
    context_words,
    judge_password,
    normalise_password,
    password_problem,
)

_CONTEXT = ("Keygate", "lucie.novakova@wedos.com", "Lucie Nováková")
_STRONG = "kapr-ulice-72-mlha-brod"


@pytest.mark.requirement("PW-03")
@pytest.mark.parametrize("minimum", [8, 12, 15])
def test_the_minimum_is_exact(minimum: int) -> None:
    """One character fewer is refused; characters are code points, not bytes."""
    password = "žw7kq!vy2bč4mxp"[:minimum]
    assert len(password) == minimum
    assert password_problem(password, minimum=minimum, context=_CONTEXT) is None
    assert password_problem(password[:-1], minimum=minimum, context=_CONTEXT) is PasswordProblem.TOO_SHORT


@pytest.mark.requirement("PW-04")
def test_the_maximum_is_exact() -> None:
    """1,024 characters are accepted, one more is refused, and so is what no keyboard can mean."""
    long = (_STRONG * 50)[:MAX_PASSWORD_LENGTH]
    assert password_problem(long, minimum=12, context=_CONTEXT) is None
    assert password_problem(long + "x", minimum=12, context=_CONTEXT) is PasswordProblem.TOO_LONG
    assert password_problem(_STRONG + "\ud800", minimum=12, context=_CONTEXT) is PasswordProblem.TOO_LONG


@pytest.mark.requirement("PW-05")
@pytest.mark.parametrize(
    "password",
    ["příliš žluťoučký kůň", "🦄🐙🌵🎲🧭🪁🪐🧊🥨🦜🪵🫖", "  kapr ulice mlha brod ", "ﬁsh und chips für zwölf"],
)
def test_any_unicode_is_welcome(password: str) -> None:
    """Letters of every script, emoji and blanks, also leading ones, are accepted and kept but for NFC."""
    assert password_problem(password, minimum=12, context=_CONTEXT) is None
    assert normalise_password(unicodedata.normalize("NFD", password)) == unicodedata.normalize("NFC", password)


@pytest.mark.requirement("PW-06")
def test_the_commonest_passwords_are_refused() -> None:
    """Each of the 3,000 commonest, in any letter case."""
    for password in FREQUENCY_LISTS["passwords"][:3000]:
        for spelling in (password, password.upper()):
            assert password_problem(spelling, minimum=1, context=()) is PasswordProblem.COMMON


@pytest.mark.requirement("PW-06")
@pytest.mark.parametrize(
    "password",
    [
        "keygate-2026",
        "KEYGATEkeygate",
        "lucie.novakova",
        "LucieNovakova1",
        "Nováková-2026",
        "wedos-wedos-1",
        "heslo-heslo-7",
        "moje.heslo.26",
    ],
)
def test_words_of_ones_own_are_refused(password: str) -> None:
    """Brand, email, name and the word for password do not make a password."""
    assert password_problem(password, minimum=12, context=_CONTEXT) is PasswordProblem.CONTEXTUAL


@pytest.mark.requirement("PW-06")
@pytest.mark.parametrize(
    "password", ["aaaaaaaaaaaaaaaa", "abcdefghijkl", "qwertyuiopas", "123123123123123", "2026-01-15 12"]
)
def test_what_is_quickly_guessed_is_refused(password: str) -> None:
    """Repeats, sequences, keyboard rows and dates fail the estimate."""
    assert password_problem(password, minimum=12, context=_CONTEXT) is PasswordProblem.GUESSABLE


async def test_people_who_choose_at_once_are_judged_by_their_own_words() -> None:
    """Beside the event loop, with the answers that each gets alone."""
    names = [f"Sojka{number}Zelenkova" for number in range(8)]
    passwords = [f"q7-{names[0]}-w"] * len(names)
    alone = [password_problem(p, minimum=12, context=(n,)) for p, n in zip(passwords, names, strict=True)]
    judged = (judge_password(p, minimum=12, context=(n,)) for p, n in zip(passwords, names, strict=True))
    assert await asyncio.gather(*judged) == alone
    assert alone[0] is PasswordProblem.CONTEXTUAL
    assert alone[1] is None


@pytest.mark.requirement("PW-07")
def test_no_kind_of_character_is_demanded() -> None:
    """Thirty lower-case letters are a password; so are words with blanks."""
    letters = "qzmxwkvjnrtpylhgbdfsrwnvtkqzjx"
    assert password_problem(letters, minimum=12, context=_CONTEXT) is None
    assert password_problem("correct horse battery staple", minimum=12, context=_CONTEXT) is None


def test_a_word_of_ones_own_may_be_part_of_a_strong_password() -> None:
    """What is left without it has to stand on its own."""
    assert password_problem("wedos " + _STRONG, minimum=12, context=_CONTEXT) is None


def test_the_context_is_taken_apart() -> None:
    """Local part, its words and the domain's name count; the top-level domain and short scraps do not."""
    words = context_words(["jan.k@mail.wedos.cz"])
    assert {"jan.k", "jan", "mail.wedos", "wedos", "heslo"} <= set(words)
    assert not {"cz", "k", "wedos.cz"} & set(words)


@pytest.mark.requirement("PW-04")
@pytest.mark.parametrize("alphabet", ["4@8({[<369&#!1/|0$5+7%2", "0123456789", "aA4@"])
def test_every_length_is_judged(alphabet: str) -> None:
    """No input up to the maximum makes the estimate fail, symbols that could be read as letters included."""
    for length in (12, 71, 72, 73, MAX_PASSWORD_LENGTH):
        password_problem("".join(secrets.choice(alphabet) for _ in range(length)), minimum=12, context=_CONTEXT)
