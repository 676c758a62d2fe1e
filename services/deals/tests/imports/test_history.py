"""Histories that were lived elsewhere, lived through here: in any portions, any number of times, the same deal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from deals.deal.batch import Batch, Order
from deals.deal.orders import MoveDeal, ReassignDeal, ReopenDeal, WinDeal, WriteNote
from deals.deal.standing import Standing
from deals.deal.states import Lost, NoDeal, Open, Won
from deals.imports.history import commands_of, condensed, lived_elsewhere, steps_of
from deals.imports.past import Known, PastDeal, Said, Step, said_of
from deals.money import money
from deals.pipelines.files import DEFAULT, load
from events.contracts.deals import DealLost, DealOpened, DealReopened, DealStageChanged, DealWon
from events.decider import Rejected
from events.event import Event
from events.sealed import Sealed
from events.store import Cause
from hypothesis import given
from hypothesis import strategies as st

PIPELINES = load(DEFAULT)
DEAL, CUSTOMER = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
T0 = datetime(2025, 11, 3, 7, tzinfo=UTC)
CAUSE = Cause("test", uuid4())
TEXT: Sealed[str] = Sealed("s1." + "x" * 60)


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def past(*visits: tuple[str, float], opened: float | None = None, **fields: Any) -> PastDeal:
    times = tuple((stage, at(hours)) for stage, hours in visits)
    opened_at = None if opened is None else at(opened)
    return PastDeal(DEAL, CUSTOMER, "default", opened_at, times, **{"value": money(Decimal(45000), "RUB"), **fields})


def won(*visits: tuple[str, float], closed: float, **fields: Any) -> PastDeal:
    return past(*visits, outcome="won", closed_at=at(closed), **fields)


def lost(*visits: tuple[str, float], closed: float, **fields: Any) -> PastDeal:
    told = {"reason": "too_expensive", "comment": TEXT, **fields}
    return past(*visits, outcome="lost", closed_at=at(closed), **told)


@dataclass
class Life:
    """A deal's stream as it grows."""

    standing: Standing = field(default_factory=Standing)
    events: list[tuple[Event, datetime]] = field(default_factory=list)
    said: Said = field(default_factory=Said)

    def lives(self, told: PastDeal) -> int:
        """How many events it adds."""
        known = Known(self.standing, self.trail(), self.said)
        pipelines = lived_elsewhere(PIPELINES)
        timed = commands_of(told, "D-000001", "RUB", pipelines, known)
        added = self.does(*((one.command, one.at) for one in timed), is_history=True)
        self.said = said_of(told)
        return added

    def does(self, *commands: tuple[Any, datetime], is_history: bool = False) -> int:
        batch = Batch(lived_elsewhere(PIPELINES), {DEAL: self.standing}, NOW)
        for command, when in commands:
            batch.take(Order(DEAL, command, CAUSE, when, is_history=is_history))
        appends = batch.appends()
        self.standing = batch.standings[DEAL]
        added = [
            (event, when) for append in appends for event, (_, when) in zip(append.events, append.stamps, strict=True)
        ]
        self.events += added
        return len(added)

    def trail(self) -> list[Step]:
        steps = []
        for event, when in self.events:
            match event:
                case DealOpened(stage=stage) | DealStageChanged(to_stage=stage) | DealReopened(to_stage=stage):
                    steps.append(Step("stage", stage, when))
                case DealWon(stage=stage):
                    steps.append(Step("won", stage, when))
                case DealLost(stage=stage):
                    steps.append(Step("lost", stage, when))
        return steps

    def walked(self) -> list[tuple[str, float]]:
        return [(step.stage, (step.at - T0) / timedelta(hours=1)) for step in self.trail()]


def test_a_deal_is_opened_moved_and_won_at_the_times_at_which_it_happened() -> None:
    life = Life()
    life.lives(won(("offer_sent", 5), ("deciding", 30), opened=0, closed=50, manager_id="anna"))
    assert life.walked() == [("unsorted", 0), ("offer_sent", 5), ("deciding", 30), ("won", 50)]
    assert isinstance(life.standing.state, Won)
    assert (life.standing.opened_at, life.standing.closed_at) == (at(0), at(50))
    assert life.standing.state.deal.value == money(Decimal(45000), "RUB")


def test_a_deal_begins_in_its_first_visit_if_nobody_says_that_it_was_opened_before() -> None:
    life = Life()
    life.lives(past(("negotiation", 3)))
    assert life.walked() == [("negotiation", 3)]


