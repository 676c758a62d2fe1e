"""The sequences there are, in all versions, read from their streams. A version never changes, so it is read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import asyncpg
from events.contracts.automation import SequenceSaved, SequenceState
from events.sqlfile import sql
from events.store import Connection, load

from automation.sequences.kept import stream_of
from automation.sequences.sequence import Definition

SQL = Path(__file__).parent / "sql"


class NoSequence(LookupError):
    """There is no such sequence, or not in this version."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a sequence; ``state`` and ``entered`` are those of the sequence now."""

    definition: Definition
    state: SequenceState | None
    entered: int | None


class Sequences:
    """Finds versions."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, int], Definition] = {}

    async def version(
        self, connection: Connection | asyncpg.Pool, sequence: str, version: int | None = None
    ) -> Version:
        """A version; None: the one that customers enter now. Raises :class:`NoSequence`."""
        row = await connection.fetchrow(sql("sequence", SQL), sequence)
        wanted = version or (row["entered_version"] if row else None)
        if row is None or wanted is None:
            raise NoSequence(sequence)
        if (sequence, wanted) not in self._read:
            await self._load(connection, sequence)
        definition = self._read.get((sequence, wanted))
        if definition is None:
            raise NoSequence(f"{sequence}, version {wanted}")
        return Version(definition, row["state"], row["entered_version"])

    async def _load(self, connection: Connection | asyncpg.Pool, sequence: str) -> None:
        for entry in await load(connection, "automation", stream_of(sequence)):  # type: ignore[arg-type]
            if isinstance(entry.event, SequenceSaved):
                self._read[sequence, entry.event.version] = Definition.model_validate(entry.event.definition)
