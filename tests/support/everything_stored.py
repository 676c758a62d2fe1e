"""Everything that a database holds, as text, to look for what must not be there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import asyncpg

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%'
 ORDER BY 1
"""


async def dump(connection: asyncpg.Connection) -> dict[str, str]:
    """The rows of every table and view, by name; bytes as the text they are."""
    return {
        row["name"]: "\n".join(map(_line, await connection.fetch(f"SELECT * FROM {row['name']}")))
        for row in await connection.fetch(_TABLES)
    }


def _line(row: asyncpg.Record) -> str:
    return " | ".join(_text(value) for value in row.values())


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return str(value)


@dataclass(frozen=True)
class Canaries:
    """What must not be found: words as they are, in URLs and in JSON; a phone however its digits are set apart."""

    words: Sequence[str]
    phone: str

    def found_in(self, text: str) -> list[str]:
        """Those that stand in a text."""
        lower = text.casefold()
        return [one for one in self.words if any(form.casefold() in lower for form in _forms(one))] + (
            [self.phone] if self._number().search(text) else []
        )

    def _number(self) -> re.Pattern[str]:
        return re.compile(r"[\s().-]{0,3}".join(self.phone[-10:]))


def _forms(word: str) -> Iterator[str]:
    yield from {word, quote(word), quote_plus(word), word.encode("unicode_escape").decode()}
