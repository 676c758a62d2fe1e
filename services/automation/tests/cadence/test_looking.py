"""The cadence on a database: contacts and segments come in any order, and each contact is told due once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from automation.cadence.keeping import keep
from automation.cadence.looking import CadenceLooking
from automation.cadence.pace import DEFAULT
from automation.rules.rule import Rules
from automation_world import Story, World, key_of, world
from events.contracts.analytics import CustomerSegmentChanged
from events.contracts.automation import CadenceExcepted, CadenceExceptionLifted, CadenceRule, CadenceSetUp
from events.contracts.deals import DealLost, DealOpened, Money
from events.contracts.leads import CustomerErased, CustomerRegistered
from events.contracts.leads.interactions import InteractionConcluded
from events.event import Event, decode
from events.store import deterministic_id
from events.testing import Log, received

IVAN, DEAL = Story.customer("ivan"), deterministic_id("deal", "ivan")


class Firm:
    def __init__(self, automation: World) -> None:
        self.automation, self.pool, self.log = automation, automation.pool, Log()

    async def happens(self, stream: UUID, event: Event, days_ago: float = 0) -> None:
        at = datetime.now(UTC) - timedelta(days=days_ago)
        (r,) = self.log.append(stream, event)
        told = received(
            event, stream, r.position, version=r.recorded().version, shard=r.shard, occurred_at=at, recorded_at=at
        )
        await self.automation.deliver([told])

    async def due(self) -> Sequence[dict[str, Any]]:
        while await CadenceLooking(self.automation.store).look():
            pass
        return [orjson.loads(row["data"]) for row in await self.automation.appended("contact.due.v1")]


@pytest.fixture
async def firm(new_database: Any) -> Any:
    async with world(await new_database("automation"), Rules(()), others=(keep,)) as automation:
        await automation.pool.execute(
            "INSERT INTO cadence_rules (version, content) VALUES (0, $1)", DEFAULT.to_json().decode()
        )
        yield Firm(automation)


async def test_nobody_is_due_until_paces_are_set_up(firm: Firm) -> None:
    await firm.pool.execute("DELETE FROM cadence_rules")
    await firm.happens(IVAN, CustomerRegistered(customer_id=IVAN), days_ago=60)
    assert await firm.due() == []


def talked() -> InteractionConcluded:
    return InteractionConcluded(interaction_id=uuid4(), kind="call", held=True, result="done", customer_id=IVAN)


def segment(name: str) -> CustomerSegmentChanged:
    golden = (
        b'{"reason": {"code": "rose_over_cut", "share_percent": "9"}, "revenue": {"amount": "1", "currency": "RUB"},'
    )
    golden += b'"rules": {"gold_percent": "70", "silver_percent": "20", "window_days": 365, "currency": "RUB"},'
    golden += f'"customer_id": "{IVAN}", "segment": "{name}", "previous_segment": "casual",'.encode()
    event = decode("customer.segment-changed.v1", golden + b'"as_of": "2026-03-02T09:30:00Z"}')
    assert isinstance(event, CustomerSegmentChanged)
    return event


async def test_a_customer_is_due_once_after_each_contact(firm: Firm) -> None:
    await firm.happens(IVAN, CustomerRegistered(customer_id=IVAN), days_ago=60)
    assert len(await firm.due()) == 1
    assert len(await firm.due()) == 1
    await firm.happens(uuid4(), talked(), days_ago=30)
    assert len(await firm.due()) == 2
    await firm.happens(uuid4(), talked(), days_ago=2)
    assert len(await firm.due()) == 2


async def test_a_customer_with_an_open_deal_is_due_when_it_is_closed(firm: Firm) -> None:
    await firm.happens(IVAN, CustomerRegistered(customer_id=IVAN), days_ago=60)
    value = Money(amount="1", currency="RUB")
    await firm.happens(
        DEAL,
        DealOpened(
            deal_id=DEAL, customer_id=IVAN, number="1", pipeline="p", pipeline_version=1, stage="new", value=value
        ),
    )
    assert await firm.due() == []
    lost = DealLost(
        deal_id=DEAL, customer_id=IVAN, from_stage="new", stage="lost", reason="x", comment=key_of(IVAN).seal("dear")
    )
    await firm.happens(DEAL, lost)
    await firm.pool.execute("UPDATE contact_cadence SET looks_at = now()")
    assert len(await firm.due()) == 1


async def test_the_segment_and_an_exception_change_the_pace(firm: Firm) -> None:
    await firm.happens(IVAN, CustomerRegistered(customer_id=IVAN), days_ago=15)
    assert await firm.due() == []
    await firm.happens(deterministic_id("exception"), CadenceExcepted(customer_id=IVAN, paused=True))
    await firm.happens(deterministic_id("segment"), segment("gold"))
    assert await firm.due() == []
    await firm.happens(deterministic_id("exception"), CadenceExceptionLifted(customer_id=IVAN))
    assert [event["segment"] for event in await firm.due()] == ["gold"]


async def test_new_paces_hold_for_everybody_at_once(firm: Firm) -> None:
    await firm.happens(IVAN, CustomerRegistered(customer_id=IVAN), days_ago=5)
    assert await firm.due() == []
    rules = (CadenceRule(segment="casual", days=3, latest_days=4),)
    await firm.happens(deterministic_id("cadence"), CadenceSetUp(rules=rules))
    assert len(await firm.due()) == 1


async def test_contacts_and_segments_come_to_the_same_in_any_order(firm: Firm) -> None:
    rows = set()
    for order in permutations(range(3)):
        customer = uuid4()
        events = [
            (customer, CustomerRegistered(customer_id=customer), 60),
            (uuid4(), talked().model_copy(update={"customer_id": customer}), 20),
            (uuid4(), segment("silver").model_copy(update={"customer_id": customer}), 1),
        ]
        for n in order:
            await firm.happens(*events[n])
        row = await firm.pool.fetchrow("SELECT * FROM contact_cadence WHERE customer_id = $1", customer)
        rows.add((row["segment"], (datetime.now(UTC) - row["last_contact_at"]).days))
    assert rows == {("silver", 20)}


async def test_several_that_look_at_once_tell_each_contact_once_and_nothing_is_kept_of_the_erased(firm: Firm) -> None:
    for _ in range(20):
        customer = uuid4()
        await firm.happens(customer, CustomerRegistered(customer_id=customer), days_ago=60)
    await asyncio.gather(*(CadenceLooking(firm.automation.store).look() for _ in range(3)))
    assert len(await firm.due()) == 20
    await firm.happens(customer, CustomerErased(customer_id=customer))
    assert await firm.pool.fetchval("SELECT count(*) FROM contact_cadence WHERE customer_id = $1", customer) == 0
