"""A customer rises to gold: rules may act on what analytics says, and ask it of whoever a later event is about."""

from __future__ import annotations

from decimal import Decimal

from automation.rules.rule import Rule, Rules
from automation_world import Story, world
from events.contracts.analytics import CustomerSegmentChanged, SegmentReason, SegmentRules
from events.contracts.deals import Money
from events.store import deterministic_id
from events.testing import AT, Log

GOLD = Rule.model_validate(
    {
        "id": "thank-gold",
        "version": 1,
        "title": {"ru": "Новый золотой клиент", "en": "A customer has become gold"},
        "trigger": "customer.segment-changed.v1",
        "when": "event.segment == 'gold' && event.reason.code != 'introduced'",
        "actions": [
            {"do": "create_task", "id": "task", "kind": "call", "title": {"ru": "Поблагодарить", "en": "Thank"}}
        ],
    }
)


def changed(log: Log, name: str, segment: str, code: str = "rose_over_cut"):
    customer = Story.customer(name)
    event = CustomerSegmentChanged(
        customer_id=customer,
        segment=segment,
        previous_segment="silver",
        reason=SegmentReason(code=code, cut_percent=Decimal(60), share_percent=Decimal("4.20")),
        revenue=Money(amount=Decimal("1500"), currency="RUB"),
        rules=SegmentRules(gold_percent=Decimal(60), silver_percent=Decimal(90), window_days=365, currency="RUB"),
        as_of=AT,
    )
    return log.append(deterministic_id("customer-segment", customer), event)


async def test_a_rule_acts_once_on_who_rises_and_not_on_who_was_there_when_segments_began(new_database) -> None:
    async with world(await new_database("automation"), Rules((GOLD,))) as automation:
        log = Log()
        rise = changed(log, "anna", "gold")
        await automation.deliver([*rise, *changed(log, "boris", "bronze"), *changed(log, "vera", "gold", "introduced")])
        await automation.deliver(rise)
        await automation.settle()
        tasks = await automation.tasks()
    assert [(task["kind"], task["customer_id"]) for task in tasks] == [("call", Story.customer("anna"))]
