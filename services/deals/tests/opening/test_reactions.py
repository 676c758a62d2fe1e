"""What deals does when leads says something, in the consumer's own transaction on a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from deals_system import CLOCK, System
from events import metrics
from events.contracts.leads import LeadAssigned, LeadCaptured, LeadQualified, LeadReturned, Touch
from events.testing import received


def qualified(lead_id: UUID, customer_id: UUID, **more: Any) -> LeadQualified:
    return LeadQualified(lead_id=lead_id, customer_id=customer_id, temperature="warm", **more)


def assigned(lead_id: UUID, customer_id: UUID, manager_id: str) -> LeadAssigned:
    return LeadAssigned(
        lead_id=lead_id, customer_id=customer_id, manager_id=manager_id, strategy="by_hand", explanation="by hand"
    )


async def deals(system: System) -> list[dict[str, Any]]:
    return list((await system.manager.get("/deals")).json()["deals"])


async def test_a_qualified_lead_opens_a_deal_at_the_time_it_was_qualified(system: System) -> None:
    lead, customer = uuid4(), uuid4()
    event = qualified(lead, customer, manager_id="anna", direction="east")
    record = received(event, lead, 1, occurred_at=CLOCK, recorded_at=CLOCK + timedelta(days=1))
    await system.parts.consumer.watermark.apply([record])
    (deal,) = await deals(system)
    assert (deal["lead_id"], deal["customer_id"]) == (str(lead), str(customer))
    assert (deal["manager_id"], deal["direction"], deal["stage"]) == ("anna", "east", "unsorted")
    assert deal["value"] == {"amount": "0.00", "currency": "RUB"}
    assert datetime.fromisoformat(deal["opened_at"]) == CLOCK
    cause = record.recorded()
    opened = await system.pool.fetchrow("SELECT * FROM events WHERE type LIKE 'deal.%'")
    assert (opened["causation_id"], opened["correlation_id"]) == (cause.id, cause.correlation_id)
    assert (opened["actor"], opened["occurred_at"]) == ("service:deals", CLOCK)


async def test_redelivery_adds_nothing(system: System) -> None:
    lead, customer = await system.qualified()
    await system.parts.consumer.watermark.apply(system.log.records)
    await system.hears(lead, qualified(lead, customer))
    await system.pool.execute("UPDATE watermarks SET position = 0")
    await system.parts.consumer.watermark.apply(system.log.records)
    assert len(await deals(system)) == 1
    assert await system.pool.fetchval("SELECT count(*) FROM events WHERE type LIKE 'deal.%'") == 1


async def test_a_hundred_leads_in_one_batch_open_a_hundred_deals(system: System) -> None:
    records = []
    for n in range(100):
        lead = uuid4()
        records += system.log.append(lead, assigned(lead, uuid4(), f"m{n % 3}"), qualified(lead, uuid4()))
    await system.parts.consumer.watermark.apply(records)
    rows = await system.pool.fetch("SELECT number, manager_id FROM deals")
    assert len({row["number"] for row in rows}) == 100
    assert {row["manager_id"] for row in rows} == {"m0", "m1", "m2"}


async def test_the_manager_is_learnt_from_the_assignment(system: System) -> None:
    lead, customer = uuid4(), uuid4()
    await system.hears(lead, assigned(lead, customer, "anna"), assigned(lead, customer, "boris"))
    await system.hears(lead, qualified(lead, customer))
    (deal,) = await deals(system)
    assert deal["manager_id"] == "boris"


async def test_the_deal_of_a_returned_lead_has_no_manager(system: System) -> None:
    lead, customer = uuid4(), uuid4()
    returned = LeadReturned(lead_id=lead, customer_id=customer, previous_manager_id="anna", reason="no-time")
    await system.hears(lead, assigned(lead, customer, "anna"), returned, qualified(lead, customer))
    (deal,) = await deals(system)
    assert deal["manager_id"] is None


async def test_a_lead_that_is_only_assigned_opens_nothing(system: System) -> None:
    lead = uuid4()
    await system.hears(lead, assigned(lead, uuid4(), "anna"))
    assert await deals(system) == []


@pytest.mark.parametrize("size", [1, 2, 3, 4])
async def test_however_a_leads_history_is_cut_into_batches_the_same_is_known_and_opened(
    system: System, size: int
) -> None:
    lead, customer = uuid4(), uuid4()
    records = [
        record
        for hour, event in enumerate(
            (
                assigned(lead, customer, "anna"),
                LeadQualified(lead_id=lead, customer_id=customer, temperature="warm", direction="east"),
                assigned(lead, customer, "boris"),
                LeadQualified(lead_id=lead, customer_id=customer, temperature="hot"),
            )
        )
        for record in system.log.append(lead, event, occurred_at=CLOCK + timedelta(hours=hour))
    ]
    for start in range(0, len(records), size):
        await system.parts.consumer.watermark.apply(records[start : start + size])
    (deal,) = await deals(system)
    assert (deal["manager_id"], deal["direction"]) == ("anna", "east")
    assert datetime.fromisoformat(deal["opened_at"]) == CLOCK + timedelta(hours=1)
    assert (
        await system.pool.fetchval("SELECT causation_id FROM events WHERE type LIKE 'deal.%'")
        == records[1].recorded().id
    )
    known = await system.pool.fetchrow("SELECT manager_id, direction, temperature, qualified_at FROM leads")
    assert tuple(known) == ("boris", "east", "hot", CLOCK + timedelta(hours=1))


async def test_events_that_nobody_here_knows_are_counted_and_passed_by(system: System) -> None:
    (record,) = system.log.append(uuid4(), assigned(uuid4(), uuid4(), "anna"))
    record.type = "lead.teleported.v1"
    counter = metrics.UNKNOWN_EVENTS.labels("lead.teleported.v1")
    before = counter._value.get()
    await system.parts.consumer.watermark.apply([record])
    assert counter._value.get() == before + 1


async def test_a_deal_a_person_opened_first_stays_the_only_one(system: System) -> None:
    lead, customer = uuid4(), uuid4()
    opened = await system.opened(lead_id=str(lead), customer_id=str(customer), stage="negotiation")
    await system.hears(lead, qualified(lead, customer))
    (deal,) = await deals(system)
    assert (deal["deal_id"], deal["stage"]) == (opened["deal_id"], "negotiation")


async def test_an_event_that_breaks_its_contract_goes_to_quarantine_and_the_rest_goes_on(system: System) -> None:
    lead, other = uuid4(), uuid4()
    broken = system.log.append(lead, qualified(lead, uuid4()))
    object.__setattr__(broken[0], "body", b'{"lead_id": "no"}')
    good = system.log.append(other, qualified(other, uuid4()))
    outcome = await system.parts.consumer.watermark.apply([*broken, *good])
    assert (outcome.quarantined, len(await deals(system))) == (1, 1)


async def test_nothing_is_opened_for_an_erased_customer(system: System) -> None:
    customer = system.leads.customer()
    await system.erased(customer)
    lead = uuid4()
    await system.hears(lead, qualified(lead, customer))
    assert await deals(system) == []


async def test_what_was_known_of_an_erased_customers_leads_is_forgotten(system: System) -> None:
    lead, customer = await system.qualified()
    await system.erased(customer)
    assert await system.pool.fetchval("SELECT count(*) FROM leads WHERE lead_id = $1", lead) == 0
    (deal,) = await deals(system)
    assert deal["lead_id"] == str(lead)


async def test_events_of_no_concern_are_passed_by(system: System) -> None:
    lead, customer = uuid4(), uuid4()
    touch = Touch(touch_id=uuid4(), channel="site", intake="tilda", source="main", kind="form")
    await system.hears(lead, LeadCaptured(lead_id=lead, customer_id=customer, touch=touch))
    assert await deals(system) == []
    positions = await system.parts.consumer.watermark.positions()
    assert max(position for position, _ in positions.values()) == 1


class TestByHand:
    """With ``VORONKA_OPEN_DEAL_ON_QUALIFIED=false``."""

    @pytest.fixture
    def open_on_qualified(self) -> bool:
        return False

    async def test_a_deal_is_opened_by_a_person_with_what_is_known_of_the_lead(self, system: System) -> None:
        lead, customer = await system.qualified(direction="east")
        assert await deals(system) == []
        answer = await system.manager.post("/deals", {"lead_id": str(lead), "stage": "first_contact"})
        deal = answer.json()
        assert (answer.status_code, deal["customer_id"], deal["manager_id"]) == (201, str(customer), "anna")
        assert (deal["direction"], deal["stage"]) == ("east", "first_contact")
        assert datetime.fromisoformat(deal["opened_at"]) > datetime(2026, 3, 3, tzinfo=UTC)

    async def test_a_lead_of_another_direction_is_not_there(self, system: System) -> None:
        lead, _ = await system.qualified(direction="west")
        assert (await system.callers["east"].post("/deals", {"lead_id": str(lead)})).status_code == 404


async def test_of_an_erased_customer_nothing_is_kept_even_if_the_erasure_is_heard_first(system: System) -> None:
    lead, customer = uuid4(), uuid4()
    await system.erased(customer)
    await system.hears(lead, assigned(lead, customer, "anna"), qualified(lead, customer))
    assert await system.pool.fetchval("SELECT count(*) FROM leads") == 0
