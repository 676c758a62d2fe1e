"""Automation asks who is on a list: it is told in parts, as it is at that moment, once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from events.contracts.automation import ListReadingRequested
from events.privacy import BlindIndex
from events.store import Store
from events.tasks import Worker
from events.testing import received
from leads.lists import telling
from leads.lists.sealed_values import SealedIndexes
from leads.lists.telling import GIVE_UP_AFTER, KIND, Telling
from leads_system import INDEX_KEY, Running

Run = Any


async def _asks(leads: Running, *asked: ListReadingRequested) -> list[dict[str, Any]]:
    """What is said of requests, each of which comes twice."""
    store = Store("leads", leads.pool)
    parts = Telling(store, SealedIndexes(BlindIndex(INDEX_KEY)))
    for _ in range(2):
        async with leads.pool.acquire() as connection, connection.transaction():
            await parts.react(connection, [received(one, one.request_id, n) for n, one in enumerate(asked, 1)])
        while await Worker("lists", store, {KIND: parts.tell}, give_up_after=GIVE_UP_AFTER, concurrency=1).run_due():
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


async def test_a_list_that_is_not_there_or_too_long_is_refused_and_an_empty_one_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MOST_FROZEN", 1)
    async with run(roles=frozenset({"api"})) as leads:
        olga, ivan = [await _customer(leads, n) for n in (7, 8)]
        full, empty, closed = await _list(leads, olga, ivan), await _list(leads), await _list(leads)
        hidden = await _list(leads, direction="retail")
        assert (await leads.call("POST", f"/lists/{closed}/close")).status_code in (200, 204)
        requests = [
            ListReadingRequested(request_id=UUID(int=n), list_id=one, directions=("wholesale",))
            for n, one in enumerate((full, empty, closed, hidden, uuid4()), 1)
        ]
        told = await _asks(leads, *requests)
        by_request = {one["request_id"]: one.get("code", one.get("customer_ids")) for one in told}
        assert [by_request[str(one.request_id)] for one in requests] == ["too_many", [], "closed", "no_list", "no_list"]
