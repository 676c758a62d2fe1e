"""A rule as data: a trigger, a condition, actions."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from automation.actions import Action
from automation.parts import Part, Slug, Title

SOURCES = ("leads", "deals", "automation")


class Rule(Part):
    """When this happens and this condition holds, do that. A change of meaning is a new ``version``."""

    id: Slug
    version: int = Field(ge=1)
    enabled: bool = True
    title: Title
    trigger: str
    when: str = Field("", description="A condition in CEL over the event; none holds always.")
    where: str = Field("", description="A condition in CEL over what is known when the event was recorded; none holds.")
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Rules:
    """The rules in force, in the order of the file."""

    rules: tuple[Rule, ...]

    def on(self, type_: str) -> list[Rule]:
        """The enabled rules that an event of this type fires."""
        return [rule for rule in self.rules if rule.enabled and rule.trigger == type_]

    @property
    def triggers(self) -> frozenset[str]:
        """The types of events that fire an enabled rule."""
        return frozenset(rule.trigger for rule in self.rules if rule.enabled)
