"""What a batch of history writes: facts, happenings, dates, cadence, words of consent, hours of managers, what is
planned, contacts.

None of it is an effect: no rule is asked and nothing is appended. Rows that a later event wrote are left as they are,
so it may be written again, and beside the consumer. Contacts are lists that events add to and take from: they are
written to a table of their own, which replaces what the consumer has once it knows as much.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from events.envelope import Received
from events.event import REGISTRY
from events.projection import Statement
from events.store import Connection

from automation import facts, tables
from automation.cadence import keeping
from automation.timing import dates


async def fill(connection: Connection, records: Sequence[Received]) -> None:
    """Writes a batch. Raises whatever an event that cannot be read raises."""
    await tables.write(connection, records, _statements())
    known = [record.recorded() for record in records if record.type in REGISTRY]
    await facts.write(connection, [entry for entry in known if entry.type in facts.TYPES])
    await dates.keep(connection, known)
    await keeping.keep(connection, known)


@cache
def _statements() -> Mapping[str, Sequence[Statement]]:
    return {
        type_: [
            replace(one, sql=re.sub(r"\bcontacts\b", "refilled_contacts", one.sql))
            for one in tables.TABLES.statements[type_]
        ]
        for type_ in tables.OF_OTHERS
    }
