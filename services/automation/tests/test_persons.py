"""Cards that were merged are one person: rules know and count him once, mailings and sequences write to him once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation import facts
from automation.mailings.sending import add_recipients, each_once, next_of
from automation.rules import caps
from automation.rules.rule import Cap, Rules
from automation.sequences.entering import way_of
from automation.timing import dates
from automation.timing.clock import SQL as CLOCK
from automation_service import Service, serving
from automation_world import Story, World, key_of, world
from events.contracts.automation import MailingPrepared
from events.contracts.leads import CustomerFieldsChanged, CustomerRegistered, CustomerTagged
from events.contracts.leads.card import FieldChange
from events.contracts.leads.identity import CustomerMerged, CustomerSplit
from events.sqlfile import sql
from events.store import deterministic_id
from events.testing import AT

OLGA, OLYA = Story.customer("olga"), Story.customer("olya")
MAILING = deterministic_id("mailing")
SEQUENCE = {
    "title": {"ru": "Прогрев", "en": "Warm-up"},
    "steps": [{"do": "wait", "id": "wait", "timing": {"after": {"days": 2}}}],
}


def hour(n: int) -> datetime:
    return AT + timedelta(hours=n)


class Cards(Story):
    """What is told of two cards, hour by hour."""

    def at(self, n: int, customer: UUID, event: Any) -> None:
        self.log.append(customer, event, occurred_at=hour(n))

    def merge(self, n: int) -> None:
        about = {"customer_id": OLYA, "into_customer_id": OLGA}
        self.at(n, OLYA, CustomerMerged(**about, reason="by_hand", explanation="The same phone."))

    def split(self, n: int) -> None:
        about = {"customer_id": OLYA, "from_customer_id": OLGA}
        self.at(n, OLYA, CustomerSplit(**about, explanation="Two people."))

    def both(self) -> None:
        for n, customer in enumerate((OLGA, OLYA)):
            sealed = key_of(customer).seal(f"{customer}@example.com")
            self.at(n, customer, CustomerRegistered(customer_id=customer, emails=(sealed,)))


@pytest.fixture
async def automation(new_database: Any) -> AsyncIterator[World]:
    async with world(await new_database("automation"), Rules(()), others=(dates.keep,)) as made:
        yield made


async def told_of(automation: World, customer: UUID, n: int) -> dict[str, Any]:
    firing: Any = SimpleNamespace(
        recorded=SimpleNamespace(recorded_at=hour(n)),
        cause=SimpleNamespace(rule="some"),
        subject=lambda name: customer if name == "customer_id" else None,
    )
    async with automation.pool.acquire() as connection:
        (found,) = await facts.variables(connection, [firing])
    return found


async def test_what_any_card_of_a_person_says_is_known_of_all_from_the_merging_to_the_split(automation) -> None:
    cards = Cards()
    cards.both()
    cards.at(2, OLYA, CustomerTagged(customer_id=OLYA, tags=("vip",)))
    cards.merge(4)
    cards.split(8)
    await automation.deliver(cards.records)
    for asked, tags, registered in ((3, [], 1), (5, ["vip"], 2), (9, [], 1)):
        found = await told_of(automation, OLGA, asked)
        assert found["customer"]["tags"] == tags
        assert found["earlier"]["customer.registered.v1"]["count"] == registered
    assert (await told_of(automation, OLYA, 5))["customer"]["tags"] == ["vip"]


def matched(customer: UUID, n: int) -> Any:
    event_id = deterministic_id("match", customer, n)
    firing = SimpleNamespace(
        cause=SimpleNamespace(rule="rule", rule_version=1),
        recorded=SimpleNamespace(id=event_id, recorded_at=hour(n)),
        subject=lambda name: customer if name == "customer_id" else None,
    )
    return SimpleNamespace(firing=firing, cap=Cap(times=1, days=1))


async def test_a_cap_counts_a_person_once_and_in_whatever_order_matches_are_decided(automation) -> None:
    cards = Cards()
    cards.both()
    cards.merge(4)
    await automation.deliver(cards.records)
    before, first, second = matched(OLYA, 3), matched(OLGA, 5), matched(OLYA, 6)
    other = matched(Story.customer("ivan"), 6)
    async with automation.pool.acquire() as connection:
        await caps.keep(connection, [second, first, other, before])
        waits = await caps.verdicts(connection, [second], [True])
        assert waits == {}
        found = await caps.verdicts(connection, [second, first, other, before], [True] * 4)
        for _ in range(2):
            found |= await caps.verdicts(connection, [second, first, other, before], [True] * 4)
    told = [found["rule", one.firing.recorded.id] for one in (before, first, second, other)]
    assert told == ["through", "withheld", "withheld", "through"]


async def test_a_mailing_writes_to_a_person_once_also_one_who_is_merged_while_it_is_sent(automation) -> None:
    cards = Cards()
    cards.both()
    await automation.deliver(cards.records)
    async with automation.pool.acquire() as connection:
        assert await add_recipients(connection, MAILING, [OLGA, OLYA]) == 2
        cards.merge(4)
        await automation.deliver(cards.records[-1:])
        await each_once(connection, MAILING, UUID(int=0))
        rows = await connection.fetch("SELECT customer_id FROM mailing_recipients")
        assert [row["customer_id"] for row in rows] == [OLGA]
        assert await add_recipients(connection, MAILING, [OLYA]) == 0
        everybody = MailingPrepared(mailing_id=MAILING, title="t", template="t", media=("sms",), per_minute=1)
        now = await connection.fetchval("SELECT now()")
        assert await next_of(connection, everybody, UUID(int=0), now) == ([OLGA], None)


async def test_a_person_is_written_to_by_the_card_that_has_an_address(automation) -> None:
    cards = Cards()
    cards.at(0, OLGA, CustomerRegistered(customer_id=OLGA))
    sealed = key_of(OLYA).seal("olya@example.com")
    cards.at(1, OLYA, CustomerRegistered(customer_id=OLYA, emails=(sealed,)))
    cards.merge(4)
    await automation.deliver(cards.records)
    assert await automation.pool.fetchval("SELECT written_to($1)", OLGA) == OLYA
    assert await automation.pool.fetchval("SELECT person_of($1)", OLYA) == OLGA


async def test_a_date_of_a_person_that_stands_on_two_cards_is_told_once(automation) -> None:
    cards = Cards()
    cards.both()
    for customer in (OLGA, OLYA):
        changes = (FieldChange(field="visit", value="2026-03-05"),)
        cards.at(2, customer, CustomerFieldsChanged(customer_id=customer, changes=changes))
    cards.merge(4)
    await automation.deliver(cards.records)
    reached = ["rule", "customer.fields.visit", [date(2026, 3, 5)], [None], 10, AT]
    async with automation.pool.acquire() as connection:
        assert len(await connection.fetch(sql("dates_reached", CLOCK), *reached)) == 1


@pytest.fixture
async def service(new_database: Any) -> AsyncIterator[tuple[Service, World]]:
    dsn = await new_database("automation")
    async with serving(dsn) as made, world(dsn, Rules(())) as automation:
        yield made, automation


async def test_a_person_enters_a_sequence_once_and_leaves_it_by_any_card(service) -> None:
    made, automation = service
    await made.call("PUT", "/sequences/warm-up", SEQUENCE)
    await made.call("PUT", "/sequences/warm-up/state", {"state": "open"})
    cards = Cards()
    cards.both()
    cards.merge(4)
    await automation.deliver(cards.records)
    body = {"customer_ids": [str(OLYA), str(OLGA)]}
    entered = await made.call("POST", "/sequences/warm-up/customers", body)
    assert [one["outcome"] for one in entered["customers"]] == ["entered", "refused"]
    await automation.settle()
    (told,) = await automation.appended("sequence.entered.v1")
    assert orjson.loads(told["data"])["customer_id"] == str(OLGA)
    async with automation.pool.acquire() as connection:
        assert await way_of(connection, "warm-up", OLYA) == told["stream_id"]
    left = await made.call("DELETE", f"/sequences/warm-up/customers/{OLYA}")
    assert left["state"] == "left"
