"""What those who run a service ask of it: its state, its checks, the story of an id, another publication."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from events import disks
from events.contracts.automation import TaskCompleted
from events.envelope import SHARDS
from events.log_dirs import LogDir
from events.store import Append, Cause, append_all
from events.tasks import NewTask, add
from serving import Serve, Serving

AT = datetime(2026, 3, 2, tzinfo=UTC)
PATHS = {"/operations", "/operations/checks", "/operations/relay/refill", "/operations/trace"}


async def service(serve: Serve) -> Serving:
    # Nobody listens there: what is asked of the broker must not keep the rest waiting.
    return await serve(name="automation", settings={"roles": "api", "kafka_bootstrap": "127.0.0.1:1"})


async def told(made: Serving, cause: Cause, stream: UUID | None = None) -> UUID:
    """The stream of one event with this cause."""
    stream = stream or uuid4()
    async with made.runtime.pool.acquire() as connection, connection.transaction():
        await append_all(connection, [Append(stream, 0, [TaskCompleted(task_id=stream, result="done")], cause, AT)])
    return stream


async def story(made: Serving, *ids: UUID, **window: str) -> dict[str, Any]:
    answer = await made.admin.get("/operations/trace", params={"id": [str(one) for one in ids], **window})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_every_route_needs_a_permission_that_only_those_who_operate_have(serve: Serve) -> None:
    made = await service(serve)
    described = (await made.admin.get("/openapi.json")).json()["paths"]
    assert set(described) >= PATHS
    for path in PATHS:
        (method,) = described[path]
        assert (await made.nobody.request(method, path)).status_code == 401
        assert "`operations:" in described[path][method]["description"]


async def test_the_state_tells_positions_lag_quarantine_and_tasks(serve: Serve) -> None:
    made = await service(serve)
    cause = Cause("test", uuid4())
    for _ in range(20):
        await told(made, cause)
    pool = made.runtime.pool
    await pool.execute(
        "INSERT INTO watermarks (consumer, source, shard, position) SELECT 'c', 's', n, 2 FROM generate_series(0, 15) n"
    )
    await pool.execute(
        "INSERT INTO quarantine (consumer, source, shard, position, headers, reason, error)"
        " VALUES ('c', 's', 0, 1, '{}', 'x', 'x')"
    )
    async with pool.acquire() as connection:
        await add(connection, [NewTask(uuid4(), "call", {}, AT, cause)])

    state = (await made.admin.get("/operations")).json()

    assert (state["service"], sum(state["heads"]), state["relay"]["waiting"]) == ("automation", 20, 20)
    assert state["consumers"] == [
        {
            "consumer": "c",
            "source": "s",
            "positions": [2] * SHARDS,
            "applied_at": state["consumers"][0]["applied_at"],
            "quarantined": 1,
        }
    ]
    assert (state["tasks"]["due"], state["tasks"]["failed"], state["intake"]["pending"]) == (1, 0, 0)
    assert state["ready"] is True


async def test_checks_name_what_is_wrong_and_what_to_do_about_it(serve: Serve) -> None:
    made = await service(serve)
    found = {check["name"]: check for check in (await made.admin.get("/operations/checks")).json()}
    assert found["schema"]["state"] == "pass"
    assert (found["broker"]["state"], "VORONKA_KAFKA_BOOTSTRAP" in found["broker"]["fix"]) == ("fail", True)
    assert found["settings"]["state"] == "warn"
    assert all(check["fix"] for check in found.values() if check["state"] != "pass")


@pytest.mark.parametrize(("free", "state"), [(2**40, "pass"), (2**30, "warn"), (2**20, "fail")])
def test_a_disk_that_gets_full_is_told_before_it_is(free: int, state: str) -> None:
    told = disks.folder_check(Path("/documents"), free)
    assert (told.name, told.state, told.fix is None) == ("disk", state, state == "pass")


@pytest.mark.parametrize(("free", "state"), [(50, "pass"), (19, "warn"), (4, "fail")])
def test_the_fullest_disk_of_a_broker_is_told_before_it_is_full(free: int, state: str) -> None:
    dirs = [LogDir(1, "/a", 100, 60, {"voronka.leads.v1": 2**30}), LogDir(2, "/b", 100, free, {"voronka.leads.v1": 0})]
    told = disks.broker_check(dirs, "voronka.leads.v1", "kafka:9092")
    assert (told.state, told.fix is None) == (state, state == "pass")
    assert told.detail.startswith("voronka.leads.v1 takes 1.0 GiB")


async def test_what_keeps_wal_is_told_with_the_database_s_size(serve: Serve) -> None:
    made = await service(serve)
    (sized,) = [one for one in (await made.admin.get("/operations/checks")).json() if one["name"] == "database disk"]
    assert (sized["state"], "GiB, the most in" in sized["detail"]) == ("pass", True)
    kept = disks.database_checks(
        {"database_bytes": 1, "largest": "events", "slot": "bi", "slot_bytes": 2**33, "archiving_fails": True}
    )
    assert [(one.state, one.fix and one.fix.split()[0]) for one in kept] == [
        ("pass", None),
        ("warn", "psql"),
        ("fail", "psql"),
    ]


async def test_the_folders_a_service_writes_to_are_looked_at(serve: Serve) -> None:
    made = await service(serve)
    found = [one for one in (await made.admin.get("/operations/checks")).json() if one["name"] == "disk"]
    assert [tempfile.gettempdir() in one["detail"] for one in found] == [True]


async def test_a_story_is_found_by_request_stream_event_and_correlation(serve: Serve) -> None:
    made = await service(serve)
    request, unrelated = uuid4(), Cause("test", uuid4())
    await made.runtime.pool.execute(
        "INSERT INTO intake (id, received_at, channel, source, method, url, headers, body)"
        " VALUES ($1, now(), 'web', 'site', 'POST', '', '[]', 'secret')",
        request,
    )
    stream = await told(made, Cause("source:web/site", request, request))
    (first,) = (await story(made, stream))["events"]
    following = await told(made, Cause("rule:x", request, UUID(first["id"])))
    async with made.runtime.pool.acquire() as connection:
        await add(connection, [NewTask(uuid4(), "letter", {"to": "secret"}, AT, Cause("rule:x", request, request))])
    for _ in range(40):
        await told(made, unrelated)

    by_request = await story(made, request)
    assert [event["stream_id"] for event in by_request["events"]] == [str(stream), str(following)]
    assert [(one["what"], one["name"]) for one in by_request["around"]] == [("request", "web/site"), ("task", "letter")]
    assert "secret" not in str(by_request)
    assert [e["stream_id"] for e in (await story(made, UUID(first["id"])))["events"]] == [str(stream), str(following)]
    assert [e["stream_id"] for e in (await story(made, stream))["events"]] == [str(stream)]
    assert (await story(made, uuid4())) == {"service": "automation", "events": [], "around": [], "whole": True}


async def test_the_time_of_a_story_bounds_what_is_looked_at_but_not_a_stream_itself(serve: Serve) -> None:
    made = await service(serve)
    correlation = uuid4()
    streams = [await told(made, Cause("test", correlation)) for _ in range(30)]
    recorded = {
        str(row["stream_id"]): row["recorded_at"]
        for row in await made.runtime.pool.fetch("SELECT stream_id, recorded_at FROM events")
    }
    middle = sorted(recorded.values())[15]

    later = await story(made, correlation, since=middle.isoformat())
    earlier = await story(made, correlation, until=middle.isoformat())

    assert {e["stream_id"] for e in later["events"]} == {s for s, at in recorded.items() if at >= middle}
    assert {e["stream_id"] for e in earlier["events"]} == {s for s, at in recorded.items() if at < middle}
    long_ago = (datetime.now(UTC) - timedelta(days=400)).isoformat()
    assert len((await story(made, streams[0], until=long_ago))["events"]) == 1


async def test_shards_are_published_again_on_demand(serve: Serve) -> None:
    made = await service(serve)
    await made.runtime.pool.execute("UPDATE relay_cursors SET position = 5, kafka_offset = 3")

    answer = await made.admin.post("/operations/relay/refill", json={"shards": [1, 3]})

    assert answer.json() == {"shards": [1, 3], "events": 10}
    found = await made.runtime.pool.fetch("SELECT shard FROM relay_cursors WHERE position = 0 AND kafka_offset IS NULL")
    assert {row["shard"] for row in found} == {1, 3}
    assert (await made.admin.post("/operations/relay/refill", json={"shards": [16]})).status_code == 422
