"""The rules of distribution as they are set by the API and kept, version by version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from events.contracts.leads import Temperature
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ManagerId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._@-]{1,100}$")]
Folded = Annotated[Name, AfterValidator(str.casefold)]
MOST = 200
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=_EARLIEST, le=_LATEST)]
"""A time of the calendar that every clock can show and count from."""


class Frozen(BaseModel):
    """What is given by a caller: fields that nobody knows are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Conditions(Frozen):
    """What a rule asks of a lead: every list that is given must hold the lead's value. Empty: any value."""

    sources: tuple[Name, ...] = Field((), max_length=MOST, description="Names of configured sources.")
    channels: tuple[Name, ...] = Field((), max_length=MOST, description="Where the person came from.")
    intakes: tuple[Name, ...] = Field(
        (), max_length=MOST, description="Ways in. Imported leads are routed only by a rule that names `import`."
    )
    directions: tuple[Name, ...] = Field((), max_length=MOST, description="Lines of business.")
    campaigns: tuple[Name, ...] = Field((), max_length=MOST)
    languages: tuple[Folded, ...] = Field((), max_length=MOST, description="As the request tells it: `ru`, `en`.")
    regions: tuple[Folded, ...] = Field(
        (), max_length=MOST, description="Country of the first phone (`RU`), or region or city that the form told."
    )
    returning: bool | None = None
    temperatures: tuple[Temperature, ...] = ()
    categories: tuple[Name, ...] = Field((), max_length=MOST)
    fields: dict[Name, tuple[Folded, ...]] = Field(
        default_factory=dict, max_length=20, description="Further fields of the request, by name."
    )

    @property
    def needs_request(self) -> bool:
        """Must the sealed request be read to judge this?"""
        return bool(self.languages or self.regions or self.fields)


class Turns(Frozen):
    """One of several managers: in turns by their weights, or the one with the fewest leads in work."""

    strategy: Literal["round_robin", "least_busy"]
    managers: tuple[ManagerId, ...] = Field((), max_length=MOST, description="All three empty: everybody.")
    teams: tuple[Name, ...] = Field((), max_length=MOST)
    departments: tuple[Name, ...] = Field((), max_length=MOST)


class Named(Frozen):
    """One manager, or the deputy of his absence."""

    strategy: Literal["manager"]
    manager_id: ManagerId


class ToCallList(Frozen):
    """Nobody: the lead waits on a call list."""

    strategy: Literal["call_list"]
    call_list: Slug


class ByHand(Frozen):
    """Nobody: the lead stays among the unsorted until somebody takes or gives it."""

    strategy: Literal["by_hand"]


Target = Annotated[Turns | Named | ToCallList | ByHand, Field(discriminator="strategy")]


class Rule(Frozen):
    """Which leads, to whom, and what if nobody is there now."""

    id: Slug
    title: Name | None = None
    active: bool = True
    on: Literal["captured", "qualified"] = Field(
        "captured", description="`qualified`: asked when the first line has judged the lead, again at each judgement."
    )
    when: Conditions = Conditions()
    to: Target
    otherwise: Literal["next_rule", "wait", "unsorted"] = Field(
        "next_rule", description="When nobody can take it now; `wait`: until the first of them can."
    )


class Ruleset(Frozen):
    """All rules in their order: the first that fits decides."""

    rules: tuple[Rule, ...] = Field((), max_length=MOST)
    returning_to_own_manager: bool = Field(
        True, description="A returning customer goes to his own manager, in his absence to the deputy, before any rule."
    )
    by_hand_directions: tuple[Name, ...] = Field(
        (), max_length=MOST, description="Lines of business in which nothing is assigned by itself."
    )

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"rules share an id: {', '.join(twice)}")
        return self

    @property
    def needs_request(self) -> bool:
        """Does any rule ask for what only the sealed request tells?"""
        return any(rule.when.needs_request for rule in self.rules if rule.active)


class Considered(BaseModel):
    """A manager whom a rule considered; ``out`` says why he fell out, ``until`` when that may end."""

    manager_id: str
    load: int = Field(description="Leads in work: his, and not judged yet.")
    out: str | None = None
    until: str | None = None


class Tried(BaseModel):
    """A rule and what came of it; ``failed`` is the condition that did not hold."""

    rule: str
    failed: str | None = None
    strategy: str | None = None
    considered: list[Considered] = []
    outcome: str | None = None
