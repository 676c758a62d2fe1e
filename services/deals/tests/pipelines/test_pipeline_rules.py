"""The rules of a pipeline: given, when, then."""

from __future__ import annotations

from typing import Any

import pytest
from deals.pipelines import files
from deals.pipelines.domain import PIPELINE, CreatePipeline, NoPipeline, RetirePipeline, SavePipeline
from deals.pipelines.pipeline import Definition, Pipeline
from events.contracts.deals import PipelineRetired, PipelineSaved
from events.decider import Rejected
from events.event import Event
from events.testing import given
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError


def stage(code: str, kind: str = "open", **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "title_ru": code, "title_en": code, "probability": "0.5", **more}


def definition(*stages: dict[str, Any], **more: Any) -> Definition:
    ends = [stage("won", "won"), stage("lost", "lost")]
    reasons = [{"code": "other", "title_ru": "Другое", "title_en": "Other"}]
    whole = {"title_ru": "Опт", "title_en": "Wholesale", "stages": [*stages, *ends], "loss_reasons": reasons}
    return Definition.model_validate({**whole, **more})


def saved(what: Definition, version: int) -> PipelineSaved:
    return PipelineSaved.model_validate({**what.model_dump(), "code": "wholesale", "version": version})


TALK = definition(stage("talk"))
TALK_AND_PAY = definition(stage("talk"), stage("pay", days=3))
PAY = definition(stage("pay"))
FIRST, SECOND = saved(TALK, 1), saved(TALK_AND_PAY, 2)
RETIRED = PipelineRetired(code="wholesale")


def test_a_pipeline_is_created_once() -> None:
    given(PIPELINE).when(CreatePipeline("wholesale", TALK)).then(FIRST)
    given(PIPELINE, FIRST).when(CreatePipeline("wholesale", TALK)).then_nothing()
    given(PIPELINE, FIRST).when(CreatePipeline("wholesale", PAY)).then_rejected("pipeline_exists")


def test_a_new_version_is_saved_whole_and_the_same_is_none() -> None:
    given(PIPELINE, FIRST).when(SavePipeline(TALK_AND_PAY)).then(SECOND)
    given(PIPELINE, FIRST, SECOND).when(SavePipeline(TALK_AND_PAY)).then_nothing()
    given(PIPELINE).when(SavePipeline(TALK)).then_rejected("no_pipeline")


def test_a_stage_keeps_its_kind_for_ever_even_while_it_is_left_out() -> None:
    kept_warm = definition(stage("talk", "nurture"), stage("pay"))
    given(PIPELINE, FIRST).when(SavePipeline(kept_warm)).then_rejected("kind_fixed")
    given(PIPELINE, FIRST, saved(PAY, 2)).when(SavePipeline(kept_warm)).then_rejected("kind_fixed")


def test_a_stage_that_was_left_out_may_come_back() -> None:
    given(PIPELINE, FIRST, saved(PAY, 2)).when(SavePipeline(TALK)).then(saved(TALK, 3))


def test_a_retired_pipeline_is_brought_back_by_saving_it_even_as_it_was() -> None:
    given(PIPELINE, FIRST).when(RetirePipeline()).then(RETIRED)
    given(PIPELINE, FIRST, RETIRED).when(RetirePipeline()).then_nothing()
    given(PIPELINE, FIRST, RETIRED).when(SavePipeline(TALK)).then(saved(TALK, 2))
    given(PIPELINE).when(RetirePipeline()).then_rejected("no_pipeline")


def test_stages_of_earlier_versions_stay_known_as_they_were_last() -> None:
    pipeline = PIPELINE.fold([FIRST, SECOND, saved(definition(stage("sign")), 3)])
    assert isinstance(pipeline, Pipeline)
    assert [one.code for one in pipeline.former] == ["talk", "pay"]
    assert (pipeline.stage("pay"), pipeline.known("pay")) == (None, TALK_AND_PAY.stages[1])


@pytest.mark.parametrize(
    "wrong",
    [
        {"stages": [stage("talk"), stage("won", "won"), stage("won2", "won"), stage("lost", "lost")]},
        {"stages": [stage("talk"), stage("talk"), stage("won", "won"), stage("lost", "lost")]},
        {"stages": [stage("talk", probability="1.5"), stage("won", "won"), stage("lost", "lost")]},
        {"loss_reasons": []},
        {"deal_types": [{"code": "Tender!", "title_ru": "Тендер", "title_en": "Tender"}]},
    ],
)
def test_a_definition_that_is_not_whole_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        definition(stage("talk"), **wrong)


def test_the_default_pipeline_says_what_to_do_in_its_stages() -> None:
    default = files.load()["default"]
    contact = default.stage("first_contact")
    assert contact is not None
    assert contact.guidance is not None
    assert contact.guidance.script_ru
    assert [item.required for one in default.stages for item in (one.guidance.checklist if one.guidance else ())]
    assert not any(one.required() for one in default.stages)


DEFINITIONS = st.lists(st.sampled_from(["talk", "pay", "sign", "call"]), min_size=1, max_size=4, unique=True).map(
    lambda codes: definition(*(stage(code) for code in codes))
)
COMMANDS = st.lists(
    st.one_of(
        DEFINITIONS.map(SavePipeline),
        DEFINITIONS.map(lambda one: CreatePipeline("wholesale", one)),
        st.just(RetirePipeline()),
    ),
    max_size=12,
)


@for_all(COMMANDS)
def test_no_stage_is_ever_forgotten_and_versions_count_one_by_one(commands: list[Any]) -> None:
    history: list[Event] = []
    seen: set[str] = set()
    for command in commands:
        state = PIPELINE.fold(history)
        try:
            events = PIPELINE.decide(command, state)
        except Rejected:
            continue
        for event in events:
            if isinstance(event, PipelineSaved):
                assert event.version == 1 + sum(isinstance(one, PipelineSaved) for one in history)
                seen |= {one.code for one in event.stages}
            history.append(event)
    state = PIPELINE.fold(history)
    if isinstance(state, NoPipeline):
        assert seen == set()
    else:
        assert {one.code for one in (*state.stages, *state.former)} == seen
        assert len(state.stages) + len(state.former) == len(seen)
