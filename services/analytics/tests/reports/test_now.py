"""What a report says as of now, of the columns of the latest values, is what the histories say, whatever is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from analytics.reports.catalogue import REPORTS
from analytics.reports.period import EARLIEST, LATEST, Period
from analytics.reports.statement import statement

from .conftest import LATER, MOSCOW

FIRST, DAYS = datetime(2026, 3, 1, tzinfo=MOSCOW), 120
FILTERS = {
    "channel": ("web", "telegram"),
    "direction": ("b2b", "retail"),
    "manager": ("m-anna", "m-boris"),
    "department": ("north",),
    "segment": ("gold", "casual"),
    "pipeline": ("default",),
    "product": ("p0",),
}


def some_question(chance: Random, known) -> dict:
    """A period, what the reader may see, and half of the time something to narrow the report to."""
    days = sorted(chance.sample(range(DAYS), 2))
    start, end = (FIRST + timedelta(days=day) for day in days)
    asked = {
        "period": chance.choice((Period(), Period(start, end), Period(start, LATEST), Period(EARLIEST, end))),
        "visible": chance.choice((None, None, ("b2b",), ("b2b", "retail"))),
    }
    names = sorted(FILTERS.keys() & set(known))
    if names and chance.random() < 0.5:
        name = chance.choice(names)
        asked[name] = chance.choice(FILTERS[name])
    return asked


async def test_the_latest_values_say_what_the_histories_say_in_whatever_order_events_come(
    sales, department, asked
) -> None:
    chance = Random("now")
    # given events of which many have not come yet, and the others in no order
    records = department("now", 30)
    chance.shuffle(records)
    at = len(records) * 2 // 3
    told = 0
    for part in (records[:at], records[at:]):
        await sales.apply(part)
        for report in REPORTS:
            for _ in range(2):
                # when the same is asked as of now, and as of a moment after all that has happened
                known = {*statement(report.name, "", report.forms).parameters} - {*report.refuses}
                question = some_question(chance, known)
                now = await report.read(sales.pool, sales.build, asked(**question))
                then = await report.read(sales.pool, sales.build, asked(as_of=LATER, **question))
                # then the answers are the same
                assert now.rows == then.rows, (report.name, question)
                told += len(now.rows)
    assert told > 100
