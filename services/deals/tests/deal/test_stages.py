"""The rules of stages: check-lists, nurture until a time, pipelines that changed. Given, when, then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from deals.deal.decide import decider
from deals.deal.orders import Check, HandOverDeal, MoveDeal, NurtureDeal, OpenDeal, ReassignDeal, WakeDeal, WinDeal
from deals.money import CENT, money
from deals.pipelines.pipeline import Pipeline
from events.contracts.deals import (
    DealChecked,
    DealLost,
    DealOpened,
    DealPutOff,
    DealReassigned,
    DealStageChanged,
    DealWoken,
    DealWon,
)
from events.sealed import Sealed
from events.testing import given

DEAL, CUSTOMER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
IDS: dict[str, Any] = {"deal_id": DEAL, "customer_id": CUSTOMER}
NOTHING = money(CENT * 0, "RUB")
BECAUSE: Sealed[str] = Sealed("s1." + "b" * 40)
MAY = datetime(2026, 5, 1, 9, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, 9, tzinfo=UTC)


def pipeline(**more: Any) -> Pipeline:
    def stage(code: str, kind: str = "open", *required: str) -> dict[str, Any]:
        items = [{"code": item, "title_ru": item, "title_en": item, "required": True} for item in required]
        items.append({"code": "coffee", "title_ru": "Кофе", "title_en": "Coffee"})
        titles = {"title_ru": code, "title_en": code}
        return {"code": code, "kind": kind, **titles, "probability": "0.5", "guidance": {"checklist": items}}

    whole: dict[str, Any] = {
        "code": "default",
        "version": 3,
        "title_ru": "Опт",
        "title_en": "Wholesale",
        "stages": [
            stage("talk", "open", "needs", "budget"),
            stage("pay"),
            stage("later", "nurture"),
            stage("won", "won"),
            stage("lost", "lost"),
        ],
        "loss_reasons": [{"code": "other", "title_ru": "Другое", "title_en": "Other"}],
    }
    return Pipeline.model_validate(whole | more)


DEALS = decider({"default": pipeline()})
OPEN = OpenDeal(DEAL, CUSTOMER, "D-000001", "default", NOTHING, manager_id="anna")
OPENED = DealOpened(
    **IDS, number="D-000001", pipeline="default", pipeline_version=3, stage="talk", value=NOTHING, manager_id="anna"
)
TO_PAY = DealStageChanged(**IDS, from_stage="talk", to_stage="pay", to_kind="open", pipeline_version=3)
TO_LATER = DealStageChanged(**IDS, from_stage="talk", to_stage="later", to_kind="nurture", pipeline_version=3)
UNTIL_MAY = DealPutOff(**IDS, wake_at=MAY)
WON = DealWon(**IDS, from_stage="talk", stage="won", value=NOTHING, pipeline_version=3)
LOST = DealLost(**IDS, from_stage="talk", stage="lost", reason="other", comment=BECAUSE, pipeline_version=3)


def checked(item: str, is_done: bool = True) -> DealChecked:
    return DealChecked(**IDS, stage="talk", item=item, is_done=is_done)


def test_a_required_item_holds_a_deal_back_from_moving_forward() -> None:
    given(DEALS, OPENED).when(MoveDeal("pay")).then_rejected("checklist_incomplete")
    given(DEALS, OPENED, checked("needs")).when(MoveDeal("pay")).then_rejected("checklist_incomplete")
    given(DEALS, OPENED, checked("needs"), checked("budget")).when(MoveDeal("pay")).then(TO_PAY)


def test_a_tick_that_was_taken_away_does_not_count() -> None:
    history = (OPENED, checked("needs"), checked("budget"), checked("budget", is_done=False))
    given(DEALS, *history).when(MoveDeal("pay")).then_rejected("checklist_incomplete")


def test_a_reason_lets_a_deal_go_on_and_the_event_says_what_was_open() -> None:
    forced = TO_PAY.model_copy(update={"unchecked": ("budget",), "because": BECAUSE})
    given(DEALS, OPENED, checked("needs")).when(MoveDeal("pay", BECAUSE)).then(forced)


def test_a_reason_that_was_not_needed_is_not_told() -> None:
    given(DEALS, OPENED, checked("needs"), checked("budget")).when(MoveDeal("pay", BECAUSE)).then(TO_PAY)


def test_winning_is_a_move_forward() -> None:
    given(DEALS, OPENED).when(WinDeal()).then_rejected("checklist_incomplete")
    forced = WON.model_copy(update={"unchecked": ("needs", "budget"), "because": BECAUSE})
    given(DEALS, OPENED).when(WinDeal(because=BECAUSE)).then(forced)


def test_back_to_nurture_and_to_a_loss_nothing_holds_a_deal() -> None:
    back = DealStageChanged(**IDS, from_stage="pay", to_stage="talk", to_kind="open", pipeline_version=3)
    given(DEALS, OPENED, TO_PAY).when(MoveDeal("talk")).then(back)
    given(DEALS, OPENED).when(MoveDeal("later")).then(TO_LATER)


def test_out_of_a_stage_that_was_left_out_nothing_holds_a_deal() -> None:
    without = pipeline(stages=tuple(one.model_dump() for one in pipeline().stages if one.code != "talk"), version=4)
    newer = decider({"default": without})
    given(newer, OPENED).when(MoveDeal("pay")).then(TO_PAY.model_copy(update={"pipeline_version": 4}))
    given(newer, OPENED).when(MoveDeal("talk")).then_nothing()


def test_items_are_ticked_off_in_any_stage_and_only_those_there_are() -> None:
    given(DEALS, OPENED).when(Check("needs", is_done=True)).then(checked("needs"))
    given(DEALS, OPENED, TO_PAY).when(Check("needs", is_done=True, stage="talk")).then(checked("needs"))
    given(DEALS, OPENED, checked("needs")).when(Check("needs", is_done=True)).then_nothing()
    given(DEALS, OPENED).when(Check("needs", is_done=False)).then_nothing()
    given(DEALS, OPENED).when(Check("tea", is_done=True)).then_rejected("unknown_item")
    given(DEALS, OPENED, LOST).when(Check("needs", is_done=True, stage="talk")).then_rejected("already_lost")


def test_a_deal_is_put_off_until_a_time_and_the_time_may_change() -> None:
    given(DEALS, OPENED).when(NurtureDeal(wake_at=MAY)).then(TO_LATER, UNTIL_MAY)
    given(DEALS, OPENED).when(NurtureDeal()).then(TO_LATER)
    later = (OPENED, TO_LATER, UNTIL_MAY)
    given(DEALS, *later).when(NurtureDeal(wake_at=MAY)).then_nothing()
    given(DEALS, *later).when(NurtureDeal(wake_at=JUNE)).then(DealPutOff(**IDS, wake_at=JUNE))
    given(DEALS, *later).when(NurtureDeal()).then(DealPutOff(**IDS))


def test_a_deal_is_put_off_only_to_a_stage_of_nurture() -> None:
    given(DEALS, OPENED).when(NurtureDeal("pay")).then_rejected("not_a_nurture_stage")
    given(DEALS, OPENED).when(NurtureDeal("dreaming")).then_rejected("unknown_stage")
    given(DEALS, OPENED, LOST).when(NurtureDeal()).then_rejected("already_lost")
    warm = pipeline(stages=tuple(one.model_dump() for one in pipeline().stages if one.kind != "nurture"))
    given(decider({"default": warm}), OPENED).when(NurtureDeal()).then_rejected("no_nurture_stage")


def test_a_deal_wakes_once_and_only_at_the_time_it_is_put_off_until() -> None:
    woken = DealWoken(**IDS, stage="later", manager_id="anna")
    later = (OPENED, TO_LATER, UNTIL_MAY)
    given(DEALS, *later).when(WakeDeal(MAY)).then(woken)
    given(DEALS, *later, woken).when(WakeDeal(MAY)).then_nothing()
    given(DEALS, *later, DealPutOff(**IDS, wake_at=JUNE)).when(WakeDeal(MAY)).then_nothing()
    given(DEALS, OPENED, WON).when(WakeDeal(MAY)).then_nothing()


def test_a_deal_that_comes_back_from_nurture_forgets_until_when_it_was_put_off() -> None:
    back = DealStageChanged(**IDS, from_stage="later", to_stage="talk", to_kind="open", pipeline_version=3)
    given(DEALS, OPENED, TO_LATER, UNTIL_MAY, back).when(WakeDeal(MAY)).then_nothing()


def test_no_deal_is_opened_in_a_retired_pipeline_nor_of_a_type_it_does_not_know() -> None:
    given(decider({"default": pipeline(is_retired=True)})).when(OPEN).then_rejected("pipeline_retired")
    given(DEALS).when(replace(OPEN, deal_type="tender")).then_rejected("unknown_type")
    given(DEALS).when(replace(OPEN, deal_type="repeat_sale")).then(
        OPENED.model_copy(update={"deal_type": "repeat_sale"})
    )


def test_a_hand_over_moves_deals_in_work_that_are_still_the_managers() -> None:
    over = HandOverDeal("anna", "boris", "dismissal", OTHER)
    moved = DealReassigned(**IDS, manager_id="boris", previous_manager_id="anna", reason="dismissal", handover_id=OTHER)
    given(DEALS, OPENED).when(over).then(moved)
    given(DEALS, OPENED, moved).when(over).then_nothing()
    given(DEALS, OPENED, WON).when(over).then_nothing()
    given(DEALS, OPENED, LOST).when(ReassignDeal("boris")).then(
        DealReassigned(**IDS, manager_id="boris", previous_manager_id="anna")
    )
