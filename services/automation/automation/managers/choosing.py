"""Managers are chosen for tasks that rules make so, and for customers and deals that rules want in other hands.

In the consumer's transaction, one process at a time, so that each choice sees those before it. What is chosen is told
by ``manager.chosen.v1`` with all who were considered; a task then gets its assignee, and leads or deals are asked for a
customer or a deal, and decide. A task that somebody touched meanwhile comes again with what was done to it, and goes to
the one who was chosen, unless it has somebody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from events.contracts.automation import (
    Cause,
    CustomerResponsibleRequested,
    DealReassignmentRequested,
    LeadAssignmentRequested,
    ManagerChoice,
    ManagerChoiceRequested,
    ManagerChosen,
    TaskAssigned,
)
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Append, Connection, deterministic_id
from events.store import Cause as Origin

from automation.actions.effect import ACTOR
from automation.managers.office import SQL, Office, office, subjects_now
from automation.managers.picking import Picked
from automation.tasks.completing import OF_TASKS

ALONE: Final = "SELECT pg_advisory_xact_lock(7051, 0)"
_Kept = tuple[UUID, str, UUID | None, Any]


async def choose(connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
    """The choices, and what follows from them."""
    asked = [entry for entry in recorded if isinstance(entry.event, ManagerChoiceRequested)]
    tasks = {entry.stream_id: entry for entry in recorded if isinstance(entry.event, OF_TASKS)}
    rows = await connection.fetch(sql("tasks_to_assign", SQL), list(tasks)) if tasks else []
    if not asked and not rows:
        return []
    await connection.execute(ALONE)
    choices = [_choice(row) for row in rows] + [_of(entry).choice for entry in asked]
    made = _Choosing(await office(connection, choices), await _known(connection, rows, asked))
    decisions = [one for row in rows for one in made.of_task(row, tasks[row["task_id"]])]
    decisions += [one for entry in asked for one in made.of_request(entry)]
    if made.kept:
        await connection.execute(sql("keep_choices", SQL), *map(list, zip(*made.kept, strict=True)))
    return decisions


class _Choosing:
    """The choices of a batch, one after the other. ``known``: by subject who answers for it, and its direction."""

    def __init__(self, office: Office, known: dict[UUID, tuple[str | None, str | None]]) -> None:
        self._office = office
        self._known = known
        self.kept: list[_Kept] = []

    def of_task(self, row: asyncpg.Record, why: Recorded) -> Iterator[Append]:
        """The choice, if it was not made before, and the assignment."""
        task_id, manager_id = row["task_id"], row["manager_id"]
        cause = Cause.model_validate_json(row["cause"]) if row["cause"] else None
        if manager_id is None:
            choice_id = deterministic_id("choice", task_id)
            subjects = [row["deal_id"], row["lead_id"], row["customer_id"]]
            picked = self._office.pick(_choice(row), self._direction(subjects))
            about = {"task_id": task_id, "customer_id": row["customer_id"], "deal_id": row["deal_id"], "cause": cause}
            yield self._told(choice_id, 0, picked, why, **about)
            if picked.manager_id is None:
                return
            manager_id = picked.manager_id
            self._keep(choice_id, manager_id, task_id)
        assigned = TaskAssigned(task_id=task_id, assignee=manager_id, cause=cause)
        yield Append(task_id, row["version"], [assigned], _origin(why), why.recorded_at)

    def of_request(self, entry: Recorded) -> Iterator[Append]:
        """The choice, and what is asked of who owns the customer or the deal."""
        event = _of(entry)
        subject_id = event.lead_id or event.deal_id or event.customer_id
        current, _ = self._known.get(subject_id, (None, None)) if subject_id else (None, None)
        picked = self._office.pick(event.choice, self._direction(_subjects(event)), current)
        about = {name: getattr(event, name) for name in ("customer_id", "deal_id", "lead_id", "cause")}
        yield self._told(event.choice_id, entry.version, picked, entry, **about)
        if picked.manager_id is None or picked.reason == "has_it_already":
            return
        self._keep(event.choice_id, picked.manager_id, None)
        request_id = deterministic_id("choice request", event.choice_id)
        told: dict[str, Any] = {"request_id": request_id, "manager_id": picked.manager_id, "cause": event.cause}
        request: LeadAssignmentRequested | DealReassignmentRequested | CustomerResponsibleRequested
        if event.lead_id:
            request = LeadAssignmentRequested(lead_id=event.lead_id, **told)
        elif event.deal_id:
            request = DealReassignmentRequested(deal_id=event.deal_id, **told)
        else:
            request = CustomerResponsibleRequested(customer_id=event.customer_id, with_leads=event.with_leads, **told)
        yield Append(request_id, 0, [request], _origin(entry), entry.recorded_at)

    def _direction(self, subjects: Sequence[UUID | None]) -> str | None:
        """Of the first of these that there is and that has one."""
        known = (self._known.get(one, (None, None))[1] for one in subjects if one)
        return next(filter(None, known), None)

    def _keep(self, choice_id: UUID, manager_id: str, task_id: UUID | None) -> None:
        at = self._office.chose(manager_id, is_task=task_id is not None)
        self.kept.append((choice_id, manager_id, task_id, at))

    def _told(self, choice_id: UUID, version: int, picked: Picked, why: Recorded, **about: Any) -> Append:
        event = ManagerChosen(
            choice_id=choice_id,
            manager_id=picked.manager_id,
            reason=picked.reason,
            candidates=picked.candidates,
            **about,
        )
        return Append(choice_id, version, [event], _origin(why), why.recorded_at)


async def _known(
    connection: Connection, rows: Sequence[asyncpg.Record], asked: Sequence[Recorded]
) -> dict[UUID, tuple[str | None, str | None]]:
    ids = {row[name] for row in rows for name in ("deal_id", "lead_id", "customer_id")}
    ids |= {one for entry in asked for one in _subjects(_of(entry))}
    return await subjects_now(connection, ids - {None})


def _of(entry: Recorded) -> ManagerChoiceRequested:
    assert isinstance(entry.event, ManagerChoiceRequested)
    return entry.event


def _subjects(event: ManagerChoiceRequested) -> list[UUID | None]:
    return [event.lead_id, event.deal_id, event.customer_id]


def _choice(row: asyncpg.Record) -> ManagerChoice:
    return ManagerChoice.model_validate(orjson.loads(row["choice"]))


def _origin(why: Recorded) -> Origin:
    return Origin(ACTOR, why.correlation_id, why.id, why.traceparent)
