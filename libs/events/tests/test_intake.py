"""Intake: what is acknowledged is durable, what is refused is kept, what is poisonous stops nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import httpx2
import pytest
from events import intake_api
from events.contracts.automation import TaskCompleted
from events.intake import Intake, Verdict
from events.intake_worker import IntakeWorker, Settled, Understood
from events.problems import Unauthorised
from events.store import Append, Cause, Store
from events.webhooks import RawRequest, Reply
from serving import Serve


def admit(request: RawRequest) -> Verdict:
    if request.channel == "forged":
        return Verdict(Unauthorised("The signature is wrong."), refused="signature")
    if request.channel == "flood":
        return Verdict(Reply(200, b"ok", "text/plain"), deferred=True)
    if request.channel == "probe":
        return Verdict(Reply(200, b"challenge", "text/plain"), store=False)
    return Verdict(Reply(200, b"ok", "text/plain"))


class World:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.intake = Intake("test", pool, admit, lambda: None, max_body_bytes=1000, public_url="https://crm.example")
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(self.intake), base_url="http://here")

    async def rows(self) -> list[asyncpg.Record]:
        return await self.pool.fetch("SELECT * FROM intake ORDER BY id")

    def worker(self, understand=None) -> IntakeWorker:
        async def task_per_request(connection, requests: Sequence[RawRequest]) -> Understood:
            if any(b"poison" in request.body for request in requests):
                raise ValueError("poison")
            return Understood(
                [Settled("done", subject_id=request.id) for request in requests],
                [
                    Append(r.id, 0, [TaskCompleted(task_id=r.id, result="x")], Cause("t", r.id), r.received_at)
                    for r in requests
                ],
            )

        return IntakeWorker("test", Store("test", self.pool), understand or task_per_request)


@pytest.fixture
async def world(new_database):
    async with await asyncpg.create_pool(await new_database(), min_size=1, max_size=6) as pool:
        yield World(pool)


async def test_an_acknowledged_request_is_stored_byte_for_byte(world: World) -> None:
    body = bytes(range(256))

    answer = await world.http.post("/in/form/site?utm_source=x", content=body, headers={"X-Odd": "ÿ".encode("latin-1")})

    assert (answer.status_code, answer.content) == (200, b"ok")
    (row,) = await world.rows()
    assert (row["channel"], row["source"], row["body"], row["state"]) == ("form", "site", body, "pending")
    assert row["url"] == "https://crm.example/in/form/site?utm_source=x"
    assert ["x-odd", "ÿ"] in __import__("orjson").loads(row["headers"])


async def test_a_refused_request_is_answered_with_a_problem_and_kept(world: World) -> None:
    answer = await world.http.post("/in/forged/site", content=b"{}")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    (row,) = await world.rows()
    assert (row["state"], row["reason"]) == ("quarantined", "signature")


async def test_a_body_over_the_limit_is_refused_and_its_beginning_kept(world: World) -> None:
    answer = await world.http.post("/in/form/site", content=b"x" * 100_000)

    assert answer.status_code == 413
    (row,) = await world.rows()
    assert (row["state"], row["reason"]) == ("quarantined", "too large")
    assert 0 < len(row["body"]) <= 65_536


async def test_a_probe_is_answered_and_not_stored(world: World) -> None:
    answer = await world.http.get("/in/probe/site")
    assert (answer.content, await world.rows()) == (b"challenge", [])


@pytest.mark.parametrize("path", ["/in/%00nul/site", "/in/form/%F0%9F%92%A9", "/in/form/site?q=%00"])
async def test_an_odd_address_is_no_reason_to_lose_a_request(world: World, path: str) -> None:
    answer = await world.http.post(path, content=b"a\x00b")
    assert answer.status_code == 200
    assert len(await world.rows()) == 1


async def test_a_thousand_at_once_share_few_transactions_and_all_are_there(world: World) -> None:
    answers = await asyncio.gather(*(world.http.post("/in/form/site", content=str(n).encode()) for n in range(1000)))

    assert {answer.status_code for answer in answers} == {200}
    assert {row["body"] for row in await world.rows()} == {str(n).encode() for n in range(1000)}
    assert await world.pool.fetchval("SELECT count(DISTINCT xmin::text) FROM intake") < 200


async def test_without_a_database_nothing_is_acknowledged(world: World) -> None:
    await world.pool.close()
    answer = await world.http.post("/in/form/site", content=b"x")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


async def test_deferred_requests_are_understood_after_all_others(world: World) -> None:
    for channel in ("flood", "flood", "form"):
        await world.http.post(f"/in/{channel}/site", content=b"x")
    taken: list[list[str]] = []

    async def understand(connection, requests: Sequence[RawRequest]) -> Understood:
        taken.append([request.channel for request in requests])
        return Understood([Settled("done")] * len(requests))

    worker = world.worker(understand)
    while await worker.process(None):
        pass

    assert [channel for batch in taken for channel in batch] == ["form", "flood", "flood"]
    assert {row["state"] for row in await world.rows()} == {"done"}


async def test_requests_are_settled_in_the_transaction_of_their_events(world: World) -> None:
    for n in range(5):
        await world.http.post("/in/form/site", content=str(n).encode())

    assert await world.worker().process(None) == 5

    assert {row["state"] for row in await world.rows()} == {"done"}
    assert await world.pool.fetchval("SELECT count(*) FROM events") == 5
    assert await world.worker().process(None) == 0


async def test_a_poisonous_request_is_set_apart_and_the_rest_goes_on(world: World) -> None:
    for n in range(20):
        await world.http.post("/in/form/site", content=b"poison" if n == 7 else b"fine")

    await world.worker().process(None)

    states = [row["state"] for row in await world.rows()]
    assert states.count("done") == 19
    assert states[7] == "quarantined"
    assert (await world.rows())[7]["reason"] == "internal error: ValueError"


async def test_several_workers_take_different_requests(world: World) -> None:
    await asyncio.gather(*(world.http.post("/in/form/site", content=b"x") for _ in range(300)))

    await asyncio.gather(*(world.worker().process(None) for _ in range(4)))

    assert await world.pool.fetchval("SELECT count(*) FROM events") == 300


async def test_a_crash_before_commit_leaves_everything_as_it_was(world: World) -> None:
    await world.http.post("/in/form/site", content=b"x")

    async def dies(connection, requests: Sequence[RawRequest]) -> Understood:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await world.worker(dies).process(None)

    assert (await world.rows())[0]["state"] == "pending"
    assert await world.worker().process(None) == 1


def test_a_request_shows_no_body_in_its_repr() -> None:
    from datetime import UTC, datetime

    request = RawRequest(UUID(int=1), datetime.now(UTC), "c", "s", "POST", "http://x", (), b"secret")
    assert "secret" not in repr(request)


async def test_a_replay_waits_for_the_worker_that_has_the_request_in_hand(serve: Serve) -> None:
    class Beside:
        """Where the worker of another process was a moment quicker."""

        async def process(self, ids: Sequence[UUID]) -> int:
            connection = await pool.acquire()
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("UPDATE intake SET state = 'done' WHERE id = $1", ids[0])

            async def finish() -> None:
                await asyncio.sleep(0.2)
                await transaction.commit()
                await pool.release(connection)

            self.finishing = asyncio.create_task(finish())
            return 0

    made = await serve(routers=lambda runtime: [intake_api.router(runtime.pool, Beside(), {})])
    pool = made.runtime.pool
    there = World(pool)
    await there.http.post("/in/forged/site", content=b"{}")
    (row,) = await there.rows()

    answer = await made.admin.post(f"/quarantined-requests/{row['id']}/replay")

    assert (answer.status_code, answer.json()["state"]) == (200, "done")
