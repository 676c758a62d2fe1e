"""Many deals at once: moved and given away in bulk, handed over whole, following their customers."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from deals.handing.handovers import NewHandover
from deals_system import CLOCK, System
from events.contracts.leads import CustomerResponsibleChanged
from events.store import Cause


async def managers(system: System) -> dict[str, str | None]:
    rows = await system.pool.fetch("SELECT deal_id, manager_id FROM deals")
    return {str(row["deal_id"]): row["manager_id"] for row in rows}


def changed(customer: UUID, before: str | None, after: str | None, **more: Any) -> CustomerResponsibleChanged:
    return CustomerResponsibleChanged(
        customer_id=customer, manager_id=after, previous_manager_id=before, reason="vacation", **more
    )


async def test_each_item_of_a_bulk_is_answered_for_itself(system: System) -> None:
    one, two, lost = [await system.opened() for _ in range(3)]
    west = await system.opened(direction="west")
    await system.manager.post(f"/deals/{lost['deal_id']}/lose", {"reason": "other", "comment": "Нет"})
    wanted = [
        {"deal_id": one["deal_id"], "to_stage": "deciding", "version": 1},
        {"deal_id": two["deal_id"], "to_stage": "deciding", "version": 7},
        {"deal_id": lost["deal_id"], "to_stage": "deciding"},
        {"deal_id": west["deal_id"], "to_stage": "deciding"},
        {"deal_id": one["deal_id"], "to_stage": "deciding"},
        {"deal_id": str(uuid4()), "to_stage": "deciding"},
    ]
    answer = await system.callers["east"].post("/deals/bulk/move", {"items": wanted})
    assert [(item["outcome"], item["rule"]) for item in answer.json()["items"]] == [
        ("done", None), ("refused", "stale-version"), ("refused", "already_lost"), ("refused", "no_deal"),
        ("nothing to do", None), ("refused", "no_deal"),
    ]  # fmt: skip
    stages = {row["deal_id"]: row["stage"] for row in (await system.manager.get("/deals")).json()["deals"]}
    assert (stages[one["deal_id"]], stages[two["deal_id"]]) == ("deciding", "unsorted")


async def test_a_thousand_deals_change_hands_in_one_call(system: System) -> None:
    customer = str(system.leads.customer())
    deals = [await system.opened(customer_id=customer, manager_id="anna") for _ in range(40)]
    items = [{"deal_id": deal["deal_id"], "manager_id": "boris"} for deal in deals] * 25
    answer = await system.manager.post("/deals/bulk/reassign", {"items": items, "reason": "vacation"})
    outcomes = [item["outcome"] for item in answer.json()["items"]]
    assert (answer.status_code, outcomes.count("done"), outcomes.count("nothing to do")) == (200, 40, 960)
    assert set((await managers(system)).values()) == {"boris"}
    too_many = await system.manager.post("/deals/bulk/reassign", {"items": [*items, items[0]]})
    assert too_many.status_code == 422


async def test_all_open_deals_of_a_manager_are_handed_over_and_each_says_so(system: System) -> None:
    mine = [await system.opened(manager_id="anna") for _ in range(3)]
    await system.manager.post(f"/deals/{mine[0]['deal_id']}/nurture")
    won = await system.opened(manager_id="anna")
    await system.manager.post(f"/deals/{won['deal_id']}/win")
    other = await system.opened(manager_id="clara")
    body = {"from_manager_id": "anna", "to_manager_id": "boris", "reason": "dismissal"}
    assert (await system.manager.post("/deal-handovers", body)).status_code == 403
    asked = await system.callers["head"].post("/deal-handovers", body, idempotency_key="once")
    again = await system.callers["head"].post("/deal-handovers", body, idempotency_key="once")
    assert (asked.status_code, asked.json() == again.json(), asked.json()["completed_at"]) == (202, True, None)
    (worker,) = system.parts.handing.components()
    assert await worker.run_due() == 1  # type: ignore[attr-defined]
    done = (await system.callers["head"].get(f"/deal-handovers/{asked.json()['handover_id']}")).json()
    assert (done["deals"], done["completed_at"] is not None) == (3, True)
    whose = await managers(system)
    assert {whose[deal["deal_id"]] for deal in mine} == {"boris"}
    assert (whose[won["deal_id"]], whose[other["deal_id"]]) == ("anna", "clara")
    history = (await system.manager.get(f"/deals/{mine[1]['deal_id']}/history")).json()["history"]
    assert history[-1]["what"] == {
        "manager_id": "boris",
        "previous_manager_id": "anna",
        "reason": "dismissal",
        "handover_id": done["handover_id"],
    }
    told = await system.pool.fetch("SELECT type FROM events WHERE stream_id = $1 ORDER BY version", done["handover_id"])
    assert [row["type"] for row in told] == ["deal_handover.requested.v1", "deal_handover.completed.v1"]


async def test_a_hand_over_takes_only_lines_of_business_that_the_caller_sees(system: System) -> None:
    west = await system.opened(manager_id="anna", direction="west")
    east = await system.opened(manager_id="anna", direction="east")
    handovers = system.parts.handing._handovers
    new = NewHandover(uuid4(), "anna", "boris", "dismissal", ["east"])
    await handovers.request(new, Cause("key:east", uuid4()), CLOCK)
    (worker,) = system.parts.handing.components()
    await worker.run_due()  # type: ignore[attr-defined]
    whose = await managers(system)
    assert (whose[east["deal_id"]], whose[west["deal_id"]]) == ("boris", "anna")


async def test_a_manager_hands_nothing_over_to_himself(system: System) -> None:
    body = {"from_manager_id": "anna", "to_manager_id": "anna", "reason": "none"}
    answer = await system.callers["head"].post("/deal-handovers", body)
    assert (answer.status_code, answer.json()["hint"]) == (409, "rule: same_manager")


async def test_deals_follow_a_customer_who_changes_hands_and_come_back(system: System) -> None:
    customer, handover = system.leads.customer(), uuid4()
    mine = await system.opened(customer_id=str(customer), manager_id="anna")
    others = await system.opened(customer_id=str(customer), manager_id="clara")
    await system.hears(customer, changed(customer, "anna", "boris", handover_id=handover))
    whose = await managers(system)
    assert (whose[mine["deal_id"]], whose[others["deal_id"]]) == ("boris", "clara")
    history = (await system.manager.get(f"/deals/{mine['deal_id']}/history")).json()["history"]
    assert (history[-1]["by"], history[-1]["what"]["handover_id"]) == ("service:deals", str(handover))
    await system.hears(customer, changed(customer, "boris", "anna"))
    assert (await managers(system))[mine["deal_id"]] == "anna"


async def test_a_customer_who_changes_hands_twice_in_one_batch_is_followed_to_the_end(system: System) -> None:
    customer = system.leads.customer()
    mine = await system.opened(customer_id=str(customer), manager_id="anna")
    await system.hears(customer, changed(customer, "anna", "boris"), changed(customer, "boris", "clara"))
    assert (await managers(system))[mine["deal_id"]] == "clara"
    told = await system.pool.fetchval("SELECT count(*) FROM events WHERE type = 'deal.reassigned.v1'")
    await system.pool.execute("UPDATE watermarks SET position = 0")
    await system.parts.consumer.watermark.apply(system.log.records)
    assert (await managers(system))[mine["deal_id"]] == "clara"
    assert await system.pool.fetchval("SELECT count(*) FROM events WHERE type = 'deal.reassigned.v1'") == told == 2


async def test_a_customer_without_a_manager_before_or_after_moves_no_deal(system: System) -> None:
    customer = system.leads.customer()
    mine = await system.opened(customer_id=str(customer), manager_id="anna")
    free = await system.opened(customer_id=str(customer))
    await system.hears(customer, changed(customer, None, "boris"), changed(customer, "anna", None))
    whose = await managers(system)
    assert (whose[mine["deal_id"]], whose[free["deal_id"]]) == ("anna", None)
