"""Blind tokens: what can be looked for without anybody being able to read it from the table."""

from collections.abc import Iterable

from events.blind_index import BlindIndex

from leads.search.words import LONGEST, SHORTEST, beginnings, endings, words


class Tokens:
    """Makes tokens, of cards and of questions; in the form that the database has, or in ``form``."""

    def __init__(self, blind: BlindIndex) -> None:
        self.blind = blind

    def of_card(self, name: str | None, phones: Iterable[str]) -> list[int]:
        """Everything that a card is to be found by."""
        named = words(name) if name else []
        found = [("begins", beginning) for word in named for beginning in beginnings(word)]
        found += [("word", word) for word in named]
        found += [("ends", ending) for phone in phones for ending in endings(phone)]
        return sorted({self._token(kind, value) for kind, value in found})

    def of_words(self, text: str, form: int | None = None) -> tuple[list[int], list[int]]:
        """Of a question in words: whole words with the last one begun, and all of them begun. Empty if too short."""
        asked = [word for word in words(text) if len(word) >= SHORTEST]
        if not asked:
            return [], []
        begun = [self._token("begins", word[:LONGEST], form) for word in asked]
        return [*(self._token("word", word, form) for word in asked[:-1]), begun[-1]], begun

    def of_ending(self, digits: str, form: int | None = None) -> list[int]:
        """Of the last digits of a phone."""
        return [self._token("ends", digits, form)]

    def moved(self, tokens: Iterable[int]) -> list[int]:
        """Tokens of the form before in the form that the database has; those that have it already stay."""
        old = list(tokens)
        if all(token >> 48 == self.blind.form for token in old):
            return old
        return sorted(_number(self.blind.next(token.to_bytes(8, signed=True), self.blind.form)) for token in old)

    def _token(self, kind: str, value: str, form: int | None = None) -> int:
        return _number(self.blind.stored(bytes.fromhex(self.blind.first(f"search.{kind}", value)[:16]), form))


def _number(token: bytes) -> int:
    """64 bits, as PostgreSQL's bigint has them."""
    return int.from_bytes(token, signed=True)
