"""Marketing events as the API takes and gives them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from events.contracts.deals import Money
from events.contracts.leads.marketing import Resource
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from leads.imports.mapping import Mapping
from leads.marketing.domain import Plan
from leads.new_lead import Utc
from leads.normalise import clean

DEFAULT_STAGES = ("invited", "registered", "came")
MOST_PARTICIPANTS = 1_000

Name = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(clean)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
Mark = Annotated[int, Field(ge=1, le=5)]
State = Literal["planned", "held", "closed", "cancelled"]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Amount(_Body):
    """Money in major units; ``currency`` is an ISO 4217 code."""

    amount: Decimal = Field(ge=0, max_digits=15, decimal_places=2, examples=["150000.00"])
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["RUB"])

    def money(self) -> Money:
        """As events tell it."""
        return Money(amount=self.amount, currency=self.currency)


class NewResource(_Body):
    """What the event takes."""

    name: Name
    quantity: int = Field(1, ge=1, le=1_000_000)
    cost: Amount | None = None

    def resource(self) -> Resource:
        """As events tell it."""
        return Resource(name=self.name, quantity=self.quantity, cost=self.cost.money() if self.cost else None)


class EventPlan(_Body):
    """The plan of an event. ``stages`` are what participants go through, in order; the last one means: came."""

    name: Name
    kind: Code = Field(examples=["exhibition"])
    planned_from: Utc
    planned_to: Utc
    place: Name | None = None
    stages: tuple[Code, ...] = Field(DEFAULT_STAGES, min_length=1, max_length=20)
    budget: Amount | None = None
    resources: tuple[NewResource, ...] = Field((), max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.planned_to < self.planned_from:
            raise ValueError("planned_to lies before planned_from")
        if len(set(self.stages)) < len(self.stages):
            raise ValueError("a stage stands there twice")
        return self

    def plan(self) -> Plan:
        """As the decider takes it."""
        return Plan(
            self.name,
            self.kind,
            self.stages,
            self.planned_from,
            self.planned_to,
            self.place,
            self.budget.money() if self.budget else None,
            tuple(resource.resource() for resource in self.resources),
        )


class NewEvent(EventPlan):
    """A new event."""

    direction: str | None = Field(None, max_length=100, description="Line of business.")


class HeldDates(_Body):
    """When it really took place."""

    held_from: Utc
    held_to: Utc

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.held_to < self.held_from:
            raise ValueError("held_to lies before held_from")
        return self


class Reason(_Body):
    """Why it will not take place."""

    reason: Code


class OrganisationResult(_Body):
    """What came of it with an organisation: 1 (low) to 5 (high)."""

    organisation_id: UUID
    loyalty: Mark
    interest: Mark


class NewParticipant(_Body):
    """A customer at a stage of the event."""

    customer_id: UUID
    stage: Code
    organisation_id: UUID | None = None


class ParticipantRows(_Body):
    """Rows of a file: people who are not known yet become customers by the mapping, as in an import."""

    stage: Code
    mapping: Mapping
    rows: list[dict[str, str | None]] = Field(min_length=1, max_length=MOST_PARTICIPANTS)


class ParticipantOutcome(BaseModel):
    """What became of one participant, in the order of the request."""

    outcome: Literal["moved", "unchanged", "rejected"]
    customer_id: UUID | None = None
    reason: str | None = None


class Participant(BaseModel):
    """A participant, and how far he has come."""

    customer_id: UUID
    organisation_id: UUID | None
    stage: str
    moved_at: datetime


class ParticipantPage(BaseModel):
    """Participants, those who moved last first; `next` is the cursor of the next page, empty on the last."""

    participants: list[Participant]
    next: str | None


class EventCard(BaseModel):
    """A marketing event as it stands."""

    event_id: UUID
    version: int = Field(description="For `If-Match`.")
    state: State
    direction: str | None
    name: str
    kind: str
    planned_from: datetime
    planned_to: datetime
    held_from: datetime | None
    held_to: datetime | None
    place: str | None
    stages: list[str]
    budget: Money | None
    cost: Money | None
    resources: list[Resource]


class EventPage(BaseModel):
    """Events, the latest first; `next` is the cursor of the next page, empty on the last."""

    events: list[EventCard]
    next: str | None


class Sales(BaseModel):
    """What participants bought and paid from the planned beginning on, for so many days, whatever led to it."""

    window_days: int
    deals: int = Field(description="Deals that were opened.")
    won: int = Field(description="Deals that were won.")
    won_value: list[Money] = Field(description="Of the deals won, a sum for each currency.")
    paid: list[Money] = Field(description="Payments without what was given back, a sum for each currency.")


class Effect(BaseModel):
    """What the event brought. Leads count for participants from the event's first day on."""

    participants: int
    by_stage: dict[str, int] = Field(description="How many ever reached each stage.")
    new_customers: int = Field(description="Participants whose card was made since the event was planned to begin.")
    leads: int
    qualified: int
    cost_per_visitor: Money | None = Field(description="Cost by those who reached the last stage.")
    sales: Sales | None = Field(description="Null for who may not see deals and payments.")


class EventDetails(EventCard):
    """An event with its results and effect."""

    results: list[OrganisationResult]
    effect: Effect
