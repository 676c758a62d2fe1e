"""A pipeline's rules: what may change from version to version. Pure.

A change never breaks what is in work: a stage keeps its kind for ever, and one that is left out stays known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from events.contracts.deals import PipelineRetired, PipelineSaved
from events.decider import Decider, Rejected
from events.event import Event

from deals.pipelines.pipeline import Definition, Pipeline


@dataclass(frozen=True, slots=True)
class NoPipeline:
    """Nothing was saved yet."""


State = NoPipeline | Pipeline


@dataclass(frozen=True, slots=True)
class CreatePipeline:
    """``version`` is the number that the first one gets."""

    code: str
    definition: Definition
    version: int = 1


@dataclass(frozen=True, slots=True)
class SavePipeline:
    """A new version; it brings a retired pipeline back."""

    definition: Definition


@dataclass(frozen=True, slots=True)
class RetirePipeline:
    """No deal is opened in it any more."""


Command = CreatePipeline | SavePipeline | RetirePipeline


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command; nothing where it is already so. Raises :class:`events.decider.Rejected`."""
    match command, state:
        case CreatePipeline(code=code, definition=definition, version=version), NoPipeline():
            return (_saved(code, definition, version),)
        case CreatePipeline(definition=definition), Pipeline():
            if _same(definition, state):
                return ()
            raise Rejected("pipeline_exists", f"There is a pipeline {state.code}; save a new version of it.")
        case _, NoPipeline():
            raise Rejected("no_pipeline", "There is no such pipeline.")
        case SavePipeline(definition=definition), Pipeline():
            return _save(definition, state)
        case RetirePipeline(), Pipeline():
            return () if state.is_retired else (PipelineRetired(code=state.code),)
    raise AssertionError("every command meets every state")


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case PipelineSaved(), _:
            before = (*state.stages, *state.former) if isinstance(state, Pipeline) else ()
            now = {stage.code for stage in event.stages}
            former = tuple(stage.model_dump() for stage in before if stage.code not in now)
            return Pipeline.model_validate({**event.model_dump(), "former": former})
        case PipelineRetired(), Pipeline():
            return state.model_copy(update={"is_retired": True})
    return state


PIPELINE: Decider[Command, State] = Decider(NoPipeline(), decide, evolve)


def _save(definition: Definition, before: Pipeline) -> Sequence[Event]:
    for stage in definition.stages:
        known = before.known(stage.code)
        if known is not None and known.kind != stage.kind:
            raise Rejected(
                "kind_fixed", f"{stage.code} is a stage of kind {known.kind} in earlier versions; take another code."
            )
    if _same(definition, before):
        return ()
    return (_saved(before.code, definition, before.version + 1),)


def _same(definition: Definition, before: Pipeline) -> bool:
    return not before.is_retired and definition.model_dump(exclude_none=True) == before.definition()


def _saved(code: str, definition: Definition, version: int) -> PipelineSaved:
    return PipelineSaved.model_validate({**definition.model_dump(), "code": code, "version": version})
