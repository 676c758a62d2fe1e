"""Handing over a manager's open work: whole, once, and from where it was broken off."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from leads.handover import handovers, moving
from managers_work import completed, customers_of, hire

Run = Any


async def test_all_open_work_goes_over_in_batches_and_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "BATCH", 3)
    monkeypatch.setattr(handovers, "BATCHES_A_TASK", 2)
    async with run() as leads:
        await hire(leads, "anna", "boris")
        work = await customers_of(leads, "anna", 8)
        closed = work[0]["lead_id"]
        await leads.call("POST", f"/leads/{closed}/disqualify", json={"reason": "spam"})
        body = {"to": "boris", "reason": "leaver"}
        headers = {"idempotency-key": "go"}
        first = await leads.call("POST", "/managers/anna/hand-over", json=body, headers=headers)
        again = await leads.call("POST", "/managers/anna/hand-over", json=body, headers=headers)
        assert first.json()["handover_id"] == again.json()["handover_id"]
        stands = await completed(leads, first)
        assert (stands["customers"], stands["leads"], stands["left"]) == (8, 7, 0)
        rows = await leads.pool.fetch("SELECT id, manager_id FROM leads")
        assert {row["manager_id"] for row in rows if str(row["id"]) != closed} == {"boris"}
        assert {row["manager_id"] for row in rows if str(row["id"]) == closed} == {"anna"}
        assert await leads.pool.fetchval("SELECT count(*) FROM customers WHERE manager_id = 'boris'") == 8
        told = Counter(
            row["type"]
            for row in await leads.pool.fetch("SELECT type FROM events WHERE data->>'handover_id' IS NOT NULL")
        )
        assert told == {
            "handover.requested.v1": 1,
            "handover.completed.v1": 1,
            "customer.responsible-changed.v1": 8,
        }
        history = await leads.call(
            "GET", f"/customers/{work[1]['customer_id']}/history", params={"kind": "responsible"}
        )
        assert history.json()["entries"][0]["changes"] == [{"what": "manager", "from": "anna", "to": "boris"}]
        versions = await leads.pool.fetch(
            "SELECT c.version, (SELECT max(version) FROM events e WHERE e.stream_id = c.id) AS last FROM customers c"
            " UNION ALL SELECT l.version, (SELECT max(version) FROM events e WHERE e.stream_id = l.id) FROM leads l"
        )
        assert all(row["version"] == row["last"] for row in versions)


async def test_by_turns_it_is_dealt_out_evenly_to_those_who_take_the_line_of_business(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna")
        await hire(leads, "boris", "vera", directions=["retail"])
        await hire(leads, "gleb", directions=["wholesale"])
        await customers_of(leads, "anna", 6, direction="retail")
        answer = await leads.call("POST", "/managers/anna/hand-over", json={"reason": "holiday"})
        await completed(leads, answer)
        rows = await leads.pool.fetch("SELECT manager_id FROM customers")
        assert Counter(row["manager_id"] for row in rows) == {"boris": 3, "vera": 3}
        rows = await leads.pool.fetch(
            "SELECT l.manager_id, c.manager_id AS his FROM leads l JOIN customers c ON c.id = l.customer_id"
        )
        assert all(row["manager_id"] == row["his"] for row in rows)


async def test_what_nobody_takes_stays_and_is_counted(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna")
        await hire(leads, "gleb", directions=["wholesale"])
        await customers_of(leads, "anna", 2, direction="retail")
        stands = await completed(
            leads, await leads.call("POST", "/managers/anna/hand-over", json={"reason": "holiday"})
        )
        assert (stands["customers"], stands["left"]) == (0, 2)
        assert await leads.pool.fetchval("SELECT count(*) FROM customers WHERE manager_id = 'anna'") == 2


async def test_only_the_named_customers_go_and_only_of_lines_of_business_that_are_seen(run: Run) -> None:
    async with run(head_directions=["retail"]) as leads:
        await hire(leads, "anna", "boris")
        retail = await customers_of(leads, "anna", 2, direction="retail")
        wholesale = await customers_of(leads, "anna", 1, direction="wholesale")
        named = [retail[0]["customer_id"], wholesale[0]["customer_id"]]
        body = {"to": "boris", "reason": "load", "scope": "customers", "customer_ids": named}
        stands = await completed(leads, await leads.call("POST", "/managers/anna/hand-over", role="head", json=body))
        assert (stands["customers"], stands["leads"]) == (1, 1)
        rows = await leads.pool.fetch("SELECT id FROM customers WHERE manager_id = 'boris'")
        assert [row["id"] for row in rows] == [UUID(retail[0]["customer_id"])]


async def test_a_hand_over_that_cannot_be_is_refused(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna", "boris")
        await hire(leads, "gone", active=False)
        path = "/managers/anna/hand-over"
        for body, status in (
            ({"to": "anna", "reason": "load"}, 409),
            ({"to": "nobody", "reason": "load"}, 422),
            ({"to": "gone", "reason": "load"}, 422),
            ({"to": "boris", "reason": "whim"}, 422),
            ({"to": "boris", "reason": "load", "scope": "customers"}, 422),
        ):
            assert (await leads.call("POST", path, json=body)).status_code == status, body
        unknown = await leads.call("POST", "/managers/stranger/hand-over", json={"reason": "load"})
        assert unknown.status_code == 404
        assert (await leads.call("POST", path, role="manager", json={"reason": "load"})).status_code == 403
        assert (await leads.call("GET", f"/hand-overs/{uuid4()}")).status_code == 404
