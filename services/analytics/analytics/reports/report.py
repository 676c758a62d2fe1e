"""What a report is: a model of its rows, a statement of the same name, and an answer that tells what it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar, get_args

import orjson
from events.problems import FieldError, Invalid
from events.projection import Build
from events.store import Connection
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analytics.reports import corrections
from analytics.reports.filters import FILTERS, Asked, Filters
from analytics.reports.statement import statement
from analytics.rollup.asked import by_month, stale_days
from analytics.rollup.calendars import Calendar
from analytics.rollup.patience import READING_SECONDS, fetched


def _decoded(value: object) -> object:
    return orjson.loads(value) if isinstance(value, str) else value


class Row(BaseModel):
    """One row of a report. The description of each field is the definition of the number."""

    model_config = ConfigDict(frozen=True)


Money = Annotated[dict[str, Decimal], BeforeValidator(_decoded)]
"""Sums by currency (ISO 4217), major units; never added across currencies."""

Shares = Annotated[dict[str, float], BeforeValidator(_decoded)]
"""Percentages by currency."""

Counts = Annotated[dict[str, int], BeforeValidator(_decoded)]
"""Numbers by a code."""

_NESTED_LOOPS = "SELECT set_config('enable_nestloop', $1, true)"
"""Histories that are read whole would be read once for each row of what the planner believes to be few."""

R = TypeVar("R", bound=Row)


class Part(BaseModel, Generic[R]):
    """What a report says of one period as of one moment."""

    model_config = ConfigDict(frozen=True)

    start: datetime = Field(description="Begin of the period.")
    end: datetime = Field(description="End of the period, not included.")
    as_of: datetime | None = Field(description="The answer is as of this business time; null: now.")
    known_at: datetime | None = Field(description="It is made of what had been recorded by then; null: all of it.")
    corrections: int = Field(
        description="Facts of a business time up to `as_of` that were recorded after it: who asked at that time did "
        "not "
        "see them. Counted over all facts that the report reads and you may see, whatever the other filters."
    )
    rows: list[R]


class Answer(Part[R], Generic[R]):
    """A report's answer."""

    compared: Part[R] | None = Field(None, description="The same of what `compare_to` and `compare_as_of` ask for.")


A = TypeVar("A", bound=Answer[Any])


@dataclass(frozen=True)
class Report(Generic[A]):
    """``GET /reports/<name>``, answered by ``<name>.sql``.

    ``is_cohort``: it looks at the leads captured in the period and all that became of them, whenever. ``asked`` is
    its query, with what only this report can be asked: a parameter of its statement by the same name. ``rolled``:
    the calendar of the rollup that holds what it is made of, by ``rolled_by``. ``reach_days``:
    it also looks at contacts so long after the period. ``looks_up``: of stale days it looks rows up one by one; where
    not, it joins them whole, for the planner takes many for few. ``refuses``: filters that would narrow some of its
    numbers only, and make the others wrong.
    """

    name: str
    answer: type[A]
    asked: type[Asked] = Asked
    is_cohort: bool = False
    rolled: Calendar | None = None
    rolled_by: tuple[str, ...] = ("direction", "visible")
    reach_days: int = 0
    looks_up: bool = True
    refuses: tuple[str, ...] = ()

    @cached_property
    def row(self) -> type[Row]:
        """The model of its rows."""
        row: type[Row] = get_args(self.answer.model_fields["rows"].annotation)[0]
        return row

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms of relations that it reads rows in."""
        return ("cohort",) if self.is_cohort else ()

    def forms_of(self, is_now: bool, stale: Sequence[date] | None) -> tuple[str, ...]:
        """Those of an answer as of now or of a moment; from the rollup unless ``stale``, its days that are, is None."""
        if self.rolled and stale is not None:
            return ("rolled", *self.rolled.facts, *(["days"] if stale else []))
        is_latest = is_now and (self.rolled is None or "now" in self.rolled.facts)
        return ("now", *self.forms) if is_latest else self.forms

    @property
    def options(self) -> dict[str, object]:
        """What only this report can be asked, and what is meant where nothing is."""
        own = self.asked.model_fields.keys() - Asked.model_fields.keys()
        return {name: self.asked.model_fields[name].default for name in own}

    async def read(
        self, connection: Connection, build: Build, filters: Filters, asked: Asked | None = None, **options: object
    ) -> A:
        """The answer of ``build``; ``asked`` says what to compare it with."""
        if asked is not None:
            options = {name: getattr(asked, name) for name in self.options}
        other = filters.compared(asked) if asked is not None else None
        parts = [await self._part(connection, build, one, options) for one in (filters, other) if one]
        return self.answer.model_validate({**parts[0], "compared": parts[1] if other else None})

    async def _part(
        self, connection: Connection, build: Build, filters: Filters, options: Mapping[str, object]
    ) -> dict[str, object]:
        options = {**self.options, **options}
        stale = None
        if self.rolled is not None:
            stale = await stale_days(connection, build, self.rolled, filters, self.rolled_by)
        forms = self.forms_of(filters.is_now, stale) + (("whole",) if filters.is_whole else ())
        asked = statement(self.name, build.schema, forms)
        loops = (self.is_cohort or filters.is_now) and (self.looks_up or not stale)
        await connection.execute(_NESTED_LOOPS, "on" if loops else "off")
        months, days_of_months = by_month(stale or ())
        values = {
            "days": stale,
            "stale": stale,
            "stale_months": months,
            "beside": sorted(set(days_of_months) - set(stale or ())),
            **filters.parameters(),
            "is_cohort": self.is_cohort,
            "reach_days": self.reach_days,
            **options,
        }
        self._refuse_what_it_does_not_filter(statement(self.name, build.schema, self.forms).parameters, values)
        if loops and stale:
            rows = await fetched(connection, asked.text, asked.arguments(values), patience=READING_SECONDS, most=None)
        else:
            rows = await connection.fetch(asked.text, *asked.arguments(values))
        return {
            "start": filters.period.start,
            "end": filters.period.end,
            "as_of": filters.as_of,
            "known_at": filters.known_at,
            "corrections": await corrections.count(connection, build, asked.tables, filters),
            "rows": [dict(row) for row in rows],
        }

    def _refuse_what_it_does_not_filter(self, known: Sequence[str], values: Mapping[str, object]) -> None:
        asked = [name for name in FILTERS if values[name] is not None]
        unknown = [name for name in asked if name not in known or name in self.refuses]
        if unknown:
            faults = [FieldError("is no filter of this report", parameter=f"query:{name}") for name in unknown]
            raise Invalid(f"The report {self.name} cannot be narrowed to that.", errors=faults)


def table(answer: Answer[Any], row: type[Row]) -> tuple[list[str], Sequence[Mapping[str, object]]]:
    """Columns and rows of a file: sums by currency spread over columns, what was compared told by its period."""
    parts = [(answer.start, answer)] + ([(answer.compared.start, answer.compared)] if answer.compared else [])
    rows = [({"period_start": start} | one.model_dump()) for start, part in parts for one in part.rows]
    spread = {
        name: sorted({key for one in rows for key in one[name] or ()})
        for name, field in row.model_fields.items()
        if isinstance(field.metadata and field.metadata[0], BeforeValidator)
    }
    columns = ["period_start"] if answer.compared else []
    for name in row.model_fields:
        columns += [f"{name}_{key}" for key in spread[name]] if name in spread else [name]
    flat = [
        one | {f"{name}_{key}": value for name in spread for key, value in (one[name] or {}).items()} for one in rows
    ]
    return columns, flat
