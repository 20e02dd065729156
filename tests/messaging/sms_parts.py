"""How many SMS a text costs (3GPP TS 23.038): 160 characters of the GSM alphabet, or 70 of any other."""

import math

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")  # two characters each


def parts_of(text: str) -> int:
    """Several parts lose a few characters each to the header that joins them."""
    if set(text) <= _BASIC | _EXTENDED:
        length, alone, joined = len(text) + sum(char in _EXTENDED for char in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else math.ceil(length / joined)
