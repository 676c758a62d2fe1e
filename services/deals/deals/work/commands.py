"""The life of a command on work: lock its row, decide, write, plan the tasks of its dates, append; one transaction.

Two tasks may follow: the end of a stage's last day, and the end of the guarantee's. A task is named by what it is for,
so the same date has one; it decides again when it is due, and says something only if it is still so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from events import tasks
from events.contracts.deals.work import WorkCompleted, WorkOpened, WorkStagePlanned
from events.decider import ATTEMPTS, Rejected
from events.event import Event
from events.problems import Conflict as ConflictProblem
from events.problems import Invalid, NotFound, Problem, StaleVersion
from events.store import Append, Cause, Conflict, Connection, Store, append_one, deterministic_id, load

from deals.deciding import business_time
from deals.work.domain import DECIDER
from deals.work.orders import Command, EndGuarantee, OpenWork, ReportOverdue
from deals.work.tables import save_works

OVERDUE: Final = "deals.work-overdue"
GUARANTEE: Final = "deals.work-guarantee"

_MISSING = frozenset(("no_work", "no_stage", "no_edits"))
_INPUT = frozenset(
    (
        "no_stages",
        "stage_twice",
        "due_before_start",
        "in_the_future",
        "guarantee_before_completion",
        "unfit_documents",
    )
)


def work_of(deal_id: UUID) -> UUID:
    """The id of the work on a deal: there is one."""
    return deterministic_id("work", deal_id)


def problem_of(rejected: Rejected) -> Problem:
    """The problem that tells a client why a rule refused."""
    kind = NotFound if rejected.code in _MISSING else Invalid if rejected.code in _INPUT else ConflictProblem
    return kind(str(rejected), hint=f"rule: {rejected.code}", code=rejected.code)


@dataclass(frozen=True)
class WorkCommands:
    """Runs commands on work. ``zone`` is where days end."""

    store: Store
    zone: ZoneInfo

    def today(self) -> date:
        """The business day."""
        return datetime.now(self.zone).date()

    async def run(
        self, work_id: UUID, command: Command, cause: Cause, now: datetime, expected_version: int | None = None
    ) -> bool:
        """Runs a command; False where it was so already. Raises ``Rejected``, ``StaleVersion``, ``store.Conflict``."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._run(work_id, command, cause, now, expected_version)
            except Conflict:
                continue
        return await self._run(work_id, command, cause, now, expected_version)

    async def _run(
        self, work_id: UUID, command: Command, cause: Cause, now: datetime, expected_version: int | None
    ) -> bool:
        async with self.store.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT FROM works WHERE work_id = $1 FOR UPDATE", work_id)
            history = await load(connection, self.store.service, work_id)
            version = len(history)
            if expected_version is not None and expected_version != version:
                raise StaleVersion(f"The work is at version {version}, not {expected_version}.")
            state = DECIDER.fold(entry.event for entry in history)
            events = DECIDER.decide(command, state)
            if not events:
                return False
            at = business_time(history, now, None)
            opened_at = history[0].occurred_at if history else at
            await save_works(connection, [(DECIDER.fold(events, state), version + len(events), opened_at)])
            await self.plan_tasks(connection, events, cause)
            decision = Append(work_id, version, events, cause, at)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return True

    async def plan_tasks(self, connection: Connection, events: Sequence[Event], cause: Cause) -> None:
        """Inserts the tasks of the dates that these events set."""
        await tasks.add(connection, [task for event in events for task in self._tasks_of(event, cause)])

    def _tasks_of(self, event: Event, cause: Cause) -> list[tasks.NewTask]:
        match event:
            case WorkOpened(stages=stages):
                planned = [(stage.code, stage.due_on) for stage in stages]
            case WorkStagePlanned(stage=stage):
                planned = [(stage.code, stage.due_on)]
            case WorkCompleted(guarantee_until=date() as until):
                return [self._task(GUARANTEE, event.work_id, {}, until, cause)]
            case _:
                return []
        work_id = event.work_id
        return [self._task(OVERDUE, work_id, {"stage": code}, due, cause) for code, due in planned if due is not None]

    def _task(self, kind: str, work_id: UUID, more: dict[str, str], last_day: date, cause: Cause) -> tasks.NewTask:
        day = last_day.isoformat()
        task_id = deterministic_id(kind, work_id, *more.values(), day)
        due_at = datetime.combine(last_day + timedelta(days=1), time(), self.zone)
        return tasks.NewTask(task_id, kind, {"work_id": str(work_id), "day": day, **more}, due_at, cause)

    async def report_overdue(self, task: tasks.Task) -> Sequence[Append]:
        """The handler at the end of a stage's last day."""
        day = date.fromisoformat(task.payload["day"])
        return await self._on_date(task, ReportOverdue(task.payload["stage"], day))

    async def end_guarantee(self, task: tasks.Task) -> Sequence[Append]:
        """The handler at the end of a guarantee's last day."""
        return await self._on_date(task, EndGuarantee(date.fromisoformat(task.payload["day"])))

    async def _on_date(self, task: tasks.Task, command: ReportOverdue | EndGuarantee) -> Sequence[Append]:
        cause = Cause("service:deals", task.cause.correlation_id, task.cause.causation_id, task.cause.traceparent)
        # In a transaction of its own, which also writes the tables: run again, the command finds that it is so already.
        await self.run(UUID(task.payload["work_id"]), command, cause, datetime.now(UTC))
        return ()


def opened_by(order: OpenWork) -> Sequence[Event]:
    """The events of new work."""
    return DECIDER.decide(order, DECIDER.initial)
