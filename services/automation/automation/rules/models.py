"""Rules as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from events.inputs import Input
from events.problems import FieldError
from pydantic import BaseModel, Field

from automation.parts import Slug
from automation.rules.ready import ReadyRule
from automation.rules.rule import Definition

RuleState = Literal["draft", "enabled", "disabled"]


class RuleCard(BaseModel):
    """A rule as it is now: its newest version."""

    id: Slug
    origin: Literal["file", "kept"] = Field(description="Written in the installation's file, or kept by the service.")
    state: RuleState = Field(description="`draft`: never switched on.")
    version: int = Field(description="The newest version, which `definition` shows.")
    enabled_version: int | None = Field(None, description="The version that fires now.")
    revision: int | None = Field(None, description="Send it as If-Match. Rules of the file have none.")
    takes_over: bool = Field(
        False, description="A rule of the file gives way to it once it is first switched on or off."
    )
    definition: Definition


class Fault(BaseModel):
    """What is wrong, and where: a JSON pointer into the definition. `detail` names the character of a condition."""

    detail: str
    pointer: str


class RuleDetails(RuleCard):
    """A rule, and what is wrong with it."""

    faults: list[Fault] = Field(
        description="What is wrong with `definition` as things are now, such as a condition that an earlier release "
        "took and that could cost too much: it is not evaluated, and what it would decide is withheld as `over_limit`."
    )


class RuleList(BaseModel):
    """Rules by name; those of the file that have given way are left out."""

    rules: list[RuleCard]


class Catalogue(BaseModel):
    """Ready rules, and the templates that they name: save both to use one."""

    ready: list[ReadyRule]


class RuleVersion(BaseModel):
    """A version of a rule, and when it fired."""

    version: int
    saved_at: datetime
    saved_by: str
    definition: Definition


class RulePeriod(BaseModel):
    """A time in which a version fired, by the recording of events; without `until` it still does."""

    version: int
    since: datetime
    until: datetime | None = None


class RuleHistory(BaseModel):
    """What was saved and switched, oldest first."""

    versions: list[RuleVersion]
    periods: list[RulePeriod]


class Checked(BaseModel):
    """What would be wrong with a rule."""

    faults: list[Fault]


class Switch(Input):
    """Which version to switch on; none: the newest."""

    version: int | None = Field(None, ge=1)


class Suppressed(BaseModel):
    """An action that was withheld, and why."""

    suppression_id: UUID
    version: int
    action: str
    event_id: UUID
    event_type: str
    reason: str
    customer_id: UUID | None = None
    recorded_at: datetime


class SuppressedPage(BaseModel):
    """Withheld actions, newest first."""

    suppressed: list[Suppressed]
    next: str | None = Field(None, description="Cursor of the next page.")


def pointed(faults: Sequence[str], root: str = "#") -> list[FieldError]:
    """Faults of the form ``.actions[0].template: why`` as errors of a request."""
    parts = (fault.partition(": ") for fault in faults)
    return [FieldError(why, pointer=root + _pointer(place)) for place, _, why in parts]


def told(faults: Sequence[str]) -> list[Fault]:
    """The same in an answer that is no refusal."""
    return [Fault(detail=error.detail, pointer=error.pointer or "#") for error in pointed(faults)]


def _pointer(place: str) -> str:
    return place.replace("[", "/").replace("]", "").replace(".", "/")
