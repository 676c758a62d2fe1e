"""A deal that was lived elsewhere, and the commands that live it here: those that are missing yet. Pure.

A history is steps in the order of time: stages entered, and how it ended. What a deal's stream tells is compared with
them: if one is the beginning of the other, nothing contradicts, and what is missing is lived through by the deal's own
commands at the times at which it happened. Else the history is refused with the step from which they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from events.decider import Rejected

from deals.deal.orders import (
    ChangeValue,
    Command,
    LoseDeal,
    MoveDeal,
    OpenDeal,
    ReassignDeal,
    ReopenDeal,
    Retag,
    SetLines,
    WinDeal,
)
from deals.deal.states import Lost, NoDeal
from deals.imports.past import Known, PastDeal, Said, Step, Timed, said_of
from deals.money import money
from deals.pipelines.pipeline import Pipeline, Pipelines


def lived_elsewhere(pipelines: Pipelines) -> Pipelines:
    """Pipelines without check-lists: a life that was lived elsewhere ticked nothing off here."""
    return {
        code: pipeline.model_copy(
            update={"stages": tuple(stage.model_copy(update={"guidance": None}) for stage in pipeline.stages)}
        )
        for code, pipeline in pipelines.items()
    }


def commands_of(past: PastDeal, number: str, currency: str, pipelines: Pipelines, before: Known) -> list[Timed]:
    """What is to be done so that the deal's life is this one; nothing where it is so already.

    Raises ``Rejected``: ``unknown_pipeline``, ``other_pipeline``, ``other_customer``, ``no_time``, ``not_closed_at``,
    ``reason_required``, ``out_of_order`` and ``diverged``.
    """
    pipeline = pipelines.get(past.pipeline)
    if pipeline is None:
        raise Rejected("unknown_pipeline", f"There is no pipeline {past.pipeline}.")
    known = condensed(before.trail)
    steps = steps_of(past, pipeline, known)
    state = before.standing.state
    if isinstance(state, NoDeal):
        opening = Timed(_open(past, steps[0], number, currency), steps[0].at)
        besides = [Timed(SetLines(past.priced), steps[0].at)] if past.priced else []
        tags = [Timed(Retag(past.tags), steps[0].at)] if past.tags else []
        return [opening, *besides, *tags, *_lived(past, steps[1:])]
    if state.deal.customer_id != past.customer_id:
        raise Rejected("other_customer", "The deal is another customer's here.")
    if state.deal.pipeline != past.pipeline:
        raise Rejected("other_pipeline", f"The deal is in the pipeline {state.deal.pipeline} here.")
    missing = _missing(steps, known)
    again: list[Timed] = []
    if missing and isinstance(state, Lost):
        again, missing = _back(missing, known)
    last = before.standing.last_at or steps[-1].at
    at = again[0].at if again else missing[0].at if missing else max(steps[-1].at, last)
    return [*again, *_said_anew(past, before.said, at), *_lived(past, missing)]


def steps_of(past: PastDeal, pipeline: Pipeline, known: Sequence[Step] = ()) -> list[Step]:
    """The steps of a history; a stage entered from itself is none. Opened before them, it begins as it did here."""
    visits = list(past.visits)
    if past.opened_at is not None and (not visits or past.opened_at < visits[0][1]):
        visits.insert(0, (known[0].stage if known else pipeline.first().code, past.opened_at))
    if not visits:
        raise Rejected("no_time", "Say when the deal was opened, or when it entered its first stage.")
    steps = [Step("stage", stage, at) for stage, at in visits]
    if past.outcome != "open":
        if past.closed_at is None:
            raise Rejected("not_closed_at", "Say when the deal was won or lost.")
        if past.outcome == "lost" and past.reason is None:
            raise Rejected("reason_required", "Say why the deal was lost.")
        steps.append(Step(past.outcome, pipeline.end(past.outcome).code, past.closed_at))
    for before, after in pairwise(steps):
        if after.at < before.at:
            raise Rejected("out_of_order", f"{after.stage} at {after.at.isoformat()} comes before {before.stage}.")
    return condensed(steps)


def condensed(steps: Sequence[Step]) -> list[Step]:
    """Steps without a loss that was taken back, and without entering a stage from itself."""
    kept: list[Step] = []
    for step in steps:
        if step.what == "stage" and kept and kept[-1].what == "lost":
            kept.pop()
        if not (kept and (kept[-1].what, kept[-1].stage) == (step.what, step.stage)):
            kept.append(step)
    return kept


def _missing(steps: Sequence[Step], known: Sequence[Step]) -> list[Step]:
    """The steps that are to be lived yet. Where the deal has gone on since, nothing."""
    same = 0
    while same < min(len(steps), len(known)) and _is_same(steps[same], known[same]):
        same += 1
    if same == len(steps):
        return []
    if same == len(known) or (
        same == len(known) - 1 and known[same].what == "lost" and steps[same].at >= known[same].at
    ):
        return list(steps[same:])
    here, there = known[same], steps[same]
    raise Rejected(
        "diverged",
        f"Here step {same + 1} is {here.stage} at {here.at.isoformat()}, in the history {there.stage} at"
        f" {there.at.astimezone(here.at.tzinfo).isoformat()}; what has happened is not changed.",
    )


def _is_same(one: Step, other: Step) -> bool:
    return one.what == other.what and one.at == other.at and (one.what != "stage" or one.stage == other.stage)


def _back(missing: Sequence[Step], known: Sequence[Step]) -> tuple[list[Timed], list[Step]]:
    """A lost deal that went on comes back: to the stage it entered, or to its last one if it was closed at once."""
    first = missing[0]
    if first.what == "stage":
        return [Timed(ReopenDeal(first.stage), first.at)], list(missing[1:])
    last = [step.stage for step in known if step.what == "stage"][-1]
    return [Timed(ReopenDeal(last), first.at)], list(missing)


def _open(past: PastDeal, first: Step, number: str, currency: str) -> OpenDeal:
    return OpenDeal(
        past.deal_id,
        past.customer_id,
        number,
        past.pipeline,
        past.value or money(Decimal(0), currency),
        stage=first.stage,
        lead_id=past.lead_id,
        deal_type=past.deal_type,
        manager_id=past.manager_id,
        direction=past.direction,
        title=past.title,
        organisation_id=past.organisation_id,
    )


def _said_anew(past: PastDeal, said: Said, at: datetime) -> list[Timed]:
    """What is said otherwise than the last time; what people have changed here meanwhile stays."""
    now = said_of(past)
    commands: list[Command] = []
    if past.priced is not None and now.lines != said.lines:
        commands.append(SetLines(past.priced))
    elif past.value is not None and past.priced is None and now.value != said.value:
        commands.append(ChangeValue(past.value))
    if past.manager_id is not None and now.manager_id != said.manager_id:
        commands.append(ReassignDeal(past.manager_id))
    if past.tags - set(said.tags):
        commands.append(Retag(past.tags - set(said.tags)))
    return [Timed(command, at) for command in commands]


def _lived(past: PastDeal, steps: Sequence[Step]) -> list[Timed]:
    return [Timed(_command(past, step), step.at) for step in steps]


def _command(past: PastDeal, step: Step) -> Command:
    match step.what:
        case "won":
            return WinDeal(None if past.priced else past.value)
        case "lost":
            return LoseDeal(past.reason or "", past.comment)
    return MoveDeal(step.stage)
