"""The reports against an independent count over the same events."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from analytics.reports.channels import CHANNELS
from analytics.reports.filters import Filters
from analytics.reports.funnel import FUNNEL
from analytics.reports.period import ALWAYS, Period
from events.problems import Invalid

MOSCOW = ZoneInfo("Europe/Moscow")


class Deal:
    """A deal as a person would follow it through the log."""

    def __init__(self, event) -> None:
        self.opened, self.visits, self.paid = event, [], Counter()

    def enter(self, stage: str, kind: str, at: datetime) -> None:
        self.visits.append((stage, kind, at))

    @property
    def kind(self) -> str:
        return self.visits[-1][1]


class Ledger:
    """Leads and deals folded one by one in plain Python: what the SQL must agree with."""

    def __init__(self, log) -> None:  # noqa: C901 - one arm per event
        self.leads, self.touches, self.deals, payments = {}, [], {}, {}
        for record in sorted((r.recorded() for r in log.records), key=lambda r: (r.stream_id, r.version)):
            event, at = record.event, record.occurred_at
            match record.type.removesuffix(".v1"):
                case "lead.captured":
                    self.leads[event.lead_id] = {
                        "at": at, "touch": event.touch, "direction": event.direction, "manager": None,
                        "qualified": False,
                    }  # fmt: skip
                    self.touches.append((event.lead_id, at, event.touch, True))
                case "lead.touched":
                    self.touches.append((event.lead_id, at, event.touch, False))
                case "lead.assigned":
                    self.leads[event.lead_id]["manager"] = event.manager_id
                case "lead.qualified":
                    lead = self.leads[event.lead_id]
                    lead["qualified"] = True
                    lead["manager"] = event.manager_id or lead["manager"]
                    lead["direction"] = event.direction or lead["direction"]
                case "deal.opened":
                    self.deals[event.deal_id] = Deal(event)
                    self.deals[event.deal_id].enter(event.stage, "open", at)
                case "deal.stage-changed":
                    self.deals[event.deal_id].enter(event.to_stage, event.to_kind, at)
                case "deal.reopened":
                    self.deals[event.deal_id].enter(event.to_stage, "open", at)
                case "deal.won" | "deal.lost" as type_:
                    self.deals[event.deal_id].enter(event.stage, type_.removeprefix("deal."), at)
                case "payment.received":
                    payments[event.payment_id] = [event, event.deal_id]
                case "payment.matched":
                    payments[event.payment_id][1] = event.deal_id
        for event, deal in payments.values():
            if deal is not None and not event.is_test:
                self.deals[deal].paid[event.received.currency] += event.received.amount

    def cohort(self, period: Period, visible=None, **wanted) -> dict:
        return {
            id_: lead
            for id_, lead in self.leads.items()
            if period.start <= lead["at"] < period.end and not lead["touch"].is_test
            and self.seen(lead["direction"], visible) and self.wanted(lead, lead["touch"].channel, wanted)
        }  # fmt: skip

    def requests(self, period: Period, visible=None, **wanted) -> list:
        return [
            (touch, first)
            for lead_id, at, touch, first in self.touches
            if period.start <= at < period.end and not touch.is_test
            and self.seen(self.leads[lead_id]["direction"], visible)
            and self.wanted(self.leads[lead_id], touch.channel, wanted)
        ]  # fmt: skip

    def deals_of(self, cohort, visible=None) -> list[Deal]:
        return [d for d in self.deals.values() if d.opened.lead_id in cohort and self.seen(d.opened.direction, visible)]

    @staticmethod
    def seen(direction, visible) -> bool:
        return visible is None or direction is None or direction in visible

    @staticmethod
    def wanted(lead, channel, wanted) -> bool:
        return all(
            value is None
            or value == {"channel": channel, "manager": lead["manager"], "direction": lead["direction"]}[k]
            for k, value in wanted.items()
        )


@pytest.fixture
async def ledger(sales, history) -> Ledger:
    log = history("reports", 120).log
    await sales.apply(log.records)
    return Ledger(log)


FIRST_HALF = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


def asked(period: Period = ALWAYS, **filters) -> Filters:
    return Filters(MOSCOW, datetime(2027, 1, 1, tzinfo=UTC), period, **filters)


QUESTIONS = [
    (ALWAYS, {}, None),
    (FIRST_HALF, {}, None),
    (FIRST_HALF, {"channel": "tilda"}, None),
    (ALWAYS, {"manager": "m-anna"}, None),
    (ALWAYS, {"direction": "b2b"}, None),
    (ALWAYS, {}, ["retail"]),
    (ALWAYS, {}, []),
]


@pytest.mark.parametrize(("period", "wanted", "visible"), QUESTIONS)
async def test_the_funnel_agrees_with_a_count_by_hand(sales, ledger, period, wanted, visible) -> None:
    report = await FUNNEL.read(sales.pool, sales.build, asked(period, **wanted, visible=visible))
    cohort = ledger.cohort(period, visible, **wanted)
    deals = ledger.deals_of(cohort, visible)
    assert cohort
    assert deals

    steps = {step.step: step for step in report.rows if step.step != "stage"}
    qualified = {id_ for id_, lead in cohort.items() if lead["qualified"]}
    with_deal = {deal.opened.lead_id for deal in deals}
    won = sum(deal.kind == "won" for deal in deals)
    assert steps["requests"].entered == len(ledger.requests(period, visible, **wanted))
    assert (steps["leads"].entered, steps["leads"].to_next_percent) == (len(cohort), share(len(qualified), len(cohort)))
    assert (steps["qualified"].entered, steps["qualified"].to_next_percent) == (
        len(qualified), share(len(qualified & with_deal), len(qualified)),
    )  # fmt: skip
    assert (steps["deals"].entered, steps["deals"].won, steps["deals"].lost) == (
        len(deals), won, sum(deal.kind == "lost" for deal in deals),
    )  # fmt: skip
    assert steps["deals"].of_leads_percent == share(len(with_deal), len(cohort))

    order = [step.stage for step in report.rows if step.step == "stage"]
    for step in (step for step in report.rows if step.step == "stage"):
        entered = [deal for deal in deals if any(stage == step.stage for stage, _, _ in deal.visits)]
        assert step.entered == len(entered)
        assert step.now_there == sum(deal.visits[-1][0] == step.stage for deal in deals)
        assert step.won == sum(deal.kind == "won" for deal in entered)
        assert step.lost == sum(deal.kind == "lost" for deal in entered)
        assert step.of_leads_percent == share(len(entered), len(cohort))
        stays = [
            (after[2] - before[2]) / timedelta(hours=1)
            for deal in deals for before, after in pairwise(deal.visits) if before[0] == step.stage
        ]  # fmt: skip
        assert step.median_hours == (pytest.approx(median(stays), abs=0.01) if stays else None)
        if step.kind == "open":
            assert step.to_next_percent == share(
                sum(went_on(deal, step.stage, order) for deal in entered), len(entered)
            )


def went_on(deal: Deal, stage: str, order: list[str]) -> bool:
    first = [s for s, _, _ in deal.visits].index(stage)
    return any(
        kind in ("open", "won") and order.index(later) > order.index(stage)
        for later, kind, _ in deal.visits[first + 1 :]
    )


def share(part: int, whole: int):
    return None if not whole else pytest.approx(100 * part / whole, abs=0.051)


async def test_stages_stand_in_the_order_of_the_pipeline_although_deals_skip_and_return(sales, ledger) -> None:
    report = await FUNNEL.read(sales.pool, sales.build, asked())

    assert [step.stage for step in report.rows if step.step == "stage"] == [
        "unsorted", "first-contact", "offer", "negotiation", "payment", "nurture", "won", "lost",
    ]  # fmt: skip


async def test_a_pipeline_that_nobody_uses_has_leads_but_no_deals(sales, ledger) -> None:
    report = await FUNNEL.read(sales.pool, sales.build, asked(pipeline="repeat"))

    counts = {step.step: step.entered for step in report.rows}
    assert counts == {"requests": len(ledger.requests(ALWAYS)), "leads": len(ledger.cohort(ALWAYS)),
                      "qualified": counts["qualified"], "deals": 0}  # fmt: skip


async def test_an_empty_period_is_a_funnel_of_zeros_without_percentages(sales) -> None:
    report = await FUNNEL.read(sales.pool, sales.build, asked(FIRST_HALF))

    assert [(s.step, s.entered, s.to_next_percent) for s in report.rows] == [
        ("requests", 0, None), ("leads", 0, None), ("qualified", 0, None), ("deals", 0, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("period", "direction", "visible"),
    [(ALWAYS, None, None), (FIRST_HALF, None, None), (ALWAYS, "b2b", None), (ALWAYS, None, ["b2b"])],
)
async def test_the_channel_report_agrees_with_a_count_by_hand(sales, ledger, period, direction, visible) -> None:
    report = await CHANNELS.read(sales.pool, sales.build, asked(period, direction=direction, visible=visible))
    cohort = ledger.cohort(period, visible, direction=direction)
    by_channel = defaultdict(list)
    for deal in ledger.deals_of(cohort, visible):
        by_channel[cohort[deal.opened.lead_id]["touch"].channel].append(deal)
    requests = ledger.requests(period, visible, direction=direction)

    assert {row.channel for row in report.rows} == {touch.channel for touch, _ in requests}
    for row in report.rows:
        leads = [lead for lead in cohort.values() if lead["touch"].channel == row.channel]
        deals = by_channel[row.channel]
        assert row.leads == len(leads)
        assert row.touches == sum(touch.channel == row.channel for touch, _ in requests)
        assert row.repeats == sum(touch.channel == row.channel and not first for touch, first in requests)
        assert row.qualified == sum(lead["qualified"] for lead in leads)
        assert (row.deals, row.won, row.lost) == (
            len(deals), sum(deal.kind == "won" for deal in deals), sum(deal.kind == "lost" for deal in deals),
        )  # fmt: skip
        assert row.revenue == dict(sum((deal.paid for deal in deals), Counter()))
        assert row.conversion_percent == share(
            len({deal.opened.lead_id for deal in deals if deal.kind == "won"}), len(leads)
        )
    assert sum(sum(row.revenue.values()) for row in report.rows) > Decimal(0)


def test_a_day_is_a_whole_day_in_the_business_time_zone() -> None:
    assert Period.of("2026-03-02", "2026-03-03", MOSCOW) == Period(
        datetime(2026, 3, 1, 21, tzinfo=UTC), datetime(2026, 3, 3, 21, tzinfo=UTC)
    )
    assert Period.of("2026-03-02T10:00:00Z", "2026-03-02T14:00:00", MOSCOW) == Period(
        datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 2, 11, tzinfo=UTC)
    )
    assert Period.of(None, None, MOSCOW) == ALWAYS


@pytest.mark.parametrize(
    ("start", "end"),
    [("yesterday", None), (None, "2026-13-01"), ("2026-03-02", "2026-03-01T00:00Z"), ("9999-12-31", None)],
)
def test_a_period_that_cannot_be_meant_is_refused(start, end) -> None:
    with pytest.raises(Invalid):
        Period.of(start, end, MOSCOW)
