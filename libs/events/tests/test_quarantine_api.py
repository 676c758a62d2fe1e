"""The quarantine of events by HTTP: seen, applied again after a fix, given up with a reason, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

from events.app import Component, Runtime
from events.consumer import Consumer
from events.contracts.automation import TaskCompleted
from events.envelope import Received
from events.kafka import KafkaConfig
from events.relay import Relay
from events.store import Append, Cause, append_all
from events.testing import AT, Log
from serving import Serve, Serving

LIST = "/quarantine/events"


class Release:
    """A release that cannot apply some results, until it is a better one."""

    def __init__(self, *poison: str) -> None:
        self.poison = set(poison)
        self.seen: list[str] = []
        self.woken = 0

    async def apply(self, connection: Any, records: Sequence[Received]) -> None:
        results = [record.recorded().event.result for record in records]
        if self.poison & set(results):
            raise ValueError("a result this release does not know")
        await connection.executemany("INSERT INTO seen VALUES ($1)", [(result,) for result in results])

    def parts(self, *, parks_streams: bool, relayed: bool = False) -> Callable[[Runtime], list[Component]]:
        def components(runtime: Runtime) -> list[Component]:
            kafka = KafkaConfig.of(runtime.settings)
            self.consumer = Consumer(
                f"{runtime.service}.reactions",
                [runtime.service],
                runtime.pool,
                kafka,
                self.apply,
                parks_streams=parks_streams,
                applied=self._wake,
            )
            self.relay = Relay(runtime.service, runtime.pool, kafka)
            return [self.consumer, self.relay] if relayed else [self.consumer]

        return components

    def _wake(self) -> None:
        self.woken += 1


async def serving(serve: Serve, release: Release, *, parks_streams: bool = False) -> Serving:
    """An API process: its consumer runs elsewhere."""
    made = await serve(
        name="automation",
        components=release.parts(parks_streams=parks_streams),
        subscribes=("automation",),
        settings={"roles": "api"},
    )
    await made.runtime.pool.execute("CREATE TABLE seen (result text)")
    await release.consumer.watermark.prepare()
    return made


async def deliver(release: Release, *results: str, stream: UUID | None = None) -> None:
    log = Log()
    for result in results:
        log.append(stream or uuid4(), TaskCompleted(task_id=uuid4(), result=result))
    await release.consumer.watermark.apply(log.records)


async def seen(made: Serving) -> list[str]:
    return [row["result"] for row in await made.runtime.pool.fetch("SELECT result FROM seen ORDER BY result")]


async def test_an_event_that_cannot_be_applied_is_shown_with_its_reason_and_applied_after_the_fix(serve: Serve) -> None:
    release = Release("x")
    made = await serving(serve, release)
    await deliver(release, "a", "x", "b")
    (listed,) = (await made.admin.get(LIST)).json()["events"]
    assert (listed["type"], listed["reason"], listed["error"]) == ("task.completed.v1", "ValueError", "ValueError")

    path = f"{LIST}/{listed['id']}"
    shown = (await made.admin.get(path)).json()
    assert '"result":"x"' in shown["body"].replace(" ", "")
    assert shown["headers"]["ce_type"] == "task.completed.v1"

    early = (await made.admin.post(f"{path}/replay")).json()
    assert (early["outcome"], early["event"]["id"]) == ("failing", listed["id"])
    release.poison.clear()
    assert (await made.admin.post(f"{path}/replay")).json() == {"outcome": "applied", "event": None}
    assert await seen(made) == ["a", "b", "x"]
    assert release.woken == 1
    assert (await made.admin.post(f"{path}/replay")).status_code == 404
    assert (await made.admin.get(LIST)).json() == {"events": [], "next": None}


async def test_all_are_applied_again_in_portions_and_those_that_still_fail_stay(serve: Serve, monkeypatch: Any) -> None:
    monkeypatch.setattr("events.quarantine_api.PORTION", 3)
    release = Release("x", "y")
    made = await serving(serve, release)
    for n in range(7):
        await release.consumer.watermark.apply(_alone(n + 1, "y" if n in (0, 4) else "x"))
        release.consumer.quarantine._recent.clear()
    release.poison.discard("x")
    applied = failing = portions = 0
    cursor = None
    while True:
        answer = (await made.admin.post(f"{LIST}/replay", json={"reason": "ValueError", "cursor": cursor})).json()
        applied, failing, portions = applied + answer["applied"], failing + answer["failing"], portions + 1
        if (cursor := answer["next"]) is None:
            break
    assert (applied, failing, portions) == (5, 2, 3)
    pages, cursor = [], None
    while True:
        page = (await made.admin.get(LIST, params={"limit": 1, **({"cursor": cursor} if cursor else {})})).json()
        pages += page["events"]
        if (cursor := page["next"]) is None:
            break
    assert [event["position"] for event in pages] == [1, 5]


def _alone(position: int, result: str) -> list[Received]:
    log = Log()
    for n in range(position):
        log.append(UUID(int=1), TaskCompleted(task_id=UUID(int=n), result=result))
    return log.records[-1:]


async def test_where_order_matters_an_event_waits_for_the_earlier_one_of_its_stream(serve: Serve) -> None:
    release = Release("x")
    made = await serving(serve, release, parks_streams=True)
    await deliver(release, "x", "later", stream=UUID(int=1))
    first, second = (await made.admin.get(LIST)).json()["events"]
    assert second["reason"] == "Parked"
    assert (await made.admin.post(f"{LIST}/{second['id']}/replay")).json()["outcome"] == "failing"
    assert await seen(made) == []

    answer = await made.admin.post(f"{LIST}/{first['id']}/discard", json={"reason": "a test"})
    assert (answer.json()["discarded_why"], answer.json()["discarded_by"]) == ("a test", "key:bootstrap")
    assert (await made.admin.post(f"{LIST}/replay", json={})).json() == {"applied": 1, "failing": 0, "next": None}
    assert await seen(made) == ["later"]


async def test_an_event_given_up_stays_stored_and_may_be_taken_back(serve: Serve) -> None:
    release = Release("x")
    made = await serving(serve, release)
    await deliver(release, "x")
    (listed,) = (await made.admin.get(LIST)).json()["events"]
    path = f"{LIST}/{listed['id']}"
    assert (await made.admin.post(f"{path}/discard", json={})).status_code == 422
    assert (await made.admin.post(f"{path}/discard", json={"reason": "spam"})).status_code == 200
    again = await made.admin.post(f"{path}/discard", json={"reason": "spam"})
    assert (again.status_code, again.json()["code"]) == (409, "discarded")
    assert (await made.admin.get(LIST)).json()["events"] == []
    (kept,) = (await made.admin.get(LIST, params={"discarded": True})).json()["events"]
    assert kept["id"] == listed["id"]
    release.poison.clear()
    assert (await made.admin.post(f"{LIST}/replay", json={})).json()["applied"] == 0
    assert (await made.admin.post(f"{path}/replay")).json()["outcome"] == "applied"


async def test_a_crash_in_the_middle_of_a_replay_leaves_all_as_it_was(serve: Serve) -> None:
    release = Release("x")
    made = await serving(serve, release)
    await deliver(release, "x", "fine", "x")
    release.poison.clear()
    good, calls = release.apply, 0

    async def dies(connection: Any, records: Sequence[Received]) -> None:
        nonlocal calls
        calls += 1
        await good(connection, records)
        if calls == 2:
            raise ConnectionResetError

    release.consumer._handler = release.consumer._handler._replace(apply=dies)
    assert (await made.admin.post(f"{LIST}/replay", json={})).status_code == 503
    assert await seen(made) == ["fine"]
    assert len((await made.admin.get(LIST)).json()["events"]) == 2


async def test_nobody_without_the_permission_sees_or_acts_and_what_is_not_there_is_404(serve: Serve) -> None:
    made = await serving(serve, Release())
    assert (await made.nobody.get(LIST)).status_code == 401
    assert (await made.nobody.post(f"{LIST}/replay", json={})).status_code == 401
    absent = f"{LIST}/automation.reactions:voronka.automation.v1:0:1"
    for method, path in (("GET", absent), ("POST", f"{absent}/replay")):
        assert (await made.admin.request(method, path)).status_code == 404
    assert (await made.admin.get(f"{LIST}/nonsense")).status_code == 422


async def test_from_a_poisoned_event_in_the_log_to_its_effect_after_the_fix(serve: Serve, kafka_bootstrap: str) -> None:
    """The whole way: appended, relayed, refused, the rest goes on; then a better release and one call."""
    release, name = Release("x"), f"t{uuid4().hex[:8]}"
    made = await serve(
        name=name,
        components=release.parts(parks_streams=True, relayed=True),
        subscribes=(name,),
        settings={"kafka_bootstrap": kafka_bootstrap, "kafka_session_timeout_ms": 1_500},
    )
    pool = made.runtime.pool
    await pool.execute("CREATE TABLE seen (result text)")
    stream = uuid4()
    async with pool.acquire() as connection:
        for version, result in enumerate(("x", "after")):
            event = TaskCompleted(task_id=stream, result=result)
            await append_all(connection, [Append(stream, version, [event], Cause("test", UUID(int=1)), AT)])
        others = [Append(uuid4(), 0, [TaskCompleted(task_id=uuid4(), result="good")], Cause("test", UUID(int=1)), AT)]
        await append_all(connection, others)
    async with asyncio.timeout(60):
        while len((await made.admin.get(LIST)).json()["events"]) < 2 or await seen(made) != ["good"]:
            await asyncio.sleep(0.05)
    release.poison.clear()

    answer = (await made.admin.post(f"{LIST}/replay", json={"consumer": f"{name}.reactions"})).json()

    assert answer == {"applied": 2, "failing": 0, "next": None}
    assert await seen(made) == ["after", "good", "x"]
