"""What may become of a marketing event: given, when, then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from events.contracts.deals import Money
from events.contracts.leads.marketing import (
    MarketingEventCancelled,
    MarketingEventChanged,
    MarketingEventClosed,
    MarketingEventCostRecorded,
    MarketingEventHeld,
    MarketingEventPlanned,
    MarketingEventResultRecorded,
    ParticipantMoved,
)
from events.testing import given
from leads.marketing.domain import DECIDER, Cancel, Change, Close, Hold, Organise, Plan, RecordCost, RecordResult
from leads.marketing.participation import moved
from leads.marketing.reading import per_visitor

ID, ORGANISATION, ANNA = UUID(int=1), UUID(int=2), UUID(int=3)
AT = datetime(2026, 9, 10, 9, 0, tzinfo=UTC)
END = AT + timedelta(days=2)
PLAN = Plan("Expo", "exhibition", ("invited", "came"), AT, END)
WHAT = {"name": "Expo", "kind": "exhibition", "stages": ("invited", "came"), "planned_from": AT, "planned_to": END}
PLANNED = MarketingEventPlanned(event_id=ID, **WHAT, direction="retail")
HELD = MarketingEventHeld(event_id=ID, held_from=AT, held_to=END)
CLOSED = MarketingEventClosed(event_id=ID)
CANCELLED = MarketingEventCancelled(event_id=ID, reason="no-hall")
RUBLES = Money(amount=Decimal("150000.00"), currency="RUB")


def test_an_event_is_planned_once() -> None:
    given(DECIDER).when(Organise(ID, PLAN, "retail")).then(PLANNED)
    given(DECIDER, PLANNED).when(Organise(ID, PLAN, "retail")).then_nothing()


def test_a_plan_changes_whole() -> None:
    changed = MarketingEventChanged(event_id=ID, **WHAT, place="Hall 4")
    given(DECIDER, PLANNED).when(Change(replace(PLAN, place="Hall 4"))).then(changed)
    given(DECIDER, PLANNED, changed).when(Change(replace(PLAN, place="Hall 4"))).then_nothing()


def test_it_is_closed_after_it_took_place_and_not_before() -> None:
    given(DECIDER, PLANNED).when(Close()).then_rejected("not_held")
    given(DECIDER, PLANNED, HELD).when(Close()).then(CLOSED)
    given(DECIDER, PLANNED, HELD, CLOSED).when(Close()).then_nothing()
    given(DECIDER, PLANNED, HELD, CLOSED).when(Change(replace(PLAN, place="Hall 4"))).then_rejected("closed")


def test_it_is_cancelled_before_it_took_place_and_not_after() -> None:
    given(DECIDER, PLANNED).when(Cancel("no-hall")).then(CANCELLED)
    given(DECIDER, PLANNED, HELD).when(Cancel("no-hall")).then_rejected("held")
    given(DECIDER, PLANNED, CANCELLED).when(Hold(AT, END)).then_rejected("cancelled")


def test_its_cost_is_known_before_and_after() -> None:
    cost = MarketingEventCostRecorded(event_id=ID, cost=RUBLES)
    given(DECIDER, PLANNED).when(RecordCost(RUBLES)).then(cost)
    given(DECIDER, PLANNED, HELD, cost).when(RecordCost(RUBLES)).then_nothing()


def test_results_with_organisations_come_after_it() -> None:
    result = RecordResult(ORGANISATION, 4, 5)
    told = MarketingEventResultRecorded(event_id=ID, organisation_id=ORGANISATION, loyalty=4, interest=5)
    given(DECIDER, PLANNED).when(result).then_rejected("not_held")
    given(DECIDER, PLANNED, HELD).when(result).then(told)
    given(DECIDER, PLANNED, HELD, told).when(result).then_nothing()


def test_nothing_can_be_said_of_what_is_not_there() -> None:
    for command in (Close(), Cancel("no-hall"), Hold(AT, END), RecordCost(RUBLES), RecordResult(ORGANISATION, 1, 1)):
        given(DECIDER).when(command).then_rejected("no_event")


def test_a_participant_moves_from_stage_to_stage() -> None:
    ids = {"participation_id": ID, "event_id": ID, "customer_id": ANNA}
    assert moved(ID, ID, ANNA, "invited", None) == [ParticipantMoved(**ids, stage="invited")]
    assert moved(ID, ID, ANNA, "came", "invited") == [ParticipantMoved(**ids, stage="came", previous_stage="invited")]
    assert moved(ID, ID, ANNA, "came", "came") == []


def test_the_cost_of_each_who_came_is_exact_to_a_hundredth() -> None:
    assert per_visitor(RUBLES, 7) == Money(amount=Decimal("21428.57"), currency="RUB")
    assert per_visitor(RUBLES, 0) is None
    assert per_visitor(None, 7) is None
