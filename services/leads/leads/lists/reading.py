"""Reading lists: what is saved, what criteria refer to, and who is selected now."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.contracts.leads import FieldDefined
from events.problems import FieldError, Invalid, NotFound
from events.sqlfile import sql
from events.store import Connection

from leads.lists import SQL
from leads.lists.catalogue import CUSTOM, FIELDS, asked_as
from leads.lists.compiling import ByHand, Compiled, Selection, Surroundings, compiled
from leads.lists.criteria import Criteria, read_value
from leads.lists.sealed_values import SealedIndexes

_COUNT = "SELECT count(*) FROM selected"


class Selecting:
    """Who is selected, for a caller who sees some lines of business."""

    def __init__(self, reader: asyncpg.Pool | Connection, indexes: SealedIndexes | None = None) -> None:
        """Without ``indexes`` personal custom fields cannot be asked."""
        self._reader = reader
        self._indexes = indexes

    async def visible(self, list_id: UUID, principal: Principal) -> asyncpg.Record:
        """The row of a list that the caller sees; raises ``NotFound``."""
        row = await self._reader.fetchrow("SELECT * FROM lists WHERE id = $1", list_id)
        if row is None or not principal.sees(row["direction"]):
            raise NotFound("There is no such list.")
        return row

    async def custom_fields(self) -> dict[str, FieldDefined]:
        """Custom fields of customers that can be asked, by code; retired ones too."""
        rows = await self._reader.fetch(
            "SELECT definition FROM field_definitions WHERE subject = 'customer' ORDER BY code"
        )
        defined = (FieldDefined.model_validate_json(row["definition"]) for row in rows)
        return {
            one.code: one
            for one in defined
            if asked_as(one.kind, one.personal) and (self._indexes is not None or not one.personal)
        }

    async def check(self, criteria: Criteria, principal: Principal, own_id: UUID | None = None) -> None:
        """Raises ``Invalid`` with the places that name what is not there, or not for this caller."""
        around = await self.around(criteria, datetime.now(UTC))
        rows = await self._reader.fetch("SELECT id, direction FROM lists WHERE id = ANY($1::uuid[])", [*around.lists])
        seen = {row["id"] for row in rows if principal.sees(row["direction"])}
        faults: list[FieldError] = []
        for place, condition in criteria.conditions():
            told = _fault(condition, around, seen, principal)
            if told is None and own_id in (await self.around(condition, around.now)).lists:
                told = "the list leads back to itself"
            if told is not None:
                faults.append(FieldError(told, "/".join(("#/criteria", *map(str, place)))))
        if faults:
            raise Invalid("The criteria have faults.", errors=faults)

    async def around(self, selection: Selection, now: datetime) -> Surroundings:
        """All that this selection refers to, through other lists too."""
        known: dict[UUID, Selection] = {}
        tried: set[UUID] = set()
        while wanted := set(_named([selection, *known.values()])) - tried:
            tried |= wanted
            rows = await self._reader.fetch("SELECT id, criteria FROM lists WHERE id = ANY($1::uuid[])", [*wanted])
            known |= {row["id"]: selection_of(row) for row in rows}
        defined = await self.custom_fields()
        custom = {code: one.kind for code, one in defined.items()}
        personal = frozenset(code for code, one in defined.items() if one.personal)
        return Surroundings(now, custom, known, personal, self._indexes)

    async def compiled(
        self, selection: Selection, directions: list[str] | None, now: datetime, include_blacklisted: bool = False
    ) -> Compiled:
        """The statement that selects, as everything it refers to stands now."""
        return compiled(selection, await self.around(selection, now), directions, include_blacklisted)

    async def count(self, which: Compiled) -> int:
        """How many."""
        found: int = await self._reader.fetchval(f"{which.text} {_COUNT}", *which.parameters)
        return found

    async def first(self, which: Compiled, limit: int) -> tuple[int, list[tuple[datetime, UUID]]]:
        """How many, and the first of the page, from one look at all of them."""
        query = f"{which.text} {sql('selected_first', SQL).format(len(which.parameters) + 1)}"
        rows = await self._reader.fetch(query, *which.parameters, limit)
        return (rows[0]["found"] if rows else 0), [(row["registered_at"], row["id"]) for row in rows]

    async def kept_for(self, which: Compiled, request_id: UUID, part: int) -> None:
        """Keeps the roots of those selected, as they are at this moment, for a request; in parts of ``part``."""
        first = len(which.parameters) + 1
        query = f"{which.text} {sql('selected_told', SQL).format(first, first + 1)}"
        await self._reader.execute(query, *which.parameters, request_id, part)

    async def ids(self, which: Compiled, limit: int) -> list[UUID]:
        """The roots of those selected, at most ``limit``."""
        query = f"{which.text} {sql('selected_ids', SQL).format(len(which.parameters) + 1)}"
        rows = await self._reader.fetch(query, *which.parameters, limit)
        return [row["id"] for row in rows]

    async def page(
        self, which: Compiled, after: tuple[datetime | None, UUID | None], limit: int
    ) -> list[tuple[datetime, UUID]]:
        """Those selected after a place, who registered last first: when, and the root."""
        first = len(which.parameters) + 1
        query = f"{which.text} {sql('selected_page', SQL).format(first, first + 1, first + 2)}"
        rows = await self._reader.fetch(query, *which.parameters, *after, limit)
        return [(row["registered_at"], row["id"]) for row in rows]


def selection_of(row: asyncpg.Record) -> Selection:
    """What a row of ``lists`` selects."""
    return ByHand(row["id"]) if row["criteria"] is None else Criteria.model_validate_json(row["criteria"])


def _named(selections: Iterable[Selection]) -> Iterator[UUID]:
    """Lists that criteria name."""
    for selection in selections:
        if isinstance(selection, Criteria):
            yield from (UUID(str(one.value)) for _, one in selection.conditions() if one.field == "list")


def _fault(condition: Criteria, around: Surroundings, seen: Collection[UUID], principal: Principal) -> str | None:
    """What is wrong with a condition in these surroundings."""
    assert condition.field is not None
    assert condition.op is not None
    if condition.field == "list":
        return None if UUID(str(condition.value)) in seen else "there is no such list"
    if not condition.field.startswith(CUSTOM):
        needs = FIELDS[condition.field].needs
        return None if needs is None or needs in principal.permissions else f"this field needs the permission {needs}"
    asked = around.asked_as(condition.field.removeprefix(CUSTOM))
    if asked is None:
        return "there is no such custom field that can be asked"
    try:
        read_value(asked, condition.op, condition.value)
    except ValueError as error:
        return str(error)
    return None
