"""Managers, and whose turn it is where no rule of distribution is asked."""

from datetime import datetime

from events.store import Connection

from leads.lead import Assign
from leads.routing.decide import Facts, Given, decide
from leads.routing.models import Rule, Ruleset, Turns
from leads.routing.reading import read_desk, save_turns

_BY_CALL = Ruleset(rules=(Rule(id="by-call", to=Turns(strategy="round_robin")),), returning_to_own_manager=False)


async def next_manager(connection: Connection, direction: str | None, source: str, now: datetime) -> Assign | None:
    """Whose turn it is among those who can take such a lead now; None if nobody can.

    The managers stay locked until commit, so that nobody is chosen twice at a time.
    """
    desk = await read_desk(connection, ["by-call"], now, locked=True)
    facts = Facts(None, source=source, channel="", intake="", direction=direction)
    chosen = decide(facts, _BY_CALL, desk, now).outcome
    if not isinstance(chosen, Given):
        return None
    desk.give(chosen.manager_id, chosen.turn_of)
    await save_turns(connection, desk, ["by-call"])
    return Assign(chosen.manager_id, chosen.strategy, chosen.explanation)


async def is_active(connection: Connection, manager_id: str) -> bool:
    """May leads be given to this manager?"""
    return bool(await connection.fetchval("SELECT active FROM managers WHERE id = $1", manager_id))


async def had_turn(connection: Connection, manager_id: str, now: datetime) -> None:
    """Notes that a manager got a lead; of those who are equal, who got one last comes last."""
    await connection.execute(
        "UPDATE managers SET turn = nextval('assignment_turns'), last_assigned_at = $2 WHERE id = $1", manager_id, now
    )
