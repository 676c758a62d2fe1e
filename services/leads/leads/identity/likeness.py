"""What two cards of the same name have in common besides: pure comparisons of opened values."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from events.contracts.leads.identity import MatchReason

LEAST_WORDS: Final = 2
"""A first name alone says nothing; words of one letter are initials and do not count."""
_WORDS: Final = re.compile(r"[^\W\d_]{2,}")


def full_name(name: str) -> str | None:
    """A name as namesakes share it: the words in any order, ``ё`` as ``е``, in lower case; None for less than two."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    words = sorted(set(_WORDS.findall(text)))
    return " ".join(words) if len(words) >= LEAST_WORDS else None


def one_slip(one: str, other: str) -> bool:
    """Do two numbers differ by one slip of a finger: a digit wrong, left out, added, or swapped with its neighbour?

    Optimal string alignment distance of one (Damerau, 1964).
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    swapped = left[1::-1] + left[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped == right


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a card's person, opened."""

    birthday: str | None = field(default=None, repr=False)
    phones: Collection[str] = field(default=(), repr=False)
    organisations: frozenset[UUID] = frozenset()


def reasons(one: Known, other: Known) -> Iterator[MatchReason]:
    """Why two people of the same name may be one person."""
    if one.birthday is not None and one.birthday == other.birthday:
        yield "name_and_birthday"
    if any(one_slip(a, b) for a in one.phones for b in other.phones):
        yield "name_and_phone"
    if one.organisations & other.organisations:
        yield "name_and_organisation"
