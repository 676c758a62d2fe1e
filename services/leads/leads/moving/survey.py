"""What another CRM holds: its pipelines, stages, users and reasons by name, and how many deals name each."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from events.webhooks import Source

from leads.channels.codes import LEFT_OUT

TABLES: Final = ("pipelines", "stages", "users", "reasons")
DEALS: Final = "deals"
OF_NOBODY: Final = "deals of nobody"


@dataclass(frozen=True, slots=True)
class Named:
    """Something that may have a code of ours; ``within`` is the pipeline of a stage."""

    id: str
    name: str
    within: str | None = None


Catalogue = Mapping[str, list[Named]]
"""By table."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Some deals counted: by `deals`, `deals of nobody`, and `<table> <id>`; and where to go on."""

    counts: Counter[str]
    cursor: Mapping[str, Any]
    is_last: bool


class Surveyor(Protocol):
    """Counts the deals of one kind of CRM. Raises ``Trouble`` and ``Refused``."""

    async def catalogue(self, source: Source) -> Catalogue:
        """What the account has."""
        ...

    def tally(self, source: Source, cursor: Mapping[str, Any]) -> AsyncIterator[Portion]:
        """Its deals from the cursor on."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """One thing there: how many deals name it now, its code, and whether one is wanting."""

    id: str
    name: str | None
    deals: int
    ours: str | None
    missing: bool
    within: str | None = field(default=None)


def lines(table: str, catalogue: Catalogue, counts: Mapping[str, int], options: Mapping[str, str]) -> list[Line]:
    """Everything of a table, also what deals name and the account does not list any more.

    A stage needs a code where its pipeline has one and has deals, whether or not a deal stands there now: it may have
    passed. Others need one where a deal names them.
    """
    named = {one.id: one for one in catalogue.get(table, ())}
    prefix = f"{table} "
    extra = (key.removeprefix(prefix) for key in counts if key.startswith(prefix))
    found = []
    for id_ in [*named, *(id_ for id_ in extra if id_ not in named)]:
        one, ours, deals = named.get(id_), options.get(f"{table}.{id_}"), counts.get(f"{prefix}{id_}", 0)
        within = one.within if one else None
        pipeline = options.get(f"pipelines.{within}") if within else None
        passed = bool(within and counts.get(f"pipelines {within}") and pipeline not in (None, LEFT_OUT))
        found.append(Line(id_, one.name if one else None, deals, ours, ours is None and (deals > 0 or passed), within))
    return found
