"""The made-up history that the speed of reports is measured with: events as the services would have stored them."""

from __future__ import annotations

from collections import Counter, defaultdict

import asyncpg
import pytest
from analytics.main import SALES
from events.event import decode

from bench.history.fill import BATCH, FIRM, PEOPLE, History, fill, told

LEADS = 160
ENOUGH = {"deal.won.v1", "deal.lost.v1", "lead.touched.v1", "payment.received.v1", "interaction.concluded.v1"}


async def _events(connection: asyncpg.Connection, history: History, first: int, last: int) -> list[asyncpg.Record]:
    """The events of those leads and, with the first of them, of the firm."""
    found = []
    async with connection.transaction():
        await connection.execute(
            f"SET LOCAL search_path TO history, public; {history.script('lives', first=first, last=last)}"
        )
        for name in (*PEOPLE, *(FIRM if first == 1 else ())):
            for type_, text in told(name):
                await connection.execute(BATCH.format(told=text))
                found += await connection.fetch("SELECT $1::text AS type, *, data::text AS body FROM batch", type_)
                await connection.execute("DROP TABLE batch")
    return found


@pytest.fixture
async def made(new_database):
    dsn, heard = await new_database("analytics"), []
    history = History(LEADS, managers=12)
    applied = await fill(dsn, SALES, history, lambda leads, events: heard.append((leads, events)))
    connection = await asyncpg.connect(dsn)
    yield connection, history, applied, heard
    await connection.close()


async def test_every_event_of_a_made_history_keeps_its_contract_and_stands_in_its_stream_in_order(made) -> None:
    connection, history, applied, heard = made
    events = await _events(connection, history, 1, LEADS + 1)
    counts = Counter(event["type"] for event in events)

    for event in events:
        decode(event["type"], event["body"].encode())
    assert len(events) == applied
    assert heard[-1] == (LEADS, applied)
    assert counts.keys() >= ENOUGH
    schema = SALES.build(1).schema
    stored = await connection.fetchrow(
        f"SELECT (SELECT count(*) FROM {schema}.leads WHERE captured_at IS NOT NULL),"
        f" (SELECT count(*) FROM {schema}.deals WHERE opened_at IS NOT NULL),"
        f" (SELECT count(*) FROM {schema}.payments), (SELECT count(*) FROM {schema}.tasks),"
        f" (SELECT count(*) FROM {schema}.messages WHERE requested_at IS NOT NULL)"
    )
    types = ("lead.captured.v1", "deal.opened.v1", "payment.received.v1", "task.created.v1", "message.requested.v1")
    assert tuple(stored) == tuple(counts[type_] for type_ in types)

    streams = defaultdict(list)
    for event in events:
        if event["type"].startswith(("lead.", "deal.")):
            streams[event["stream_id"]].append((event["version"], event["occurred_at"]))

    for told_of in streams.values():
        versions, times = zip(*sorted(told_of), strict=True)
        assert versions == tuple(range(1, len(versions) + 1))
        assert list(times) == sorted(times)


async def test_a_history_is_the_same_whatever_its_portions(made) -> None:
    connection, history, _, _ = made
    whole = await _events(connection, history, 1, LEADS + 1)
    parts = await _events(connection, history, 1, 101) + await _events(connection, history, 101, LEADS + 1)
    assert sorted(map(tuple, whole), key=str) == sorted(map(tuple, parts), key=str)
