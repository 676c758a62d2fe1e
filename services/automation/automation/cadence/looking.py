"""Looks who is to be talked to, and says so once after each contact."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from events.contracts.automation import CadenceSetUp, ContactDue
from events.poller import Poller
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append

from automation import facts
from automation.actions.effect import ACTOR
from automation.cadence.pace import Contacts, decide
from automation.timing.reading import moment_of
from automation.timing.runs import as_if

PORTION: Final = 200
PAUSE_SECONDS: Final = 5.0
_SQL = Path(__file__).parent / "sql"


class CadenceLooking(Poller):
    """A component; the time is that of the database."""

    def __init__(self, store: Store) -> None:
        super().__init__("automation.cadence", self.look, PAUSE_SECONDS)
        self._store = store

    async def look(self) -> int:
        """Looks at a portion of the customers whose time may have come; returns of how many."""
        async with self._store.pool.acquire() as connection, connection.transaction():
            rules = await rules_now(connection) if (await moment_of(connection)).is_whole else None
            rows = await connection.fetch(sql("to_look_at", _SQL), PORTION) if rules else []
            if not rules or not rows:
                return 0
            now: datetime = await connection.fetchval("SELECT now()")
            waiting = [Contacts(**row) for row in rows]
            due = [one for one in waiting if one.is_due(rules, now)]
            asked = [as_if("cadence", 0, _asking(one, now), now) for one in due]
            known = await facts.variables(connection, asked)
            customers = {one.customer_id: told["customer"] for one, told in zip(due, known, strict=True)}
            decided = [decide(one, customers.get(one.customer_id, {}), rules, now) for one in waiting]
            told = [
                (one.customer_id, what.looks_at, what.due.last_contact_at if what.due else None)
                for one, what in zip(waiting, decided, strict=True)
            ]
            await connection.execute(sql("looked_at", _SQL), *map(list, zip(*told, strict=True)))
            decisions = [
                Append(what.due.occasion_id, 0, [what.due], Cause(ACTOR, what.due.occasion_id), now)
                for what in decided
                if what.due
            ]
            results = await append(connection, decisions) if decisions else []
        self._store.count(decisions, results)
        return len(rows)


async def rules_now(connection: Connection) -> CadenceSetUp | None:
    """The paces that hold; None until they are set up: an import of old customers is no reason to call them all."""
    content = await connection.fetchval("SELECT content FROM cadence_rules")
    return CadenceSetUp.model_validate_json(content) if content else None


def _asking(one: Contacts, now: datetime) -> ContactDue:
    """The event that would be, to ask what is known of its customer."""
    return ContactDue(
        occasion_id=one.customer_id,
        customer_id=one.customer_id,
        segment=one.segment,
        last_contact_at=one.last_contact_at,
        latest_at=now,
    )
