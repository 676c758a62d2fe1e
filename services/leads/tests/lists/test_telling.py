"""Automation asks who is on a list: it is told in parts, as it is at that moment, once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from events.blind_index import BlindIndex
from events.contracts.automation import ListReadingRequested
from events.store import Store
from events.tasks import Done, Task, Worker
from events.testing import received
from leads.lists import telling
from leads.lists.sealed_values import SealedIndexes
from leads.lists.telling import GIVE_UP_AFTER, KIND, PARTS_AT_ONCE, PORTION, Telling
from leads_system import INDEX_KEY, Running

Run = Any


async def _asks(leads: Running, *asked: ListReadingRequested) -> list[dict[str, Any]]:
    """What is said of requests, each of which comes twice."""
    store = Store("leads", leads.pool)
    parts = Telling(store, SealedIndexes(BlindIndex(INDEX_KEY)))
    for _ in range(2):
        async with leads.pool.acquire() as connection, connection.transaction():
            await parts.react(connection, [received(one, one.request_id, n) for n, one in enumerate(asked, 1)])
        handlers = {KIND: parts.fix, PORTION: parts.tell}
        while await Worker("lists", store, handlers, give_up_after=GIVE_UP_AFTER, concurrency=1).run_due():
            pass
    rows = await leads.pool.fetch(
        "SELECT type, data FROM events WHERE type LIKE 'list.read%' ORDER BY stream_id, version"
    )
    return [orjson.loads(row["data"]) | {"type": row["type"]} for row in rows]


async def _list(leads: Running, *members: str, **what: Any) -> UUID:
    made = await leads.call("POST", "/lists", json={"name": "Partners", **what})
    assert made.status_code == 201, made.text
    list_id = made.json()["list_id"]
    if members:
        added = [{"customer_id": one} for one in members]
        assert (await leads.call("POST", f"/lists/{list_id}/members", json=added)).status_code == 200
    return UUID(list_id)


async def _customer(leads: Running, n: int, **more: Any) -> str:
    made = await leads.call("POST", "/leads", json={"phones": [f"+7912100{n:04}"], **more})
    assert made.status_code in (200, 201), made.text
    return str(made.json()["customer_id"])


async def test_both_kinds_are_told_in_parts_without_the_black_listed_the_erased_and_other_lines(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given lists by hand and by criteria, when they are asked for, twice each, then each is told once, in parts."""
    monkeypatch.setattr(telling, "MOST_OF_EVENT", 2)
    async with run(roles=frozenset({"api"})) as leads:
        retail = [await _customer(leads, n, direction="retail") for n in range(3)]
        anna, black, erased = [await _customer(leads, n) for n in range(3, 6)]
        by_hand = await _list(leads, *retail, anna, black, erased)
        by_criteria = await _list(leads, criteria={"field": "touches", "op": "gte", "value": 1})
        await leads.call("PUT", f"/customers/{black}/black-list", json={"reason": "rude"})
        await leads.pool.execute("DELETE FROM keyring WHERE customer_id = $1", UUID(erased))

        all_, some = uuid4(), uuid4()
        told = await _asks(
            leads,
            ListReadingRequested(request_id=all_, list_id=by_hand),
            ListReadingRequested(request_id=some, list_id=by_criteria, directions=("wholesale",)),
        )

        of_all = [one for one in told if one["request_id"] == str(all_)]
        assert [(one["part"], one["parts"], len(one["customer_ids"])) for one in of_all] == [(1, 2, 2), (2, 2, 2)]
        assert {one for part in of_all for one in part["customer_ids"]} == {*retail, anna}
        (of_some,) = [one for one in told if one["request_id"] == str(some)]
        assert of_some["customer_ids"] == [anna], "who is of no line of business is seen in all"


