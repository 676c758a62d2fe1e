"""The rollup: what is answered from it is what the facts say, whatever is asked, late or stale."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from analytics.api import reading
from analytics.reports import report
from analytics.reports.attribution import ATTRIBUTION
from analytics.reports.catalogue import BY_NAME, REPORTS
from analytics.reports.period import EARLIEST, LATEST, Period
from analytics.rollup import asked as rollup
from analytics.rollup.asked import changed_days, may_answer
from analytics.rollup.calendars import CALENDARS, HAPPENING, OPENING
from analytics.rollup.filling import Filling
from analytics.rollup.verifying import compared
from events.contracts.deals import PipelineSaved, PipelineStage
from events.contracts.leads import LeadCaptured, Touch
from events.contracts.leads.identity import CustomerMerged
from events.contracts.leads.marketing import MarketingEventPlanned, ParticipantMoved
from events.projection import hashes
from events.testing import Log

from .conftest import LATER, MOSCOW
from .test_attribution import BEGIN, paths_and_payment

KEYS = ("channel", "direction", "manager", "pipeline", "visible")
ROLLED = [report for report in REPORTS if report.rolled]
OPTIONS = {
    "by": ("customers", "managers", "channels"),
    "measure": ("revenue", "profit", "work"),
    "half_life_days": (0.5, 7, 30),
    "best_percent": (5, 20, 60),
}
ALONE = (
    "customer.merged.v1", "lead.touched.v1", "deal.reassigned.v1", "deal.close-expected.v1", "deal.lines-changed.v1",
    "deal.value-changed.v1", "participant.moved.v1", "marketing_event.result-recorded.v1", "payment.refunded.v1",
)  # fmt: skip
"""Changes that nothing else goes with which would make the same days stale."""
PROFIT = {"measure": "profit"}
COUNTED = {
    "payment": "SELECT n.payment_id AS id, o.received_at AS at"
    " FROM {schema}.payments n JOIN {schema}.payments o USING (deal_id) WHERE n.received_at < o.received_at LIMIT 10",
    "card": "SELECT customer_id AS id, took_place_at AS at FROM {schema}.interactions"
    " WHERE took_place_at IS NOT NULL AND customer_id IS NOT NULL LIMIT 10",
    "lead": "SELECT lead_id AS id, due_at AS at FROM {schema}.tasks WHERE lead_id IS NOT NULL LIMIT 10",
    "deal": "SELECT deal_id AS id, planned_at AS at FROM {schema}.interactions"
    " WHERE planned_at IS NOT NULL AND deal_id IS NOT NULL LIMIT 10",
}
"""What is noted, and when else it counts than when it happened itself."""
FIRST, DAYS = datetime(2026, 3, 1, tzinfo=MOSCOW), 120


def some_question(chance: Random, asked, keys):
    """A question that the rollup may be asked by these keys."""
    days = sorted(chance.sample(range(DAYS), 2))
    start, end = (FIRST + timedelta(days=day) for day in days)
    return asked(
        now=chance.choice((FIRST, FIRST + timedelta(days=60), LATER)),
        period=chance.choice((Period(), Period(start, end), Period(start, LATEST), Period(EARLIEST, end))),
        channel=chance.choice((None, None, "web", "telegram")) if "channel" in keys else None,
        manager=chance.choice((None, "m-anna")) if "manager" in keys else None,
        pipeline=chance.choice((None, "default")) if "pipeline" in keys else None,
        direction=chance.choice((None, None, "b2b")) if "direction" in keys else None,
        visible=chance.choice((None, None, ("retail",), ("b2b", "retail"), ())) if "visible" in keys else None,
    )


async def stale_days(sales, question, calendars=CALENDARS) -> list | None:
    """Of all calendars together; None where one of them does not know."""
    days = [await rollup.stale_days(sales.pool, sales.build, calendar, question, KEYS) for calendar in calendars]
    return None if None in days else [day for known in days for day in known]


async def same_from_both(sales, asked, chance=None, reports=ROLLED, options=PROFIT) -> list:
    found = []
    for one in reports:
        question = some_question(chance, asked, one.rolled_by) if chance else asked()
        choices = {name: chance.choice(few) for name, few in OPTIONS.items()} if chance else options
        own = {name: choice for name, choice in choices.items() if name in one.options}
        async with reading(sales.pool) as connection:
            rolled = await one.read(connection, sales.build, question, **own)
        rows = (await replace(one, rolled=None).read(sales.pool, sales.build, question, **own)).rows
        different = [(kept, made) for kept, made in zip(rolled.rows, rows, strict=True) if kept != made]
        assert not different, (one.name, question, own, await stale_days(sales, question, [one.rolled]))
        found += rolled.rows
    return found


async def filled(sales, zone=MOSCOW) -> None:
    filling = Filling(sales.pool, zone, days_at_once=200)
    while await filling.turn(sales.build):
        pass


async def test_an_answer_from_the_rollup_is_the_answer_from_the_facts_whatever_comes_in(
    sales, department, asked
) -> None:
    chance = Random("two")
    records = department("two", 30)
    late = [one for one in records if one.type != "pipeline.saved.v1" and chance.random() < 0.3]
    await sales.apply([record for record in records if record not in late])
    whole = asked()
    assert await stale_days(sales, whole) is None
    await filled(sales)
    assert await stale_days(sales, whole) == []
    told = await same_from_both(sales, asked)

    some_were_stale = False
    for _ in range(3):
        now, late = late[: 1 + len(late) // 3], late[1 + len(late) // 3 :]
        await sales.apply(now)
        stale = await stale_days(sales, whole)
        some_were_stale |= bool(stale)
        for _ in range(3):
            await same_from_both(sales, asked, chance)
        await filled(sales)
        assert await stale_days(sales, whole) == []
        for _ in range(3):
            await same_from_both(sales, asked, chance)
    assert some_were_stale
    assert await same_from_both(sales, asked) != told


async def test_what_the_rollup_does_not_hold_is_not_asked_of_it(asked) -> None:
    assert may_answer(asked(), ())
    assert may_answer(asked(period=Period(FIRST, FIRST + timedelta(days=7)), channel="web", direction="b2b"), KEYS)
    assert not may_answer(asked(direction="b2b"), ["channel"])
    assert not may_answer(asked(visible=("b2b",)), ["channel"])
    assert not may_answer(asked(period=Period(FIRST + timedelta(hours=1), LATEST)), KEYS)
    for narrowed in ("campaign", "department", "segment", "product"):
        assert not may_answer(asked(**{narrowed: "x"}), KEYS)
    for past in ("as_of", "known_at"):
        assert not may_answer(asked(**{past: datetime(2026, 5, 1, tzinfo=UTC)}), KEYS)


async def test_what_comes_in_by_itself_makes_the_days_stale_that_it_changes(sales, department, asked) -> None:
    records, early = department("alone", 40), partial(asked, now=FIRST)
    await sales.apply([record for record in records if record.type not in ALONE])
    await filled(sales)
    before = await same_from_both(sales, early)
    for type_ in ALONE:
        await sales.apply([record for record in records if record.type == type_])
        after = await same_from_both(sales, early)
        assert after != before, type_
        await filled(sales)
        before = after


async def test_what_takes_too_long_of_stale_days_is_joined_by_hashes_and_comes_out_the_same(
    sales, department, asked, monkeypatch
) -> None:
    monkeypatch.setattr(report, "READING_SECONDS", 1e-6)
    records = department("impatient", 12)
    await sales.apply(records[:-10])
    await filled(sales)
    await sales.apply(records[-10:])
    assert await stale_days(sales, asked())
    assert await same_from_both(sales, asked)


async def test_a_late_request_and_a_merge_of_who_paid_make_the_days_stale_on_which_he_did(sales, asked) -> None:
    log = Log()
    stage = PipelineStage(code="s", kind="open", title_ru="s", title_en="s", probability=Decimal(1), days=1)
    told = PipelineSaved(code="p", version=1, title_ru="p", title_en="p", stages=(stage,), loss_reasons=())
    log.append(UUID(int=1), told, occurred_at=BEGIN)
    fair = {
        "event_id": UUID(int=2),
        "planned_from": BEGIN,
        "planned_to": BEGIN + timedelta(days=1),
        "stages": ("came",),
    }
    log.append(UUID(int=2), MarketingEventPlanned(**fair, name="Fair", kind="exhibition"), occurred_at=BEGIN)
    for number in (1, 2):
        paths_and_payment(log, number, [(0, "web")], Decimal(100), 500 * number, is_refunded=True)
        who = {"participation_id": UUID(int=7 + number), "event_id": UUID(int=2), "customer_id": UUID(int=10 * number)}
        log.append(UUID(int=7 + number), ParticipantMoved(**who, stage="came"), occurred_at=BEGIN)
    touch = Touch(touch_id=UUID(int=3), channel="mail", intake="x", source="x", kind="form")
    late = LeadCaptured(lead_id=UUID(int=3), customer_id=UUID(int=10), touch=touch)
    merge = CustomerMerged(
        customer_id=UUID(int=10), into_customer_id=UUID(int=20), reason="by_hand", explanation="same"
    )

    async def told_by(*names: str) -> list:
        async with reading(sales.pool) as connection:
            return [(await BY_NAME[name].read(connection, sales.build, asked())).rows for name in names]

    await sales.apply(log.records)
    await filled(sales)
    assert await stale_days(sales, asked()) == []
    for stream, event, names in (
        (UUID(int=3), late, ["attribution"]),
        (UUID(int=10), merge, ["attribution", "pareto", "marketing-events"]),
    ):
        before, known = await told_by(*names), len(log.records)
        log.append(stream, event, occurred_at=BEGIN + timedelta(hours=100))
        await sales.apply(log.records[known:])
        await same_from_both(sales, asked)
        assert not [name for name, old, new in zip(names, before, await told_by(*names), strict=True) if old == new]
        await filled(sales)
        await same_from_both(sales, asked)


async def test_any_half_life_is_answered_from_the_rollup(sales, department, asked) -> None:
    await sales.apply(department("decay", 12))
    await filled(sales)
    decays = {}
    for place in ("kept", "lost"):
        for days in (7, 30):
            async with reading(sales.pool) as connection:
                rows = (await ATTRIBUTION.read(connection, sales.build, asked(), half_life_days=days)).rows
            decays[place, days] = [row.time_decay for row in rows if row.time_decay]
        await sales.pool.execute(f"DELETE FROM {sales.build.schema}.rolled_credits")
        await sales.pool.execute(f"DELETE FROM {sales.build.schema}.rolled_splits")
    assert decays["kept", 30] != decays["kept", 7]
    assert decays["lost", 30] == decays["lost", 7] == []


async def test_another_zone_or_a_pipeline_told_anew_makes_the_rollup_anew(sales, department, asked) -> None:
    records = department("zones", 12)
    saved = [record for record in records if record.type == "pipeline.saved.v1"]
    await sales.apply([record for record in records if record not in saved])
    await filled(sales)
    assert await stale_days(sales, asked()) is None, "stages of a pipeline never told have no order"
    await same_from_both(sales, asked)

    await sales.apply(saved)
    assert await stale_days(sales, asked()) is None
    await same_from_both(sales, asked)
    await filled(sales)
    assert await stale_days(sales, asked()) == []
    await same_from_both(sales, asked)

    tokyo = ZoneInfo("Asia/Tokyo")
    assert await stale_days(sales, asked(zone=tokyo)) is None
    await filled(sales, tokyo)
    assert await stale_days(sales, asked(zone=tokyo)) == []
    await same_from_both(sales, partial(asked, zone=tokyo))


async def test_a_changed_value_makes_the_days_stale_on_which_the_deal_counts(sales, department, asked) -> None:
    await sales.apply(department("values", 12))
    table = f"{sales.build.schema}.deals"
    for kind in ("open", "won"):
        await filled(sales)
        deal = await sales.pool.fetchval(f"SELECT deal_id FROM {table} WHERE stage_kind = $1 AND amount > 0", kind)
        assert deal
        await sales.pool.execute(f"UPDATE {table} SET amount = amount + 1 WHERE deal_id = $1", deal)
        for calendar in (OPENING, HAPPENING):
            assert await stale_days(sales, asked(), [calendar]), (kind, calendar.name)


async def test_a_note_concerns_every_day_on_which_what_it_names_counts(sales, department) -> None:
    await sales.apply(department("notes", 20))
    for subject, query in COUNTED.items():
        rows = await sales.pool.fetch(query.format(schema=sales.build.schema))
        assert rows, subject
        for row in rows:
            days = await changed_days(sales.pool, sales.build, HAPPENING, MOSCOW.key, [subject], [row["id"]])
            assert row["at"].astimezone(MOSCOW).date() in days, (subject, row)


async def test_a_rebuild_does_not_compare_the_rollup(sales, department) -> None:
    await sales.apply(department("verified", 6))
    before = await hashes(sales.pool, sales.build)
    await filled(sales)
    assert await hashes(sales.pool, sales.build) == before
    assert not [table.name for table in before if table.name.startswith("rolled")]


async def test_a_verification_finds_the_days_whose_parts_are_not_what_the_facts_make(sales, department) -> None:
    records = department("verified", 20)
    await sales.apply(records[:-40])
    assert await compared(sales.pool, sales.build, None, lambda: None) == [], "nothing is kept yet"
    await filled(sales)
    await sales.apply(records[-40:])
    noted = await compared(sales.pool, sales.build, None, lambda: None)
    assert noted
    assert not any(one.different for one in noted), "days that changed are left out"
    await filled(sales)
    whole = await compared(sales.pool, sales.build, None, lambda: None)
    tables = [table.name for calendar in CALENDARS for table in calendar.tables]
    parts = {table for calendar in CALENDARS for table in calendar.parts}
    assert [(one.table, one.kept, one.different) for one in whole] == [(one.table, one.computed, []) for one in whole]
    assert [one.table for one in whole] == tables
    empty = {one.table for one in whole if not one.kept}
    assert len(empty) < 3, empty

    planted = {}
    for table in set(tables) - empty:
        day = await sales.pool.fetchval(f"SELECT day FROM {sales.build.schema}.{table} ORDER BY random() LIMIT 1")
        planted[table] = [day]
        name = f"{sales.build.schema}.{table}"
        fault = f"DELETE FROM {name}" if table in parts else f"INSERT INTO {name} SELECT * FROM {name}"
        await sales.pool.execute(f"{fault} WHERE day = $1", day)

    found = {table: [] for table in planted}
    for number in range(16):
        for one in await compared(sales.pool, sales.build, (number, 16), lambda: None):
            found.setdefault(one.table, []).extend(one.different)
    assert {table: days for table, days in found.items() if days and table in parts} == {
        table: days for table, days in planted.items() if table in parts
    }
    assert all(set(days) <= set(found[table]) for table, days in planted.items()), "sums differ from their parts too"
