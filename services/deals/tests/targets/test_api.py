"""Targets by HTTP, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from deals_system import System

EAST = {
    "period": "2026-Q1",
    "owner_kind": "department",
    "owner_id": "east",
    "measure": "revenue_won",
    "amount": "1500000.00",
    "currency": "RUB",
}
CALLS = {"period": "2026-03", "owner_kind": "manager", "owner_id": "anna", "measure": "calls", "amount": "200"}


async def listed(system: System, **filters: Any) -> list[dict[str, Any]]:
    return list((await system.manager.get("/targets", **filters)).json()["targets"])


async def test_a_target_is_set_changed_with_a_reason_and_known_as_it_was(system: System) -> None:
    head = system.callers["head"]
    first = await head.put("/targets", EAST)
    assert (first.status_code, first.json()["outcome"], first.headers["etag"]) == (201, "set", '"1"')
    assert (await head.put("/targets", EAST)).json()["outcome"] == "unchanged"
    between = datetime.now(UTC).isoformat()
    refused = await head.put("/targets", {**EAST, "amount": "1800000"})
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_required")
    more = {**EAST, "amount": "1800000", "reason": "Новый менеджер в отделе"}
    assert (await head.put("/targets", more, if_match='"7"')).status_code == 412
    changed = await head.put("/targets", more, if_match='"1"')
    assert (changed.status_code, changed.json()["outcome"]) == (200, "changed")
    (now,) = await listed(system, day="2026-02-14", owner_id="east")
    assert (now["amount"], now["reason"], now["set_by"]) == ("1800000", "Новый менеджер в отделе", "key:head")
    (then,) = await listed(system, as_of=between)
    assert (then["amount"], then["version"]) == ("1500000.00", 1)
    assert await listed(system, as_of="2026-01-01T00:00:00Z") == []
    history = (await system.manager.get(f"/targets/{now['target_id']}/history")).json()
    assert [value["amount"] for value in history] == ["1500000.00", "1800000"]


async def test_many_are_set_at_once_and_each_is_answered(system: System) -> None:
    head = system.callers["head"]
    wrong = {**CALLS, "measure": "smiles"}
    again = {**CALLS, "amount": "250", "reason": "Больше людей"}
    answers = (await head.post("/targets/bulk", [EAST, CALLS, wrong, again, EAST])).json()
    assert [one["outcome"] for one in answers] == ["set", "set", "refused", "changed", "unchanged"]
    assert answers[2]["code"] == "unknown_measure"
    assert {(one["measure"], one["amount"]) for one in await listed(system)} == {
        ("revenue_won", "1500000.00"),
        ("calls", "250"),
    }
    versions = await system.pool.fetch("SELECT stream_id, count(*) AS n FROM events GROUP BY 1 ORDER BY n")
    targets = [row["n"] for row in versions if str(row["stream_id"]) in {one["target_id"] for one in answers}]
    assert targets == [1, 2]


async def test_a_withdrawn_target_is_not_listed_but_was(system: System) -> None:
    head = system.callers["head"]
    target_id = (await head.put("/targets", CALLS)).json()["target_id"]
    before = datetime.now(UTC).isoformat()
    withdrawn = await head.post(f"/targets/{target_id}/withdraw", {"reason": "Уволилась"})
    assert withdrawn.status_code == 204
    assert await listed(system) == []
    assert len(await listed(system, as_of=before)) == 1
    assert (await head.post(f"/targets/{EAST['period']}/withdraw", {"reason": "x"})).status_code == 422
    nobody = "00000000-0000-4000-8000-000000000000"
    assert (await head.post(f"/targets/{nobody}/withdraw", {"reason": "x"})).status_code == 404


async def test_managers_see_targets_and_do_not_set_them(system: System) -> None:
    assert (await system.manager.put("/targets", EAST)).status_code == 403
    measures = (await system.manager.get("/targets/measures")).json()
    assert {"code": "revenue_won", "unit": "money"}.items() <= measures[0].items()


async def test_pages_of_targets_follow_each_other(system: System) -> None:
    many = [{**CALLS, "owner_id": f"manager-{number}"} for number in range(5)]
    assert (await system.callers["head"].post("/targets/bulk", many)).status_code == 200
    seen: list[str] = []
    after = None
    while True:
        page = (await system.manager.get("/targets", limit=2, **({"after": after} if after else {}))).json()
        seen += [one["owner_id"] for one in page["targets"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == [one["owner_id"] for one in many]
