"""What analytics says of a customer's share of the revenue stands on the card, in its history and in lists."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

from events.contracts.analytics import CustomerSegmentChanged, SegmentReason, SegmentRules
from events.contracts.deals import Money
from events.contracts.leads import CustomerErased
from events.store import deterministic_id
from events.testing import AT, received
from leads.card.erasure import forget
from leads.heard.listening import apply
from leads_system import Running

Run = Any
RULES = SegmentRules(gold_percent=Decimal(60), silver_percent=Decimal(90), window_days=365, currency="RUB")


def changed(customer_id: str, version: int, previous: str, segment: str):
    event = CustomerSegmentChanged(
        customer_id=UUID(customer_id),
        segment=segment,
        previous_segment=previous,
        reason=SegmentReason(code="rose_over_cut", cut_percent=Decimal(60), share_percent=Decimal("4.20")),
        revenue=Money(amount=Decimal("1500"), currency="RUB"),
        rules=RULES,
        as_of=AT,
    )
    stream = deterministic_id("customer-segment", UUID(customer_id))
    return received(event, stream, version, version=version)


async def hear(leads: Running, *records) -> None:
    async with leads.pool.acquire() as connection, connection.transaction():
        await apply(connection, records)


async def card_of(leads: Running, number: int) -> str:
    body = {"name": "Анна", "phones": [f"+7912345678{number}"]}
    answer = await leads.call("POST", "/leads", json=body, headers={"idempotency-key": f"segment-{number}"})
    return answer.json()["customer_id"]


async def segment_of(leads: Running, customer_id: str) -> str | None:
    return (await leads.call("GET", f"/customers/{customer_id}")).json()["segment"]


async def test_the_card_shows_the_last_word_in_whatever_order_it_is_heard(run: Run) -> None:
    async with run() as leads:
        for number, order in enumerate(permutations((1, 2, 3))):
            anna = await card_of(leads, number)
            words = [("casual", "bronze"), ("bronze", "gold"), ("gold", "silver")]
            for version in order:
                await hear(leads, changed(anna, version, *words[version - 1]))
            assert await segment_of(leads, anna) == "silver"
        told = (await leads.call("GET", f"/customers/{anna}/history", params={"kind": "details"})).json()["entries"]
        assert [(entry["title"]["en"], entry["service"]) for entry in told] == [("Segment changed", "analytics")] * 3
        assert {"what": "segment", "from": "bronze", "to": "gold"} in told[1]["changes"]

        criteria = {"field": "segment", "op": "eq", "value": "silver"}
        listed = await leads.call("POST", "/lists/preview", json={"criteria": criteria})
        assert listed.status_code == 200, listed.text
        assert listed.json()["count"] == 6


async def test_who_was_erased_has_no_segment_any_more(run: Run) -> None:
    async with run() as leads:
        anna = await card_of(leads, 1)
        await hear(leads, changed(anna, 1, "casual", "gold"))
        async with leads.pool.acquire() as connection, connection.transaction():
            await connection.execute("DELETE FROM keyring WHERE customer_id = $1", UUID(anna))
            await forget(connection, [received(CustomerErased(customer_id=UUID(anna)), UUID(anna), 9)])
        await hear(leads, changed(anna, 2, "gold", "silver"))
        assert await leads.pool.fetchval("SELECT segment FROM customers WHERE id = $1", UUID(anna)) is None
