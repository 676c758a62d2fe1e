"""Managers, and whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.store import Connection

from leads.domain import Assign

_CANDIDATES = """
SELECT id, name, turn FROM managers
 WHERE active AND ($1::text IS NULL OR directions = '{}' OR $1 = ANY(directions))
 ORDER BY id FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A manager who may get a lead; ``turn`` is the number of his last assignment among all, 0 if he never had one."""

    id: str
    name: str
    turn: int


def whose_turn(waiting: Sequence[Waiting], direction: str | None) -> Assign | None:
    """Round robin: who has waited longest, by id among those who never had a lead. None if there is nobody."""
    if not waiting:
        return None
    chosen = min(waiting, key=lambda manager: (manager.turn, manager.id))
    where = f"of the line of business {direction}" if direction else "of all lines of business"
    why = "never had a lead" if chosen.turn == 0 else "has waited longest"
    return Assign(
        chosen.id, "round_robin", f"Round robin: {chosen.name} {why} among {len(waiting)} active managers {where}."
    )


async def next_manager(connection: Connection, direction: str | None) -> Assign | None:
    """Whose turn it is now. The candidates stay locked until commit, so that nobody is chosen twice at a time."""
    rows = await connection.fetch(_CANDIDATES, direction)
    return whose_turn([Waiting(row["id"], row["name"], row["turn"]) for row in rows], direction)


async def is_active(connection: Connection, manager_id: str) -> bool:
    """May leads be given to this manager?"""
    return bool(await connection.fetchval("SELECT active FROM managers WHERE id = $1", manager_id))


async def had_turn(connection: Connection, manager_id: str, now: datetime) -> None:
    """Puts a manager at the end of the queue: a lead given by hand counts as a turn too."""
    await connection.execute(
        "UPDATE managers SET turn = nextval('assignment_turns'), last_assigned_at = $2 WHERE id = $1", manager_id, now
    )
