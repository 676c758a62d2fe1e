"""Whatever was paid, by whom and in which order: the same segments, which partition the revenue, said once each."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from analytics.segments.reading import Question, customers, totals
from events.contracts.analytics import SegmentRules
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import NOW, Shop, person
from .expected import segments

CUTS = st.tuples(st.integers(1, 100), st.integers(1, 100)).map(sorted)
PAYMENTS = st.lists(
    st.tuples(
        st.integers(1, 9).map(person),
        st.sampled_from((Decimal("0.01"), Decimal(1), Decimal("33.33"), Decimal(60), Decimal(1000))),
        st.integers(0, 500),
    ),
    max_size=25,
)
SHARED = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


async def emptied(sales) -> Shop:
    """A shop where nobody has paid; the log stays, streams of other examples have other ids."""
    await sales.empty()
    await sales.pool.execute("TRUNCATE segments_told, segments_computed")
    return Shop(sales)


@settings(max_examples=40, **SHARED)
@given(payments=PAYMENTS, cuts=CUTS, window=st.integers(1, 600), chance=st.randoms(use_true_random=False))
async def test_segments_are_those_of_plain_python_in_any_order_of_payments(
    sales, payments, cuts, window, chance
) -> None:
    shop = await emptied(sales)
    rules = SegmentRules(gold_percent=cuts[0], silver_percent=cuts[1], window_days=window, currency="RUB")
    question = Question(rules, NOW)
    records = [record for payment in payments for record in shop.payment(*payment)]
    chance.shuffle(records)
    half = chance.randint(0, len(records))
    await sales.apply(records[half:])
    await sales.apply(records[:half])

    async with sales.pool.acquire() as connection:
        found = await customers(connection, sales.build, question, limit=100)
        whole = await totals(connection, sales.build, question)

    told = [(who, amount, NOW - timedelta(days=days)) for who, amount, days in payments]
    assert {one.customer_id: one.segment for one in found} == segments(told, rules, NOW)
    assert [one.place for one in found] == list(range(1, len(found) + 1))
    in_window = sum(amount for _, amount, at in told if at > question.window_start)
    assert sum(one.revenue for one in found) == sum(one.revenue for one in whole.segments) == in_window
    assert {one.segment: one.customers for one in whole.segments if one.customers} == Counter(
        one.segment for one in found
    )


@settings(max_examples=15, **SHARED)
@given(arrivals=st.lists(PAYMENTS.filter(len), min_size=1, max_size=4), most=st.sampled_from((1, 2, 2000)))
async def test_however_payments_arrive_events_end_where_the_payments_do_and_none_repeats_another(
    sales, arrivals, most
) -> None:
    shop = await emptied(sales)
    await sales.pool.execute("ALTER TABLE events DISABLE TRIGGER ALL; TRUNCATE events")
    paid = []
    for arrival in arrivals:
        await shop.pays(*arrival)
        paid += [(who, amount, NOW - timedelta(days=days)) for who, amount, days in arrival]
        while await shop.tells(most=most):
            pass

    expected = segments(paid, shop.rules, NOW)
    assert {who: segment for who, segment in (await shop.segments()).items() if segment != "casual"} == expected
    for who in expected:
        before = "casual"
        for event in await shop.told(who):
            assert event.previous_segment == before != event.segment
            before = event.segment