async def test_a_long_list_is_told_as_it_was_when_it_was_asked_whoever_dies_between_portions(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a list of more than one portion, when a worker dies with each, and the list is emptied meanwhile, then
    everybody who was on it is told once, but for who was erased before his part.
    """
    monkeypatch.setattr(telling, "MOST_OF_EVENT", 50)
    many = PARTS_AT_ONCE * 50 + 70
    async with run(roles=frozenset({"api"})) as leads:
        list_id = await _list(leads, await _customer(leads, 9))
        await leads.pool.execute(_MANY_ON_LIST, list_id, many)
        asked = ListReadingRequested(request_id=uuid4(), list_id=list_id)
        store = Store("leads", leads.pool)
        parts = Telling(store, SealedIndexes(BlindIndex(INDEX_KEY)))
        async with leads.pool.acquire() as connection, connection.transaction():
            await parts.react(connection, [received(asked, asked.request_id, 1)])

        async def runs(*, dies: bool) -> int:
            """One task; a worker that dies has done its work, and what it wrote is not committed."""

            async def dead(task: Task) -> Done:
                done = await parts.tell(task)

                async def write(connection: Any) -> None:
                    if done.write:
                        await done.write(connection)
                    raise OSError("the connection is lost")

                return replace(done, write=write)

            handlers = {KIND: parts.fix, PORTION: dead if dies else parts.tell}
            try:
                return await Worker("lists", store, handlers, concurrency=1).run_due()
            finally:
                await leads.pool.execute("UPDATE tasks SET leased_until = NULL WHERE kind = $1", PORTION)

        await runs(dies=False)
        last, gone = await leads.pool.fetchrow(_THE_LAST, list_id)
        await leads.pool.execute("DELETE FROM keyring WHERE customer_id = $1", gone)
        await leads.pool.execute("DELETE FROM list_members WHERE list_id = $1", list_id)
        while True:
            with suppress(OSError):
                await runs(dies=True)
            if not await runs(dies=False):
                break

        told = [one for one in await _asks(leads) if one["request_id"] == str(asked.request_id)]
        assert [one["part"] for one in told] == list(range(1, PARTS_AT_ONCE + 3))
        assert {one["parts"] for one in told} == {PARTS_AT_ONCE + 2}
        customers = [one for part in told for one in part["customer_ids"]]
        assert len(customers) == len(set(customers)) == many
        assert str(last) in customers
        assert str(gone) not in customers
        assert await leads.pool.fetchval("SELECT count(*) FROM lists_told") == 0


_MANY_ON_LIST = """
WITH new AS (
  INSERT INTO customers (id, version, phones, emails, messengers, registered_at)
  SELECT gen_random_uuid(), 1, '{}', '{}', '{}', now() FROM generate_series(1, $2::integer) RETURNING id
), keys AS (INSERT INTO keyring (customer_id, wrapped_key) SELECT id, ''::bytea FROM new)
INSERT INTO list_members (list_id, customer_id, added_at) SELECT $1, id, now() FROM new
"""
_THE_LAST = """
SELECT ids[1], ids[2]
  FROM (SELECT array_agg(customer_id ORDER BY customer_id DESC) FROM list_members WHERE list_id = $1) AS m(ids)
"""


async def test_a_list_that_is_not_there_is_refused_and_an_empty_one_is_told(run: Run) -> None:
    async with run(roles=frozenset({"api"})) as leads:
        empty, closed = await _list(leads), await _list(leads)
        hidden = await _list(leads, direction="retail")
        assert (await leads.call("POST", f"/lists/{closed}/close")).status_code in (200, 204)
        requests = [
            ListReadingRequested(request_id=UUID(int=n), list_id=one, directions=("wholesale",))
            for n, one in enumerate((empty, closed, hidden, uuid4()), 1)
        ]
        told = await _asks(leads, *requests)
        by_request = {one["request_id"]: one.get("code", one.get("customer_ids")) for one in told}
        assert [by_request[str(one.request_id)] for one in requests] == [[], "closed", "no_list", "no_list"]


async def test_of_a_list_that_cannot_be_told_to_its_end_nothing_is_left_but_the_answer(run: Run) -> None:
    """Given a list that is kept to be told, when every attempt at a portion fails, then it is refused, and given up."""
    async with run(roles=frozenset({"api"})) as leads:
        asked = ListReadingRequested(request_id=uuid4(), list_id=await _list(leads, await _customer(leads, 1)))
        store = Store("leads", leads.pool)
        parts = Telling(store, SealedIndexes(BlindIndex(INDEX_KEY)))
        async with leads.pool.acquire() as connection, connection.transaction():
            await parts.react(connection, [received(asked, asked.request_id, 1)])

        async def fails(_: Task) -> Done:
            raise OSError("the disk is gone")

        handlers = {KIND: parts.fix, PORTION: fails}
        worker = Worker("lists", store, handlers, abandoned=parts.gave_up, give_up_after=1, concurrency=1)
        await worker.run_due()
        assert await leads.pool.fetchval("SELECT count(*) FROM lists_told") == 1
        await worker.run_due()

        assert await leads.pool.fetchval("SELECT count(*) FROM lists_told") == 0
        (refused,) = await leads.pool.fetch("SELECT data FROM events WHERE type = 'list.reading-refused.v1'")
        assert orjson.loads(refused["data"])["code"] == "gave_up"
