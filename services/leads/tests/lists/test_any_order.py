"""Requests for lists: whatever comes twice or in another order, and wherever the process dies, each is answered once,
everybody told once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from events.blind_index import BlindIndex
from events.contracts.automation import ListReadingRequested
from events.envelope import Received, topic_of
from events.quarantine import Quarantine
from events.store import Store
from events.tasks import Worker
from events.testing import Log
from events.watermark import Watermark
from hypothesis import strategies as st
from leads.heard.listening import CONSUMER, SOURCES, reacting
from leads.lists import telling
from leads.lists.sealed_values import SealedIndexes
from leads.lists.telling import GIVE_UP_AFTER, KIND, PORTION, Telling
from leads_system import INDEX_KEY, Running
from mortality import Step, heard, mortality, steps, survives

__all__ = ["mortality"]

COURSES = 3
STATEMENTS = 25
EVERYBODY = {"field": "touches", "op": "gte", "value": 1}


async def listed(leads: Running, *members: str, **what: Any) -> UUID:
    made = await leads.call("POST", "/lists", json={"name": "Partners", **what})
    assert made.status_code == 201, made.text
    list_id = made.json()["list_id"]
    if members:
        added = [{"customer_id": one} for one in members]
        assert (await leads.call("POST", f"/lists/{list_id}/members", json=added)).status_code == 200
    return UUID(list_id)


async def told(leads: Running, asked: Sequence[ListReadingRequested]) -> list[list[Any]]:
    """What was said of each request, in order."""
    said = []
    for one in asked:
        rows = await leads.pool.fetch(
            "SELECT data FROM events WHERE data->>'request_id' = $1 ORDER BY stream_id, version", str(one.request_id)
        )
        answers = [orjson.loads(row["data"]) for row in rows]
        said.append([{name: value for name, value in answer.items() if name != "request_id"} for answer in answers])
    return said


async def test_any_redelivery_reorder_and_crash_tells_each_list_once(
    run: Any, mortality: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST_OF_EVENT", 2)
    monkeypatch.setattr(telling, "PARTS_AT_ONCE", 1)
    async with run(roles=frozenset({"api"})) as leads:
        cards = [(await leads.call("POST", "/leads", json={"phones": [f"+7912100{n:04}"]})).json() for n in range(5)]
        everybody = [str(card["customer_id"]) for card in cards]
        by_hand, closed = await listed(leads, *everybody), await listed(leads)
        assert (await leads.call("POST", f"/lists/{closed}/close")).status_code in (200, 204)
        lists = [by_hand, await listed(leads, criteria=EVERYBODY), await listed(leads), closed, uuid4()]
        store, log = Store("leads", leads.pool), Log()
        parts = Telling(store, SealedIndexes(BlindIndex(INDEX_KEY)))
        handlers = {KIND: parts.fix, PORTION: parts.tell}
        worker = Worker("lists", store, handlers, abandoned=parts.gave_up, give_up_after=GIVE_UP_AFTER, concurrency=2)
        topics = [topic_of(source) for source in SOURCES]
        watermark = Watermark(CONSUMER, topics, leads.pool, reacting(parts.react), Quarantine(CONSUMER))
        await watermark.prepare()

        async def hears(records: Sequence[Received]) -> None:
            assert (await watermark.apply(records)).quarantined == 0

        async def buried() -> None:
            await leads.pool.execute("UPDATE tasks SET leased_until = NULL, due_at = now(), attempts = 0")

        async def come_of(order: Sequence[int], course: Sequence[Step]) -> list[list[Any]]:
            await hears(log.records)  # what a course that failed left over
            asked = [ListReadingRequested(request_id=uuid4(), list_id=one) for one in lists]
            earlier = len(log.records)
            for n in order:
                log.append(asked[n].request_id, asked[n])
            new = {id(record) for record in log.records[earlier:]}
            shards = [[one for one in shard if id(one) in new] for shard in log.by_shard()]
            await heard(shards, course, hears, worker.run_due, buried)
            while await worker.run_due():
                pass
            await hears(log.records)
            assert await worker.run_due() == 0
            assert await leads.pool.fetchval("SELECT count(*) FROM lists_told") == 0
            return await told(leads, asked)

        plain = await come_of(range(len(lists)), [])
        assert [len(one) for one in plain] == [3, 3, 1, 1, 1]
        assert sorted(one for part in plain[0] for one in part["customer_ids"]) == sorted(everybody)

        async def course(order: Sequence[int], course: Sequence[Step]) -> None:
            assert await come_of(order, course) == plain

        await survives(course, st.permutations(range(len(lists))), steps(STATEMENTS), courses=COURSES)
