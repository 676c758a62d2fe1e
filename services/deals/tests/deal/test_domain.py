"""The rules of a deal."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import get_args
from uuid import UUID

import pytest
from deals.deal.decide import decider
from deals.deal.evolve import evolve
from deals.deal.orders import ChangeValue, Command, LoseDeal, MoveDeal, OpenDeal, ReassignDeal, ReopenDeal, WinDeal
from deals.deal.states import Lost, NoDeal, Nurtured, Open, State, Won
from deals.money import money
from deals.pipelines import files
from events.contracts.deals import (
    DealLost,
    DealOpened,
    DealReassigned,
    DealReopened,
    DealStageChanged,
    DealValueChanged,
    DealWon,
)
from events.decider import Rejected
from events.event import Event
from events.sealed import Sealed
from events.testing import given
from hypothesis import given as for_all
from hypothesis import strategies as st

DEAL, CUSTOMER, LEAD = UUID(int=1), UUID(int=2), UUID(int=3)
PIPELINES = files.load()
DEALS = decider(PIPELINES)
ROUBLES = money(Decimal(45_000), "RUB")
MORE = money(Decimal("60000.5"), "RUB")
COMMENT: Sealed[str] = Sealed("s1." + "a" * 40)

OPEN = OpenDeal(DEAL, CUSTOMER, "D-000001", "default", ROUBLES, lead_id=LEAD, manager_id="anna", direction="east")
OPENED = DealOpened(
    deal_id=DEAL,
    customer_id=CUSTOMER,
    lead_id=LEAD,
    number="D-000001",
    pipeline="default",
    pipeline_version=1,
    stage="unsorted",
    value=ROUBLES,
    manager_id="anna",
    direction="east",
)
WON = DealWon(deal_id=DEAL, customer_id=CUSTOMER, from_stage="unsorted", stage="won", value=ROUBLES, pipeline_version=1)
LOST = DealLost(
    deal_id=DEAL,
    customer_id=CUSTOMER,
    from_stage="unsorted",
    stage="lost",
    reason="no_budget",
    comment=COMMENT,
    pipeline_version=1,
)


def moved(from_stage: str, to_stage: str, kind: str = "open") -> DealStageChanged:
    return DealStageChanged(
        deal_id=DEAL,
        customer_id=CUSTOMER,
        from_stage=from_stage,
        to_stage=to_stage,
        to_kind=kind,  # type: ignore[arg-type]
        pipeline_version=1,
    )


def test_a_deal_opens_in_the_first_stage() -> None:
    given(DEALS).when(OPEN).then(OPENED)


def test_a_deal_opens_in_the_stage_that_is_asked_for() -> None:
    given(DEALS).when(replace(OPEN, stage="negotiation")).then(OPENED.model_copy(update={"stage": "negotiation"}))


def test_a_second_opening_changes_nothing() -> None:
    given(DEALS, OPENED).when(replace(OPEN, value=MORE)).then_nothing()


@pytest.mark.parametrize("stage", ["won", "lost", "nurture"])
def test_a_deal_does_not_open_in_a_stage_without_work(stage: str) -> None:
    given(DEALS).when(replace(OPEN, stage=stage)).then_rejected("not_a_working_stage")


def test_a_deal_does_not_open_in_a_stage_or_pipeline_that_is_not_there() -> None:
    given(DEALS).when(replace(OPEN, stage="dreaming")).then_rejected("unknown_stage")
    given(DEALS).when(replace(OPEN, pipeline="none")).then_rejected("unknown_pipeline")


def test_nothing_is_done_with_a_deal_that_was_never_opened() -> None:
    given(DEALS).when(MoveDeal("negotiation")).then_rejected("no_deal")


@pytest.mark.parametrize("to_stage", ["first_contact", "awaiting_payment"])
def test_a_deal_moves_on_and_may_skip_stages(to_stage: str) -> None:
    given(DEALS, OPENED).when(MoveDeal(to_stage)).then(moved("unsorted", to_stage))


def test_a_deal_moves_back() -> None:
    history = (OPENED, moved("unsorted", "deciding"))
    given(DEALS, *history).when(MoveDeal("first_contact")).then(moved("deciding", "first_contact"))


def test_a_deal_is_put_off_for_nurture_and_comes_back() -> None:
    put_off = moved("unsorted", "nurture", "nurture")
    given(DEALS, OPENED).when(MoveDeal("nurture")).then(put_off)
    given(DEALS, OPENED, put_off).when(MoveDeal("negotiation")).then(moved("nurture", "negotiation"))


def test_a_move_to_the_same_stage_is_nothing() -> None:
    given(DEALS, OPENED).when(MoveDeal("unsorted")).then_nothing()


@pytest.mark.parametrize("stage", ["won", "lost"])
def test_a_deal_is_not_closed_by_a_move(stage: str) -> None:
    given(DEALS, OPENED).when(MoveDeal(stage)).then_rejected("closing_stage")


def test_a_deal_does_not_move_to_a_stage_that_is_not_there() -> None:
    given(DEALS, OPENED).when(MoveDeal("dreaming")).then_rejected("unknown_stage")


def test_the_value_changes_while_the_deal_is_open() -> None:
    changed = DealValueChanged(deal_id=DEAL, customer_id=CUSTOMER, value=MORE)
    given(DEALS, OPENED).when(ChangeValue(MORE)).then(changed)
    given(DEALS, OPENED, changed).when(ChangeValue(money(Decimal("60000.500"), "RUB"))).then_nothing()
    given(DEALS, OPENED, WON).when(ChangeValue(MORE)).then_rejected("already_won")
    given(DEALS, OPENED, LOST).when(ChangeValue(MORE)).then_rejected("already_lost")


def test_a_deal_is_won_at_its_value_or_at_another() -> None:
    given(DEALS, OPENED).when(WinDeal()).then(WON)
    given(DEALS, OPENED).when(WinDeal(MORE)).then(WON.model_copy(update={"value": MORE}))


def test_a_deal_is_won_out_of_nurture() -> None:
    put_off = moved("unsorted", "nurture", "nurture")
    given(DEALS, OPENED, put_off).when(WinDeal()).then(WON.model_copy(update={"from_stage": "nurture"}))


def test_a_second_win_is_nothing_unless_it_says_another_value() -> None:
    given(DEALS, OPENED, WON).when(WinDeal()).then_nothing()
    given(DEALS, OPENED, WON).when(WinDeal(ROUBLES)).then_nothing()
    given(DEALS, OPENED, WON).when(WinDeal(MORE)).then_rejected("already_won")


def test_losing_needs_a_reason_from_the_list_and_a_comment() -> None:
    given(DEALS, OPENED).when(LoseDeal("no_budget", COMMENT)).then(LOST)
    given(DEALS, OPENED).when(LoseDeal("bad_karma", COMMENT)).then_rejected("unknown_reason")
    given(DEALS, OPENED).when(LoseDeal("no_budget", None)).then_rejected("comment_required")


def test_a_closed_deal_is_not_closed_again() -> None:
    given(DEALS, OPENED, LOST).when(WinDeal()).then_rejected("already_lost")
    given(DEALS, OPENED, LOST).when(LoseDeal("other", COMMENT)).then_rejected("already_lost")
    given(DEALS, OPENED, WON).when(LoseDeal("other", COMMENT)).then_rejected("already_won")
    given(DEALS, OPENED, WON).when(MoveDeal("negotiation")).then_rejected("already_won")
    given(DEALS, OPENED, LOST).when(MoveDeal("negotiation")).then_rejected("already_lost")


def test_a_lost_deal_comes_back_to_a_working_stage() -> None:
    reopened = DealReopened(
        deal_id=DEAL, customer_id=CUSTOMER, from_stage="lost", to_stage="unsorted", pipeline_version=1
    )
    given(DEALS, OPENED, LOST).when(ReopenDeal()).then(reopened)
    given(DEALS, OPENED, LOST).when(ReopenDeal("deciding")).then(reopened.model_copy(update={"to_stage": "deciding"}))
    given(DEALS, OPENED, LOST).when(ReopenDeal("won")).then_rejected("not_a_working_stage")
    given(DEALS, OPENED, LOST, reopened).when(MoveDeal("deciding")).then(moved("unsorted", "deciding"))


def test_only_a_lost_deal_comes_back() -> None:
    given(DEALS, OPENED).when(ReopenDeal()).then_rejected("not_lost")
    given(DEALS, OPENED, WON).when(ReopenDeal()).then_rejected("already_won")


@pytest.mark.parametrize("history", [(OPENED,), (OPENED, WON), (OPENED, LOST)])
def test_a_deal_changes_hands_in_any_state(history: tuple[Event, ...]) -> None:
    given(DEALS, *history).when(ReassignDeal("boris")).then(
        DealReassigned(deal_id=DEAL, customer_id=CUSTOMER, manager_id="boris", previous_manager_id="anna")
    )
    given(DEALS, *history).when(ReassignDeal("anna")).then_nothing()


def test_amounts_have_two_places_or_more() -> None:
    assert [str(money(Decimal(text), "RUB").amount) for text in ("5", "5.5", "5.50", "5.1234", "5E3")] == [
        "5.00", "5.50", "5.50", "5.1234", "5000.00",
    ]  # fmt: skip


STAGES = [stage.code for stage in PIPELINES["default"].stages]
VALUES = st.sampled_from([ROUBLES, MORE])
COMMANDS = st.one_of(
    st.just(OPEN),
    st.builds(MoveDeal, st.sampled_from([*STAGES, "dreaming"])),
    st.builds(ChangeValue, VALUES),
    st.builds(WinDeal, st.none() | VALUES),
    st.builds(LoseDeal, st.sampled_from(["no_budget", "bad_karma"]), st.none() | st.just(COMMENT)),
    st.builds(ReopenDeal, st.none() | st.sampled_from(STAGES)),
    st.builds(ReassignDeal, st.sampled_from(["anna", "boris"])),
)
EVENTS = st.sampled_from(
    [
        OPENED,
        moved("unsorted", "deciding"),
        moved("lost", "nurture", "nurture"),
        DealValueChanged(deal_id=DEAL, customer_id=CUSTOMER, value=MORE),
        DealReassigned(deal_id=DEAL, customer_id=CUSTOMER, manager_id="boris"),
        WON,
        LOST,
        DealReopened(deal_id=DEAL, customer_id=CUSTOMER, from_stage="lost", to_stage="offer_sent"),
    ]
)


def stage_of(state: State) -> str | None:
    return None if isinstance(state, NoDeal) else state.stage


@for_all(st.lists(EVENTS, max_size=30))
def test_evolve_never_fails_on_any_sequence_of_events(history: list[Event]) -> None:
    state: State = NoDeal()
    for event in history:
        state = evolve(state, event)
        assert isinstance(state, get_args(State))


@for_all(st.lists(COMMANDS, max_size=30))
def test_the_history_of_stages_is_a_partition_of_the_deals_life(commands: list[Command]) -> None:
    """Every event that changes the stage leaves the very stage that the one before it entered: no gap, no overlap."""
    state: State = NoDeal()
    stage: str | None = None
    for command in commands:
        try:
            events = DEALS.decide(command, state)
        except Rejected:
            events = ()
        for event in events:
            match event:
                case DealOpened(stage=entered):
                    assert stage is None
                    stage = entered
                case (
                    DealStageChanged(from_stage=left, to_stage=entered)
                    | DealReopened(from_stage=left, to_stage=entered)
                ):
                    assert (left, left != entered) == (stage, True)
                    stage = entered
                case DealWon(from_stage=left, stage=entered) | DealLost(from_stage=left, stage=entered):
                    assert (left, left != entered) == (stage, True)
                    stage = entered
        state = DEALS.fold(events, state)
        assert stage_of(state) == stage
        kinds = {Open: "open", Nurtured: "nurture", Won: "won", Lost: "lost"}
        if stage is not None:
            found = PIPELINES["default"].stage(stage)
            assert found is not None
            assert found.kind == kinds[type(state)]
