"""By which rule a qualified lead becomes a deal, is offered as one, or does not. Pure.

The first rule that fits decides. Where none fits it is as if there were no rules: the service's setting decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from events.contracts.deals import OpeningRule
from events.decider import Rejected

from deals.pipelines.pipeline import Pipelines

OPEN: Final = OpeningRule(name="default", action="open")
NOTHING: Final = OpeningRule(name="default", action="nothing")


@dataclass(frozen=True, slots=True)
class QualifiedLead:
    """What rules look at."""

    direction: str | None
    temperature: str | None
    source: str | None


def rule_for(rules: Sequence[OpeningRule], lead: QualifiedLead, otherwise: OpeningRule) -> OpeningRule:
    """The first rule that fits the lead."""
    return next((rule for rule in rules if fits(rule, lead)), otherwise)


def fits(rule: OpeningRule, lead: QualifiedLead) -> bool:
    """Whether the lead is one of what each list names; an empty list takes anything."""
    asked = (
        (rule.directions, lead.direction),
        (rule.temperatures, lead.temperature),
        (rule.sources, lead.source),
    )
    return all(not wanted or found in wanted for wanted, found in asked)


def check(rules: Sequence[OpeningRule], pipelines: Pipelines) -> None:
    """Refuses rules that could open nothing, with ``unknown_pipeline``, ``unknown_stage`` or ``unknown_type``."""
    for rule in rules:
        if rule.action == "nothing":
            continue
        pipeline = pipelines.get(rule.pipeline)
        if pipeline is None or pipeline.is_retired:
            raise Rejected("unknown_pipeline", f"The rule {rule.name} names {rule.pipeline}, which takes no deals.")
        stage = pipeline.stage(rule.stage) if rule.stage else None
        if rule.stage and (stage is None or stage.kind != "open"):
            raise Rejected("unknown_stage", f"The rule {rule.name} names {rule.stage}, where no deals are worked on.")
        if not pipeline.takes(rule.deal_type):
            raise Rejected("unknown_type", f"The rule {rule.name} names {rule.deal_type}, no type of deals there.")
