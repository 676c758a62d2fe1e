"""What deals does when automation asks for a change of stage, in the consumer's own transaction."""

from __future__ import annotations

from uuid import UUID, uuid4

from deals.deal.orders import deal_of_lead
from deals_system import System
from events.contracts.automation import Cause, DealStageChangeRequested
from events.contracts.leads import LeadQualified


def requested(deal_id: str, to_stage: str, request_id: UUID | None = None) -> DealStageChangeRequested:
    cause = Cause(rule="r", rule_version=1, action="a", event_id=uuid4(), event_type="call.missed.v1")
    return DealStageChangeRequested(
        request_id=request_id or uuid4(), deal_id=UUID(deal_id), to_stage=to_stage, cause=cause
    )


async def answers(system: System) -> list[tuple[str, str, str | None]]:
    rows = await system.pool.fetch(
        "SELECT type, data::jsonb->>'code' AS code, data::jsonb->>'to_stage' AS stage"
        "  FROM events WHERE type IN ('deal.stage-changed.v1', 'deal.stage-change-refused.v1') ORDER BY recorded_at"
    )
    return [(row["type"], row["stage"], row["code"]) for row in rows]


async def test_a_request_moves_the_deal_and_the_event_names_it(system: System) -> None:
    deal = await system.opened()
    event = requested(deal["deal_id"], "deciding")
    await system.hears(event.request_id, event)
    read = (await system.manager.get(f"/deals/{deal['deal_id']}")).json()
    history = (await system.manager.get(f"/deals/{deal['deal_id']}/history")).json()["history"]
    assert read["stage"] == "deciding"
    assert (history[-1]["what"]["request_id"], history[-1]["by"]) == (str(event.request_id), "service:deals")
    assert history[-1]["cause"] is not None


async def test_a_request_that_a_rule_refuses_is_answered_with_the_reason(system: System) -> None:
    deal = await system.opened()
    lost = await system.opened()
    await system.manager.post(f"/deals/{lost['deal_id']}/lose", {"reason": "other", "comment": "Нет"})
    for deal_id, stage in ((deal["deal_id"], "won"), (deal["deal_id"], "dreaming"), (lost["deal_id"], "deciding")):
        event = requested(deal_id, stage)
        await system.hears(event.request_id, event)
    nowhere = requested(str(uuid4()), "deciding")
    await system.hears(nowhere.request_id, nowhere)
    assert await answers(system) == [
        ("deal.stage-change-refused.v1", "won", "closing_stage"),
        ("deal.stage-change-refused.v1", "dreaming", "unknown_stage"),
        ("deal.stage-change-refused.v1", "deciding", "already_lost"),
        ("deal.stage-change-refused.v1", "deciding", "no_deal"),
    ]


async def test_a_request_is_answered_once_even_if_the_deal_has_moved_on_since(system: System) -> None:
    deal = await system.opened()
    event = requested(deal["deal_id"], "deciding")
    await system.hears(event.request_id, event)
    await system.manager.post(f"/deals/{deal['deal_id']}/move", {"to_stage": "negotiation"})
    await system.pool.execute("UPDATE watermarks SET position = 0")
    await system.parts.consumer.watermark.apply(system.log.records)
    again = requested(deal["deal_id"], "deciding", event.request_id)
    await system.hears(uuid4(), again)
    assert (await system.manager.get(f"/deals/{deal['deal_id']}")).json()["stage"] == "negotiation"
    assert len(await answers(system)) == 2


async def test_many_requests_in_one_batch_are_taken_in_their_order(system: System) -> None:
    deal = await system.opened()
    records = []
    for stage in ("first_contact", "offer_sent", "won", "deciding"):
        event = requested(deal["deal_id"], stage)
        records += system.log.append(event.request_id, event)
    await system.parts.consumer.watermark.apply(records)
    read = (await system.manager.get(f"/deals/{deal['deal_id']}")).json()
    assert read["version"] == 4
    assert sorted(stage for kind, stage, _ in await answers(system) if kind == "deal.stage-changed.v1") == [
        "deciding", "first_contact", "offer_sent",
    ]  # fmt: skip


async def test_a_deal_that_leads_and_automation_speak_of_at_once_is_opened_and_moved(system: System) -> None:
    """The deal is not stored yet when the request is looked at: then the records are taken one by one."""
    lead = uuid4()
    qualified = LeadQualified(lead_id=lead, customer_id=system.leads.customer(), temperature="hot")
    event = requested(str(deal_of_lead(lead)), "deciding")
    records = [*system.log.append(lead, qualified), *system.log.append(event.request_id, event)]
    outcome = await system.parts.consumer.watermark.apply(records)
    (deal,) = (await system.manager.get("/deals")).json()["deals"]
    assert (outcome.quarantined, deal["stage"]) == (0, "deciding")
