"""Whoever a condition holds for is among those who are picked out for it; and most others are not."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation import facts
from automation.facts.preselecting import Happened, Said, preselection
from automation.mailings import sending
from automation.rules.conditions import Facts, holds
from automation.rules.rule import Rule
from automation.timing import runs
from automation.timing.runs import as_if
from automation_world import Story, World
from events.contracts.automation import MailingPrepared, ScheduleReached
from events.contracts.leads import CustomerTagged
from events.store import deterministic_id
from events.testing import AT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXACT = (
    "customer.segment == 'gold'",
    "'casual' == customer.segment",
    "customer.segment in ['silver', 'casual']",
    "customer.responsible == null",
    "customer.responsible == 'anna'",
    "customer.is_blacklisted",
    "!customer.is_blacklisted",
    "customer.is_blacklisted == false",
    "'vip' in customer.tags",
    "!('vip' in customer.tags)",
    "customer.fields.size == 'm'",
    "customer.fields['size'] == 'l'",
    "earlier['deal.won.v1'].count > 0",
    "earlier['deal.won.v1'].count == 0",
)
"""Parts that the tables can answer alone, of cards that were never merged."""
PARTS = (
    *EXACT,
    "customer.won_deals > 0",
    "customer.open_deals >= 1",
    "customer.open_deals == 0",
    "size(customer.tags) > 0",
    "customer.segment != 'gold'",
)
SAYS: dict[str, tuple[Any, ...]] = {
    "segment": ("gold", "silver", "casual", None),
    "responsible": ("anna", "boris", None),
    "is_blacklisted": (True, False),
    "tags.vip": (True, None),
    "fields.size": ("m", "l", None),
}
EACH_WEEK = {
    "id": "weekly",
    "version": 1,
    "title": {"ru": "Н", "en": "W"},
    "trigger": "schedule.reached.v1",
    "schedule": {"cron": "0 9 * * 1", "each": "customer"},
    "where": "'vip' in customer.tags",
    "actions": [{"do": "create_task", "id": "task", "kind": "call", "title": {"ru": "З", "en": "C"}}],
}
NOW = AT + timedelta(days=1)
CONDITIONS = st.recursive(
    st.sampled_from(PARTS),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(("&&", "&&", "||")), inner),
    max_leaves=5,
)


@pytest.fixture
async def cards(automation: World) -> dict[UUID, Facts]:
    """Sixty cards of whom everything imaginable was said, some of them merged; and some things only later."""
    chance, facts_, happened, ids = random.Random(7), [], [], []
    for n in range(60):
        card = deterministic_id("card", n)
        ids.append(card)
        for m in range(chance.randrange(9)):
            at, name = AT + timedelta(hours=chance.randrange(48), seconds=m), chance.choice(list(SAYS))
            facts_.append((card, name, deterministic_id(card, m), at, chance.choice(SAYS[name])))
        for m in range(chance.randrange(3)):
            at, deal, state = AT + timedelta(hours=chance.randrange(48)), deterministic_id(card, m), chance.choice("ow")
            type_, told = {"o": ("deal.opened.v1", "open"), "w": ("deal.won.v1", "won")}[state]
            event = deterministic_id(card, "deal", m)
            facts_.append((card, f"deals.{deal}", event, at, told))
            happened.append((event, card, type_, at))
        if n % 6 == 5:
            facts_.append((card, "into", deterministic_id(card, "into"), AT, str(ids[n - 1])))
    await automation.pool.executemany(
        "INSERT INTO facts (subject, subject_id, name, event_id, version, recorded_at, value)"
        " VALUES ('customer', $1, $2, $3, 1, $4, $5)",
        [(*row[:4], orjson.dumps(row[4]).decode()) for row in facts_],
    )
    await automation.pool.executemany(
        "INSERT INTO happenings (event_id, customer_id, type, shard, position, recorded_at)"
        " VALUES ($1, $2, $3, 0, 1, $4)",
        happened,
    )
    await automation.pool.executemany(
        "INSERT INTO merged_cards (customer_id, into_customer_id, version) VALUES ($1, $2, 1)",
        [(ids[n], ids[n - 1]) for n in range(5, 60, 6)],
    )
    firings = [as_if("r", 1, _reached(card), NOW) for card in ids]
    async with automation.pool.acquire() as connection:
        known = await facts.variables(connection, firings)
    return {card: Facts.of(firing.recorded, told) for card, firing, told in zip(ids, firings, known, strict=True)}


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=CONDITIONS)
async def test_nobody_is_left_out_for_whom_the_condition_holds(
    automation: World, cards: dict[UUID, Facts], condition: str
) -> None:
    one_by_one = {card for card, known in cards.items() if holds(condition, known)}
    rows = await automation.pool.fetch(
        "SELECT c.id FROM unnest($1::uuid[]) c(id) WHERE may_be(c.id, $2, $3, $4, $5, $6)",
        *(list(cards), *preselection(condition).of_customer(), NOW),
    )
    picked_out = {row["id"] for row in rows}
    assert one_by_one <= picked_out
    if condition in EXACT:
        merged = {card for n, card in enumerate(cards) if n % 6 >= 4}
        assert picked_out - merged == one_by_one - merged


def _reached(card: UUID) -> ScheduleReached:
    return ScheduleReached(occasion_id=card, rule="r", at=NOW, customer_id=card)


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ("customer.segment == 'gold' && event.x", [Said("customer", "segment", ('"gold"',))]),
        ("deal.state == 'open' && !customer.is_blacklisted",
         [Said("deal", "state", ('"open"',)), Said("customer", "is_blacklisted", ("null", "false"))]),
        ("(customer.won_deals >= 2)", [Happened(("deal.won.v1",))]),
        ("customer.won_deals >= 0", []),
        ("customer.segment == 'gold' || customer.won_deals > 0", []),
        ("customer.segment == 'gold' ? true : false", []),
        ("true // && customer.segment == 'gold'", []),
        ("size(customer.tags.filter(t, t == 'a' && customer.segment == 'gold')) == 0", []),
        ("customer.segment == customer.responsible", []),
        ("earlier.own.count > 0", []),
    ],
)  # fmt: skip
def test_only_what_must_be_so_for_the_condition_to_hold_is_asked(condition: str, asked: list[Any]) -> None:
    found = preselection(condition)
    assert [*found.said, *found.happened] == asked


@pytest.mark.parametrize(("looked_at", "portion"), [(2, 500), (7, 2), (500, 3), (23, 5)])
async def test_windows_and_portions_leave_nobody_out_and_find_nobody_twice(
    automation: World, monkeypatch: pytest.MonkeyPatch, looked_at: int, portion: int
) -> None:
    story, vips = Story(), (0, 3, 4, 5, 17, 22)
    for n in range(23):
        story.registered(f"c{n}", phones=[f"+7916{n:07}"])
    for n in vips:
        story.told(f"c{n}", CustomerTagged(customer_id=story.customer(f"c{n}"), tags=("vip",)))
    await automation.deliver(story.records)
    for module, name in ((sending, "AT_ONCE"), (runs, "PORTION")):
        monkeypatch.setattr(module, name, portion)
        monkeypatch.setattr(module, "LOOKED_AT", looked_at)
    mailing = MailingPrepared(
        mailing_id=UUID(int=1), title="t", template="t", media=("sms",), per_minute=1, where="'vip' in customer.tags"
    )
    rule = Rule.model_validate(EACH_WEEK)
    gathered: list[UUID] = []
    scheduled: list[UUID] = []
    async with automation.pool.acquire() as connection:
        now = await connection.fetchval("SELECT now() + interval '1 day'")
        after: UUID | None = UUID(int=0)
        while after is not None:
            some, after = await sending.next_of(connection, mailing, after, now)
            gathered += some
        behind: UUID | None = None
        while True:
            rows, behind = await runs.next_of(connection, rule, "customer", behind, now)
            scheduled += [row["customer_id"] for row in rows]
            if behind is None:
                break
    wanted = sorted(story.customer(f"c{n}") for n in vips)
    assert gathered == scheduled == wanted
