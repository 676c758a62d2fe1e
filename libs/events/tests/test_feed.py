"""The feed of events by HTTP: everything once, in order, whatever is appended meanwhile."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from events.contracts.automation import TaskCompleted, TaskReminded
from events.event import Event
from events.store import Append, Cause, Store
from serving import Serve, Serving

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


async def append(serving: Serving, stream: UUID, version: int, *events: Event) -> None:
    told = events or [TaskCompleted(task_id=stream, result="done")]
    decision = Append(stream, version, told, Cause("key:web", UUID(int=1), UUID(int=2)), AT)
    await Store("demo", serving.runtime.pool).commit(decision)


async def page(serving: Serving, **query: Any) -> Any:
    answer = await serving.admin.get("/events", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def read(serving: Serving, limit: int, cursor: str | None = None, **query: Any) -> tuple[list[Any], str]:
    """What an integrator does: on from `next` until there is no more."""
    found: list[Any] = []
    while True:
        told = await page(serving, limit=limit, **query, **({"cursor": cursor} if cursor else {}))
        found += told["events"]
        cursor = told["next"]
        if not told["more"]:
            return found, str(cursor)


async def test_an_event_is_told_as_a_cloud_event(serve: Serve) -> None:
    serving = await serve()
    stream = uuid4()
    await append(serving, stream, 0)

    (event,), _ = await read(serving, 10)

    assert event.pop("recordedtime") >= event["time"]
    assert UUID(event.pop("id"))
    assert event == {
        "specversion": "1.0",
        "source": "/voronka/demo",
        "type": "task.completed.v1",
        "subject": str(stream),
        "time": "2026-03-02T09:30:00+00:00",
        "sequence": "00000000000000000001",
        "shard": stream.int & 15,
        "streamversion": 1,
        "actor": "key:web",
        "correlationid": str(UUID(int=1)),
        "causationid": str(UUID(int=2)),
        "datacontenttype": "application/json",
        "data": TaskCompleted(task_id=stream, result="done").model_dump(mode="json", exclude_none=True),
    }


@pytest.mark.parametrize("limit", [1, 3, 1000])
async def test_whoever_follows_the_cursor_gets_every_event_once_and_each_subject_in_order(
    serve: Serve, limit: int
) -> None:
    serving = await serve()
    streams = [uuid4() for _ in range(6)]

    async def write(stream: UUID) -> None:
        for version in range(4):
            await append(serving, stream, version)

    writing = asyncio.gather(*map(write, streams))
    found, cursor = await read(serving, limit)
    await writing
    rest, _ = await read(serving, limit, cursor)

    ids = [event["id"] for event in found + rest]
    assert len(ids) == len(set(ids)) == 24
    for stream in streams:
        assert [e["streamversion"] for e in found + rest if e["subject"] == str(stream)] == [1, 2, 3, 4]


async def test_a_clock_that_was_set_back_hides_nothing(serve: Serve) -> None:
    serving = await serve()
    rng = random.Random(7)
    rows = [(n, rng.randrange(-3600, 3600), UUID(int=rng.getrandbits(124) << 4 | n % 2)) for n in range(60)]
    for n, skew, stream in rows:
        await serving.runtime.pool.execute(
            "INSERT INTO events (position, occurred_at, recorded_at, version, shard, stream_id, id, correlation_id,"
            " type, actor, data) VALUES ($1, now(), now() + make_interval(secs => $2), 1, $3, $4, $4, $4, 'x.y.v1',"
            " 'test', '{}')",
            n // 2 + 1,
            float(skew),
            n % 2,
            stream,
        )

    found, _ = await read(serving, 7)

    assert len(found) == 60
    for shard in (0, 1):
        assert [int(event["sequence"]) for event in found if event["shard"] == shard] == list(range(1, 31))


async def test_only_some_types_are_asked_and_the_cursor_passes_the_others(serve: Serve) -> None:
    serving = await serve()
    stream = uuid4()
    reminded = TaskReminded(task_id=stream, remind_at=AT)
    await append(serving, stream, 0, TaskCompleted(task_id=stream, result="done"), reminded, reminded)

    found, cursor = await read(serving, 1, type="task.reminded.v1")

    assert [event["streamversion"] for event in found] == [2, 3]
    assert (await page(serving, cursor=cursor))["events"] == []


async def test_one_may_begin_at_the_end(serve: Serve) -> None:
    serving = await serve()
    stream = uuid4()
    await append(serving, stream, 0)
    start = await page(serving, only_new=True)
    await append(serving, stream, 1)

    found, _ = await read(serving, 10, start["next"])

    assert (start["events"], start["more"]) == ([], False)
    assert [event["streamversion"] for event in found] == [2]


async def test_one_stream_is_told_by_version(serve: Serve) -> None:
    serving = await serve()
    stream = uuid4()
    for version in range(3):
        await append(serving, stream, version)
    await append(serving, uuid4(), 0)

    first = (await serving.admin.get(f"/events/streams/{stream}", params={"limit": 2})).json()
    rest = (await serving.admin.get(f"/events/streams/{stream}", params={"limit": 2, "after": 2})).json()

    assert [event["streamversion"] for event in first["events"] + rest["events"]] == [1, 2, 3]
    assert (first["more"], rest["more"]) == (True, False)


@pytest.mark.parametrize("cursor", ["x", "demo" + ".Ф" * 16, "demo.1", "leads" + ".0" * 16, "demo" + ".-1" * 16])
async def test_what_is_no_cursor_of_this_feed_is_refused(serve: Serve, cursor: str) -> None:
    serving = await serve()

    answer = await serving.admin.get("/events", params={"cursor": cursor})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "query:cursor"


async def test_who_sees_one_line_of_business_reads_no_feed_of_all(serve: Serve) -> None:
    serving = await serve()
    wanted = {"name": "erp", "roles": ["integration"], "directions": ["windows"]}
    key = (await serving.admin.post("/api-keys", json=wanted)).json()["key"]

    for path in ("/events", f"/events/streams/{uuid4()}"):
        answer = await serving.nobody.get(path, headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 403
        assert (await serving.nobody.get(path)).status_code == 401
