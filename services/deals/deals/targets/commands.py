"""Setting targets: one or a thousand in one transaction, each answered for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
from events.contracts.deals import TargetChanged, TargetSet, TargetWithdrawn
from events.decider import ATTEMPTS, Rejected
from events.event import Event
from events.problems import NotFound, StaleVersion
from events.sqlfile import sql as _sql
from events.store import Append, Cause, Conflict, Connection, Store, append_all

from deals.targets.domain import (
    TARGET,
    NoTarget,
    SetTarget,
    Standing,
    State,
    Subject,
    Withdrawn,
    WithdrawTarget,
    days_of,
)

sql = partial(_sql, directory=Path(__file__).parent / "sql")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command: the version of the target, or the rule that refused it and why."""

    target_id: UUID
    version: int
    happened: bool = False
    code: str | None = None
    why: str | None = None


class Targets:
    """Runs commands on targets."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def set_many(
        self,
        commands: Sequence[SetTarget],
        cause: Cause,
        now: datetime,
        expected: Mapping[UUID, int] | None = None,
    ) -> list[Outcome]:
        """Sets targets, in order; the same one may come again. Raises ``StaleVersion`` and ``store.Conflict``."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._set_many(commands, cause, now, expected or {})
            except Conflict:
                continue
        return await self._set_many(commands, cause, now, expected or {})

    async def _set_many(
        self, commands: Sequence[SetTarget], cause: Cause, now: datetime, expected: Mapping[UUID, int]
    ) -> list[Outcome]:
        async with self.store.pool.acquire() as connection, connection.transaction():
            states, versions = await _locked(connection, {command.subject.target_id for command in commands})
            _check_versions(expected, versions)
            before, events = dict(versions), dict[UUID, list[Event]]()
            outcomes = []
            for command in commands:
                target_id = command.subject.target_id
                try:
                    happened = TARGET.decide(command, states[target_id])
                except Rejected as rejected:
                    outcomes.append(Outcome(target_id, versions[target_id], code=rejected.code, why=str(rejected)))
                    continue
                for event in happened:
                    states[target_id] = TARGET.evolve(states[target_id], event)
                    versions[target_id] += 1
                    events.setdefault(target_id, []).append(event)
                outcomes.append(Outcome(target_id, versions[target_id], bool(happened)))
            subjects = {command.subject.target_id: command for command in commands}
            await _save(connection, events, before, subjects, cause, now)
            appends = [Append(id_, before[id_], told, cause, now) for id_, told in events.items()]
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)
        return outcomes

    async def withdraw(self, command: WithdrawTarget, cause: Cause, now: datetime, expected: int | None) -> None:
        """Withdraws a target. Raises ``NotFound`` and ``StaleVersion``."""
        target_id = command.target_id
        async with self.store.pool.acquire() as connection, connection.transaction():
            states, versions = await _locked(connection, {target_id})
            if not versions[target_id]:
                raise NotFound("There is no such target.")
            _check_versions({} if expected is None else {target_id: expected}, versions)
            events = TARGET.decide(command, states[target_id])
            if not events:
                return
            version = versions[target_id] + 1
            await connection.execute("UPDATE targets SET version = $2 WHERE target_id = $1", target_id, version)
            await connection.execute(
                "INSERT INTO target_values (target_id, version, reason, set_by, set_at) VALUES ($1, $2, $3, $4, $5)",
                target_id, version, command.reason, cause.actor, now,
            )  # fmt: skip
            appends = [Append(target_id, version - 1, events, cause, now)]
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)


async def _locked(connection: Connection, ids: set[UUID]) -> tuple[dict[UUID, State], dict[UUID, int]]:
    await connection.execute(sql("targets_lock"), sorted(ids))
    rows: Sequence[asyncpg.Record] = await connection.fetch(sql("targets_read"), list(ids))
    states: dict[UUID, State] = dict.fromkeys(ids, NoTarget())
    versions = dict.fromkeys(ids, 0)
    for row in rows:
        states[row["target_id"]] = Withdrawn() if row["amount"] is None else Standing(row["amount"])
        versions[row["target_id"]] = row["version"]
    return states, versions


def _check_versions(expected: Mapping[UUID, int], versions: Mapping[UUID, int]) -> None:
    for target_id, version in expected.items():
        if versions[target_id] != version:
            raise StaleVersion(f"The target is at version {versions[target_id]}.")


async def _save(
    connection: Connection,
    events: Mapping[UUID, Sequence[Event]],
    before: Mapping[UUID, int],
    commands: Mapping[UUID, SetTarget],
    cause: Cause,
    now: datetime,
) -> None:
    """A statement for the first event of each target, and one more for each further round of a target said twice."""
    for turn in range(max(map(len, events.values()), default=0)):
        rows = []
        for target_id, told in events.items():
            if turn < len(told):
                version = before[target_id] + turn + 1
                rows.append((target_id, version, *_columns(commands[target_id].subject), *_said(told[turn])))
        await connection.execute(sql("targets_save"), *map(list, zip(*rows, strict=True)), cause.actor, now)


def _columns(subject: Subject) -> tuple[object, ...]:
    return (
        subject.period,
        *days_of(subject.period),
        subject.owner_kind,
        subject.owner_id,
        subject.measure,
        subject.currency,
    )


def _said(event: Event) -> tuple[Decimal | None, str | None]:
    match event:
        case TargetSet(amount=amount):
            return amount, None
        case TargetChanged(amount=amount, reason=reason):
            return amount, reason
        case TargetWithdrawn(reason=reason):
            return None, reason
    raise AssertionError("a target is set, changed or withdrawn")
