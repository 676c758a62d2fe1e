"""What a file may hold. A kind reads rows by a mapping and takes them in, together with the import's progress."""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from events.store import Append, Cause, Connection
from events.table_files import Row
from pydantic import BaseModel

Numbered = tuple[int, Row]
"""A row with its line in the file; the header is line 1."""


@dataclass(frozen=True, slots=True)
class Sending:
    """Who sends rows of what: the import's name, the mapping, when, and the lines of business the sender sees."""

    name: str
    mapping: BaseModel
    cause: Cause
    received_at: datetime
    directions: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken. ``request_id`` is where it waits in quarantine, ``row`` its content if it need not."""

    line: int
    reason: str
    request_id: UUID | None = None
    row: Row | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a portion: how many of each outcome, who was refused, and the decisions to append."""

    outcomes: Map[str, int]
    refused: Sequence[Refused] = ()
    appends: Sequence[Append] = ()


class Foresight(Protocol):
    """Reads portion by portion what an import would do; remembers the portions before."""

    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        """What would become of these rows; writes nothing."""


class Kind(Protocol):
    """A kind of rows."""

    @property
    def mapping(self) -> type[BaseModel]:
        """The model of its mappings."""

    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        """Takes a portion in, in the caller's transaction; rows that were taken before add nothing."""

    async def keep(self, connection: Connection, sending: Sending, row: Numbered, reason: str) -> Refused:
        """Keeps a row that cannot be taken at all."""

    def foresight(self) -> Foresight:
        """For a dry run."""