def test_more_of_a_history_adds_what_is_new() -> None:
    life = Life()
    life.lives(past(("offer_sent", 5), opened=0))
    assert life.lives(lost(("offer_sent", 5), ("deciding", 9), opened=0, closed=20)) == 2
    assert life.walked() == [("unsorted", 0), ("offer_sent", 5), ("deciding", 9), ("lost", 20)]
    assert isinstance(life.standing.state, Lost)


def test_an_older_history_that_comes_late_adds_nothing() -> None:
    life = Life()
    life.lives(won(("offer_sent", 5), opened=0, closed=20))
    assert life.lives(past(("offer_sent", 5), opened=0)) == 0


def test_a_lost_deal_that_went_on_elsewhere_comes_back_here() -> None:
    life = Life()
    life.lives(lost(("offer_sent", 5), closed=20))
    life.lives(won(("offer_sent", 5), ("deciding", 30), closed=40))
    assert life.walked() == [("offer_sent", 5), ("lost", 20), ("deciding", 30), ("won", 40)]
    assert life.lives(won(("offer_sent", 5), ("deciding", 30), closed=40)) == 0


def test_a_lost_deal_that_was_won_after_all_comes_back_to_where_it_was() -> None:
    life = Life()
    life.lives(lost(("offer_sent", 5), closed=20))
    life.lives(won(("offer_sent", 5), closed=40))
    assert life.walked() == [("offer_sent", 5), ("lost", 20), ("offer_sent", 40), ("won", 40)]
    assert life.lives(won(("offer_sent", 5), closed=40)) == 0


def test_what_went_on_here_by_hand_stays_when_the_history_comes_again() -> None:
    life, told = Life(), past(("offer_sent", 5), opened=0, manager_id="anna")
    life.lives(told)
    life.does((MoveDeal("deciding"), at(50)), (WinDeal(money(Decimal(50000), "RUB")), at(60)))
    assert life.lives(told) == 0


def test_a_step_that_is_told_late_is_lived_although_people_wrote_on_the_deal_here_meanwhile() -> None:
    life = Life()
    life.lives(past(("offer_sent", 5), opened=0, manager_id="anna"))
    life.does((WriteNote(TEXT), at(50)), (ReassignDeal("boris"), at(51)))
    assert life.lives(past(("offer_sent", 5), ("deciding", 40), opened=0, manager_id="anna")) == 1
    assert life.walked() == [("unsorted", 0), ("offer_sent", 5), ("deciding", 40)]
    assert (life.standing.stage_since, life.standing.last_at) == (at(40), at(51))
    assert isinstance(life.standing.state, Open)
    assert life.standing.state.deal.manager_id == "boris"


def test_a_step_that_is_told_late_is_not_lived_before_one_that_was_taken_here() -> None:
    life = Life()
    life.lives(past(("offer_sent", 5), opened=0))
    life.does((MoveDeal("negotiation"), at(50)))
    with pytest.raises(Rejected) as refusal:
        life.lives(past(("offer_sent", 5), ("deciding", 40), opened=0))
    assert refusal.value.code == "diverged"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (past(("offer_sent", 6), opened=0), "diverged"),
        (won(("negotiation", 5), opened=0, closed=9), "diverged"),
        (past(("offer_sent", 5), ("deciding", 4), opened=0), "out_of_order"),
        (replace(past(("offer_sent", 5), opened=0), customer_id=UUID(int=9)), "other_customer"),
        (past(("offer_sent", 5), opened=0, outcome="won"), "not_closed_at"),
        (past(("offer_sent", 5), opened=0, outcome="lost", closed_at=at(9)), "reason_required"),
        (lost(("offer_sent", 5), opened=0, closed=9, comment=None), "comment_required"),
        (lost(("offer_sent", 5), opened=0, closed=9, reason="bored"), "unknown_reason"),
        (past(("offer_sent", 5), ("dancing", 9), opened=0), "unknown_stage"),
        (past(("offer_sent", 5), ("won", 9), opened=0), "closing_stage"),
        (past(("offer_sent", 5), ("deciding", 24 * 365), opened=0), "in_the_future"),
        (past(), "no_time"),
        (replace(past(("offer_sent", 5)), pipeline="other"), "unknown_pipeline"),
    ],
)
def test_what_contradicts_or_is_not_known_is_refused_and_says_why(told: PastDeal, code: str) -> None:
    life = Life()
    life.lives(past(("offer_sent", 5), opened=0))
    with pytest.raises(Rejected) as refusal:
        life.lives(told)
    assert refusal.value.code == code


