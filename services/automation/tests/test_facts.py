"""What is known of a customer, a deal and a lead at a moment, and what happened before."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import events
import pytest
from automation import facts
from automation.facts.asking import made
from automation.facts.shape import SHAPES, tables
from automation.facts.told import TELLING, told
from automation.rules.conditions import Facts, holds
from automation.rules.where_check import check_where
from automation_world import Story, World
from events.contracts import deals, leads
from events.contracts.deals import Money
from events.event import REGISTRY, decode
from events.store import deterministic_id
from events.testing import AT, Log

CUSTOMER, LEAD, DEAL = (deterministic_id(name) for name in ("customer", "lead", "deal"))
JOINING = "into"
"""What makes cards one: it decides whose facts are asked."""
ROOT = Path(__file__).parents[3]
MANY = {"tags", "fields", "details", "contacts", "consents", "leads", "deals", "invoices"}


def hour(n: int) -> datetime:
    return AT + timedelta(hours=n)


class Past:
    """Events an hour apart, of one customer with a lead and a deal."""

    def __init__(self) -> None:
        self.log = Log()
        self.hours = 0

    def say(self, stream_id: Any, event: Any) -> None:
        self.log.append(stream_id, event, occurred_at=hour(self.hours))
        self.hours += 1


def life() -> Past:
    past = Past()
    customer, deal = {"customer_id": CUSTOMER}, {"customer_id": CUSTOMER, "deal_id": DEAL}
    touch = leads.Touch(touch_id=LEAD, channel="site", intake="form", source="main", kind="form")
    past.say(CUSTOMER, leads.CustomerRegistered(**customer, identities=({"kind": "phone", "index": "a" * 32},)))
    past.say(LEAD, leads.LeadCaptured(lead_id=LEAD, **customer, touch=touch))
    past.say(CUSTOMER, leads.CustomerTagged(**customer, tags=("vip", "new")))
    opened = {"number": "D-1", "pipeline": "default", "pipeline_version": 1, "stage": "offer", "lead_id": LEAD}
    past.say(DEAL, deals.DealOpened(**deal, **opened, value=Money(amount="150000.50", currency="RUB")))
    past.say(CUSTOMER, leads.CustomerUntagged(**customer, tags=("new",)))
    past.say(DEAL, deals.DealTagged(**deal, tags=("urgent",)))
    past.say(DEAL, deals.DealStageChanged(**deal, from_stage="offer", to_stage="contract", to_kind="open"))
    won = {"from_stage": "contract", "stage": "won", "value": Money(amount="1", currency="RUB")}
    past.say(DEAL, deals.DealWon(**deal, **won))
    return past


def firing(past: Past, number: int, rule: str = "some") -> Any:
    """The firing by the numbered event of a life."""
    recorded = past.log.records[number].recorded()
    return SimpleNamespace(
        recorded=recorded,
        cause=SimpleNamespace(rule=rule),
        subject=lambda name: getattr(recorded.event, name, None),
    )


async def asked(automation: World, past: Past, *numbers: int, at: datetime | None = None) -> list[dict[str, Any]]:
    async with automation.pool.acquire() as connection:
        return await facts.variables(connection, [firing(past, number) for number in numbers], at)


async def test_a_customer_and_a_deal_are_known_as_they_were_when_the_event_was_recorded(automation) -> None:
    past = life()
    await automation.deliver(past.log.records)

    opened, moved = await asked(automation, past, 3, 6)

    assert (opened["customer"]["tags"], moved["customer"]["tags"]) == (["new", "vip"], ["vip"])
    assert (opened["deal"]["stage"], moved["deal"]["stage"]) == ("offer", "contract")
    assert (opened["deal"]["tags"], moved["deal"]["tags"]) == ([], ["urgent"])
    assert moved["deal"]["value"] == {"amount": 150000.5, "currency": "RUB"}
    assert moved["deal"]["stage_since"] == hour(6)
    assert opened["customer"]["contacts"] == ["phone"]
    assert [one["customer"]["open_deals"] for one in (opened, moved)] == [1, 1]
    assert opened["lead"]["channel"] == "site"


async def test_what_is_asked_of_another_moment_is_known_as_of_that(automation) -> None:
    past = life()
    await automation.deliver(past.log.records)

    (known,) = await asked(automation, past, 3, at=hour(100))

    assert (known["deal"]["state"], known["customer"]["open_deals"], known["customer"]["won_deals"]) == ("won", 0, 1)
    assert known["earlier"]["deal.opened.v1"]["count"] == 1


async def test_what_happened_before_is_counted_without_the_event_itself(automation) -> None:
    past = life()
    await automation.deliver(past.log.records)

    (known,) = await asked(automation, past, 4)

    assert known["earlier"]["customer.tagged.v1"] == {"count": 1, "last": hour(2)}
    assert known["earlier"]["customer.untagged.v1"] == {"count": 0, "last": None}


async def test_the_effects_of_the_same_rule_are_told_apart(automation) -> None:
    story = Story()
    story.captured("ivan")
    await automation.deliver(story.records)
    await automation.settle()
    (own,) = await automation.pool.fetch("SELECT * FROM happenings WHERE rule = 'contact-new-lead'")

    past = Past()
    past.log.append(story.customer("ivan"), leads.CustomerTagged(customer_id=story.customer("ivan"), tags=("x",)))
    async with automation.pool.acquire() as connection:
        known = await facts.variables(
            connection,
            [firing(past, 0, "contact-new-lead"), firing(past, 0)],
            own["recorded_at"] + timedelta(seconds=1),
        )

    assert [one["earlier"]["own"]["count"] for one in known] == [1, 0]
    assert [one["earlier"]["task.created.v1"]["count"] for one in known] == [1, 1]


async def test_the_order_of_deliveries_and_repeats_change_nothing(automation) -> None:
    past = life()
    shards = past.log.by_shard()
    for shard in reversed(shards):
        await automation.deliver(shard)
        await automation.deliver(shard)
    backwards = await asked(automation, past, 6)
    await automation.pool.execute("TRUNCATE facts, happenings, watermarks")
    await automation.watermark.prepare()

    await automation.deliver(past.log.records)

    assert await asked(automation, past, 6) == backwards


async def test_nothing_is_kept_of_a_customer_who_was_erased(automation) -> None:
    past = life()
    await automation.deliver(past.log.records)
    late = past.log.append(CUSTOMER, leads.CustomerErased(customer_id=CUSTOMER))
    await automation.deliver(late)
    past.say(
        LEAD, leads.LeadAssigned(lead_id=LEAD, customer_id=CUSTOMER, manager_id="anna", strategy="x", explanation="x")
    )
    await automation.deliver(past.log.records)

    (known,) = await asked(automation, past, 6)

    assert await automation.pool.fetchval("SELECT count(*) FROM facts WHERE subject = 'customer'") == 0
    assert await automation.pool.fetchval("SELECT count(*) FROM happenings") == 0
    assert known["customer"]["tags"] == []


@pytest.mark.parametrize("type_", sorted(TELLING & REGISTRY.keys()))
def test_all_that_an_event_says_can_be_asked(type_: str) -> None:
    golden = decode(type_, (Path(events.__file__).parent / "golden" / f"{type_}.json").read_bytes())
    (received,) = Log().append(CUSTOMER, golden)

    said = told(received.recorded())

    for one in said:
        name = one.name.partition(".")[0]
        assert name in (MANY if "." in one.name else {JOINING, *SHAPES[one.subject].model_fields})
        assert not (isinstance(one.value, str) and one.value.startswith("s1."))


def test_a_withdrawal_of_all_channels_is_one_of_each() -> None:
    agreed = {"consents.marketing/email": True, "consents.service": True}
    assert made("customer", agreed | {"consents.marketing": False})["consents"] == {
        "marketing/email": False, "service": True, "marketing": False,
    }  # fmt: skip
    assert made("customer", {"consents.marketing": False} | agreed)["consents"]["marketing/email"] is True


@pytest.mark.parametrize(
    ("condition", "type_", "said"),
    [
        ("customer.segmnt == 'gold'", "deal.opened.v1", "character 1: the customer has no field segmnt"),
        ("true && deal.stage == 'x'", "lead.captured.v1", "character 9: lead.captured.v1 has no deal_id"),
        ("earlier['mesage.sent.v1'].count > 0", "lead.captured.v1", "is message.sent.v1 meant?"),
        ("earlier['message.sent.v1'] == 1", "lead.captured.v1", "ask .count or .last"),
        ("earlier.others.count == 1", "lead.captured.v1", "ask earlier['type of event'] or earlier.own"),
        ("customer.is_blacklisted == 'no'", "lead.captured.v1", "can never be 'no'"),
        ("customr.segment == 'gold'", "lead.captured.v1", "there is no variable customr"),
        ("deal.value.amount", "deal.opened.v1", "must come to true or false"),
        ("customer.tags", "manager.absent.v1", "has no customer_id"),
    ],
)
def test_a_fault_of_where_is_told_with_its_place(condition: str, type_: str, said: str) -> None:
    (fault,) = check_where(condition, REGISTRY[type_])
    assert said in fault


@pytest.mark.parametrize(
    "condition",
    [
        "customer.segment in ['gold', 'silver'] && customer.open_deals == 0",
        "'vip' in customer.tags && deal.value.amount > 100000",
        "customer.fields.size == 'm' || customer.consents['marketing/email']",
        "earlier['message.sent.v1'].last == null || recorded_at - earlier['message.sent.v1'].last > duration('168h')",
        "earlier.own.count == 0 && event.number != ''",
        "deal.stage_since < recorded_at && customer.since != null",
    ],
)
def test_a_sound_where_has_no_faults(condition: str) -> None:
    assert list(check_where(condition, REGISTRY["deal.opened.v1"])) == []


def test_a_where_that_asks_what_nobody_said_does_not_hold() -> None:
    (received,) = Log().append(DEAL, leads.CustomerTagged(customer_id=CUSTOMER, tags=("x",)))
    known = Facts.of(received.recorded(), {"customer": None, "deal": None, "lead": None, "earlier": {}})
    assert not holds("customer.segment == 'gold'", known)


def test_the_page_lists_every_variable() -> None:
    assert tables() in (ROOT / "docs" / "conditions.md").read_text()
