"""What is remembered of a person, as words: in lower case, without marks over letters (`Пётр` and `петр` are one)."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from leads.normalise import one_line

SHORTEST: Final = 2
"""Letters of the beginning of a word, at least."""
LONGEST: Final = 12
"""Beginnings longer than this are looked for by their first so many letters."""
FEWEST_DIGITS: Final = 4
MOST_DIGITS: Final = 10
"""Last digits of a phone."""
MOST_WORDS: Final = 8


def words(text: str) -> list[str]:
    """The words of a name, at most eight."""
    plain = "".join(
        char if char.isalnum() else " " for char in _folded(one_line(text)) if not unicodedata.combining(char)
    )
    return list(dict.fromkeys(plain.split()))[:MOST_WORDS]


def _folded(text: str) -> str:
    """Twice, as the Unicode standard has it (3.13, compatibility caseless matching, D146): a letter that is compatible
    with a capital becomes one by the first.
    """
    for _ in range(2):
        text = unicodedata.normalize("NFKD", text.casefold())
    return text


def beginnings(word: str) -> Iterator[str]:
    """What may be typed of a word."""
    return (word[:length] for length in range(SHORTEST, min(len(word), LONGEST) + 1))


def endings(phone: str) -> Iterator[str]:
    """What may be remembered of a phone (E.164)."""
    digits = phone.lstrip("+")
    return (digits[-length:] for length in range(FEWEST_DIGITS, min(len(digits), MOST_DIGITS) + 1))
