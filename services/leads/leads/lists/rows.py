"""Rows of a file that name the members of a list by hand.

list: 0190c1d2-…                # the id of the list
columns: {phone: Phone, email: Mail}      # or customer_id; of those that a row fills in, the first named here counts

Who is not known is refused: import people as leads first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from events.decider import Rejected
from events.problems import NotFound
from events.store import Connection
from events.table_files import Row
from pydantic import BaseModel, ConfigDict, Field

from leads.imports.kinds import Foresight, Numbered, Refused, Sending, Taken
from leads.lists.desk import ListsDesk
from leads.lists.people import By, Named


class MembersMapping(BaseModel):
    """A mapping as described above."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list_id: UUID
    columns: dict[By, str] = Field(min_length=1)

    def read(self, row: Row) -> Named | None:
        """Whom a row means; None where it fills in no such column."""
        given = ((by, (row.get(column) or "").strip()) for by, column in self.columns.items())
        return next((Named(by, value) for by, value in given if value), None)


@dataclass(frozen=True)
class ListMembers:
    """The kind ``list-members``. Of a refused row only line and reason are kept: it names a person in the clear."""

    desk: ListsDesk
    mapping = MembersMapping

    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        """Puts a portion on the list; who is there already is a duplicate."""
        return await _take(self.desk, connection, sending, rows, is_dry=False)

    async def keep(self, connection: Connection, sending: Sending, row: Numbered, reason: str) -> Refused:
        """Keeps the reason."""
        return Refused(row[0], reason)

    def foresight(self) -> Foresight:
        """What an import would do, without doing it."""
        return _Foresight(self.desk)


class _Foresight:
    def __init__(self, desk: ListsDesk) -> None:
        self._desk = desk
        self._added: set[UUID] = set()

    async def take(self, connection: Connection, sending: Sending, rows: Sequence[Numbered]) -> Taken:
        return await _take(self._desk, connection, sending, rows, is_dry=True, added=self._added)


async def _take(
    desk: ListsDesk,
    connection: Connection,
    sending: Sending,
    rows: Sequence[Numbered],
    is_dry: bool,
    added: set[UUID] | None = None,
) -> Taken:
    mapping = cast(MembersMapping, sending.mapping)
    read = [(line, mapping.read(row)) for line, row in rows]
    refused = [Refused(line, "the row fills in no column that names a customer") for line, named in read if not named]
    people = [(line, named) for line, named in read if named is not None]
    directions = None if sending.directions is None else list(sending.directions)
    try:
        outcomes, appends = await desk.decide_move(
            connection, mapping.list_id, "added", [named for _, named in people], directions, sending.cause,
            sending.received_at, is_dry,
        )  # fmt: skip
    except (Rejected, NotFound) as error:
        return Taken({}, [*refused, *(Refused(line, str(error)) for line, _ in people)])
    counted = {"captured": 0, "duplicate": 0}
    for (line, _), outcome in zip(people, outcomes, strict=True):
        if outcome.outcome == "rejected":
            refused.append(Refused(line, outcome.reason or ""))
            continue
        is_new = outcome.outcome == "added" and (added is None or outcome.customer_id not in added)
        counted["captured" if is_new else "duplicate"] += 1
        if added is not None and outcome.customer_id is not None:
            added.add(outcome.customer_id)
    return Taken(counted, refused, () if is_dry else appends)
