"""A rule started for whoever is on a list of leads, of any length: for each part of it a durable task makes the starts,
as ``starting`` makes those of customers who are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.contracts.automation import ListReadingRequested
from events.inputs import Input
from events.sqlfile import sql
from events.store import Append, Connection
from events.tasks import Done, Task
from pydantic import BaseModel, Field

from automation.lists.asking import SQL, Asking, ListReading, ask
from automation.rules.starting import Starting, Subject, start_of

KIND: Final = "rule_list"
_SOMEBODY: Final = (Subject(customer_id=UUID(int=0)),)
"""A list has customers, without a lead or a deal."""


class NewListStart(Input):
    """A list of the leads service, for whose customers a rule is to be started, as they are on it now."""

    list_id: UUID


class StartedList(ListReading):
    """A list for which a rule was started; who is in neither count is still to come."""

    started: int = Field(description="For how many the rule was started.")
    missed: int = Field(description="For how many it was not, because it was switched off meanwhile.")


class StartedLists(BaseModel):
    """Lists for which a rule was started, newest first; 100 at most."""

    lists: list[StartedList]


@dataclass(frozen=True)
class StartingLists:
    """What the routes work with, and the handler of the tasks."""

    starting: Starting

    async def start(self, request_id: UUID, rule_id: str, list_id: UUID, principal: Principal) -> list[StartedList]:
        """Asks for the list; the same request again changes nothing. Raises ``NotFound``, and ``Conflict`` where the
        rule is not switched on, or not for customers or not for hands.
        """
        await self.starting.rule(rule_id, _SOMEBODY)
        sees = directions_of(principal)
        lines = None if sees is None else tuple(sees)
        request = ListReadingRequested(request_id=request_id, list_id=list_id, rule=rule_id, directions=lines)
        desk = self.starting.desk
        await ask(desk.store, Asking(request, cause_of_call(principal), desk.now()))
        return await self.started(rule_id)

    async def started(self, rule_id: str) -> list[StartedList]:
        """The newest 100. Raises ``NotFound``."""
        await self.starting.desk.read(rule_id)
        rows = await self.starting.desk.store.pool.fetch(sql("readings_of_rule", SQL), rule_id)
        return [StartedList(**row) for row in rows]

    async def fire(self, task: Task) -> Done:
        """A start for each customer of a part; their ids are made of request, rule and customer."""
        request_id, customers = UUID(task.payload["request_id"]), task.payload["customer_ids"]
        subjects = [Subject(customer_id=one) for one in customers]
        desk = self.starting.desk
        rule, now = await self.starting.switched_on(task.payload["rule"], _SOMEBODY), desk.now()
        starts: Sequence[Append] = ()
        if rule is not None:
            made = (start_of(rule, request_id, subject, now) for subject in subjects)
            starts = [Append(start_id, 0, [event], task.cause, now) for start_id, event in made]
        counts = len(starts), len(subjects) - len(starts)

        async def count(connection: Connection) -> None:
            await connection.execute(sql("readings_started", SQL), request_id, *counts)

        return Done(starts, write=count)