def test_another_value_or_manager_is_taken_only_when_the_history_says_otherwise_than_before() -> None:
    life, told = Life(), past(("offer_sent", 5), opened=0, manager_id="anna")
    life.lives(told)
    assert life.lives(replace(told, value=money(Decimal(60000), "RUB"), manager_id="boris")) == 2
    assert life.lives(replace(told, value=money(Decimal("60000.0"), "RUB"), manager_id="boris")) == 0
    assert isinstance(life.standing.state, Open)
    assert life.standing.state.deal.manager_id == "boris"
    later = won(("offer_sent", 5), ("deciding", 9), opened=0, closed=20, manager_id="boris")
    assert life.lives(replace(later, value=money(Decimal(60000), "RUB"))) == 2


def test_an_imported_life_is_the_life_that_commands_would_have_led() -> None:
    imported, lived = Life(), Life()
    told = won(("offer_sent", 5), ("nurture", 9), ("deciding", 30), opened=0, closed=50)
    imported.lives(told)
    opening = commands_of(told, "D-000001", "RUB", PIPELINES, Known(Standing()))[0]
    lived.does(
        (opening.command, at(0)),
        (MoveDeal("offer_sent"), at(5)),
        (MoveDeal("nurture"), at(9)),
        (MoveDeal("deciding"), at(30)),
        (WinDeal(), at(50)),
    )
    assert imported.events == lived.events
    assert imported.standing == lived.standing


stages = st.sampled_from([stage.code for stage in PIPELINES["default"].stages if stage.kind == "open"])
gaps = st.integers(0, 40)


@st.composite
def lives(draw: st.DrawFn) -> list[PastDeal]:
    """A deal's life as it is told again and again: each time as far as it has come, then whole."""
    hours, visits = 0, []
    for stage in draw(st.lists(stages, min_size=1, max_size=8)):
        visits.append((stage, float(hours)))
        hours += draw(gaps)
    ends = [won(*visits, closed=hours), lost(*visits, closed=hours), past(*visits)]
    return [*(past(*visits[:told]) for told in range(1, len(visits))), draw(st.sampled_from(ends))]


@given(lives(), st.data())
def test_any_portions_and_any_repetition_give_the_same_life(told: list[PastDeal], data: st.DataObject) -> None:
    whole, piecemeal = Life(), Life()
    whole.lives(told[-1])
    for number, part in enumerate(told):
        if number + 1 == len(told) or data.draw(st.booleans()):
            piecemeal.lives(part)
            for again in data.draw(st.lists(st.sampled_from(told[: number + 1]), max_size=3)):
                assert piecemeal.lives(again) == 0
    assert piecemeal.events == whole.events
    assert piecemeal.standing == whole.standing


@given(lives())
def test_visits_of_stages_are_a_partition_of_the_deals_life(told: list[PastDeal]) -> None:
    life = Life()
    life.lives(told[-1])
    trail = life.trail()
    assert trail == steps_of(told[-1], PIPELINES["default"])
    assert trail == condensed(trail)
    assert trail[0].at == life.standing.opened_at
    assert all(left.at <= entered.at and left.stage != entered.stage for left, entered in pairwise(trail))
    assert (trail[-1].what != "stage") == (life.standing.closed_at is not None)
    assert life.standing.stage_since == trail[-1].at


def test_a_lost_deal_reopened_here_by_hand_is_told_from_one_that_went_on_elsewhere() -> None:
    life = Life()
    life.lives(lost(("offer_sent", 5), closed=20))
    life.does((ReopenDeal("deciding"), at(30)))
    with pytest.raises(Rejected) as refusal:
        life.lives(won(("offer_sent", 5), closed=40))
    assert refusal.value.code == "diverged"
    assert not isinstance(life.standing.state, NoDeal)


def names(steps: Sequence[Step]) -> list[str]:
    return [step.stage for step in steps]


def test_a_loss_that_was_taken_back_is_no_step_of_the_way() -> None:
    steps = [
        Step("stage", "a", at(0)),
        Step("lost", "lost", at(1)),
        Step("stage", "b", at(2)),
        Step("won", "won", at(3)),
    ]
    assert names(condensed(steps)) == ["a", "b", "won"]
