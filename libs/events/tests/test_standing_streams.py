"""A stream that has moved on for ever, because tables were restored and their log was not, does not stop the line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from events.contracts.automation import TaskCompleted
from events.intake_worker import IntakeWorker, Settled, Understood
from events.quarantine import MOST_CONFLICTS, Quarantine
from events.store import Append, Cause, Conflict, Store, append_all
from events.testing import Log
from events.watermark import Watermark
from events.webhooks import RawRequest

AT = datetime(2026, 3, 2, tzinfo=UTC)


def decided(stream: UUID) -> Append:
    return Append(stream, 0, [TaskCompleted(task_id=stream, result="done")], Cause("test", UUID(int=1)), AT)


async def test_a_request_whose_stream_has_moved_on_for_ever_goes_to_quarantine_and_the_others_are_understood(
    new_database,
) -> None:
    async with await asyncpg.create_pool(await new_database(), min_size=1) as pool:
        requests = [uuid4() for _ in range(9)]
        behind = requests[4]
        async with pool.acquire() as connection, connection.transaction():
            await append_all(connection, [decided(behind)])
        await pool.executemany(
            "INSERT INTO intake (id, received_at, channel, source, method, url, headers, body)"
            " VALUES ($1, now(), 'web', 'site', 'POST', '', '[]', '')",
            [(request,) for request in requests],
        )

        async def understand(_: object, raws: Sequence[RawRequest]) -> Understood:
            return Understood([Settled("done")] * len(raws), [decided(raw.id) for raw in raws])

        worker = IntakeWorker("leads", Store("leads", pool), understand)
        for _ in range(MOST_CONFLICTS):
            with pytest.raises(Conflict):
                await worker.process(None)
        await worker.process(None)

        states = {row["id"]: row["state"] for row in await pool.fetch("SELECT id, state FROM intake")}
        assert states == {request: "quarantined" if request == behind else "done" for request in requests}
        assert await pool.fetchval("SELECT count(*) FROM events") == 9


async def test_an_event_whose_reaction_stands_in_the_log_already_is_set_apart_and_the_others_are_applied(
    new_database,
) -> None:
    async with await asyncpg.create_pool(await new_database(), min_size=1) as pool:
        log = Log()
        for _ in range(9):
            log.append(uuid4(), TaskCompleted(task_id=uuid4(), result="done"))
        behind = log.records[4]
        async with pool.acquire() as connection, connection.transaction():
            await append_all(connection, [decided(behind.recorded().id)])

        async def react(connection, records) -> None:
            await append_all(connection, [decided(record.recorded().id) for record in records])

        sources = sorted({record.source for record in log.records})
        watermark = Watermark("c", sources, pool, react, Quarantine("c"))
        await watermark.prepare()
        for _ in range(MOST_CONFLICTS):
            with pytest.raises(Conflict):
                await watermark.apply(log.records)
        outcome = await watermark.apply(log.records)

        assert (outcome.applied, outcome.quarantined) == (8, 1)
        kept = await pool.fetchrow("SELECT position, reason FROM quarantine")
        assert tuple(kept) == (behind.position, "Conflict")
        assert await pool.fetchval("SELECT count(*) FROM events") == 9
