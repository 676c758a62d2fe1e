"""What hand-overs look like by HTTP."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from leads.card.models import Body, ManagerId, Text
from leads.routing.models import Moment, Tried


class ChangeResponsible(Body):
    """Who is to answer for the customer."""

    manager_id: ManagerId | None = Field(description="Null: nobody.")
    reason: str = Field(max_length=50, description="From the list of the service's settings.", examples=["holiday"])
    comment: Text | None = Field(None, description="Sealed with the customer's key.")
    with_leads: bool = Field(True, description="The customer's open leads go along.")


class HandOverWork(Body):
    """Where a manager's open work is to go: customers with open leads, organisations, contacts still to be held."""

    to: ManagerId | None = Field(
        None, description="Empty: by the rules of distribution, as if the work came in now; what they leave unsorted "
        "goes to the least busy who can take it.",
    )  # fmt: skip
    scope: Literal["all", "customers"] = "all"
    customer_ids: list[UUID] = Field([], max_length=1_000, description="With the scope `customers`.")
    reason: str = Field(max_length=50, description="From the list of the service's settings.", examples=["leaver"])
    starts_at: Moment | None = Field(None, description="Empty: now.")
    until: Moment | None = Field(
        None, description="A substitution: at this time what is still with the substitute goes back by itself."
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.scope == "customers") != bool(self.customer_ids):
            raise ValueError("customer_ids are given with the scope customers, and only then")
        return self


class HandoverCard(BaseModel):
    """A hand-over as it stands; it is done when `completed_at` is there."""

    handover_id: UUID
    version: int = Field(description="For `If-Match`.")
    from_manager_id: str
    to_manager_id: str | None
    reason: str
    requested_at: datetime
    starts_at: datetime | None
    until: datetime | None = Field(description="Of a substitution: when it goes back.")
    completed_at: datetime | None
    customers: int = Field(description="Customers that changed hands so far.")
    leads: int = Field(description="Open leads that changed hands so far.")
    organisations: int
    contacts: int = Field(description="Planned contacts and missed calls that changed hands so far.")
    left: int = Field(description="What nobody could be found for; it stays.")
    waiting: int = Field(description="What nobody can take before `asked_again_at`.")
    asked_again_at: datetime | None
    returned_at: datetime | None = Field(description="When all that goes back had gone back.")
    returned: int
    stayed: int = Field(description="What had moved on meanwhile; `/items` says why of each.")


class HandoverPage(BaseModel):
    """Hand-overs, the newest first."""

    handovers: list[HandoverCard]
    next: str | None


class HandoverItem(BaseModel):
    """A thing that changed hands. A customer stands for his open leads; a lead alone is one of another's customer."""

    kind: Literal["customer", "lead", "organisation", "contact"]
    subject_id: UUID
    to_manager_id: str
    explanation: str = Field(examples=["Least busy: Vera has the fewest leads in work (2), of 3 who can take it now."])
    steps: list[Tried] = Field(description="The way to the answer; empty for who was named.")
    given_at: datetime
    returned_at: datetime | None
    stays_because: str | None = Field(description="Why it did not go back.")


class HandoverItems(BaseModel):
    """What changed hands, by kind and id."""

    items: list[HandoverItem]
    next: str | None


class ForeseenItem(BaseModel):
    """Who would get a thing; nobody: it waits until `waits_until`, or stays."""

    kind: Literal["customer", "organisation"]
    subject_id: UUID
    manager_id: str | None
    explanation: str
    waits_until: AwareDatetime | None
    leads: int = Field(description="Open leads that would go along.")
    steps: list[Tried]


class HandoverPreview(BaseModel):
    """What a hand-over would do at this moment; nothing is changed."""

    items: list[ForeseenItem]
    more: bool = Field(description="There are more customers than the thousand shown.")
    by_manager: dict[str, int] = Field(description="How many customers and organisations each would get.")
    staying: int = Field(description="Things that nobody could be found for now.")
    contacts: int = Field(description="Planned contacts and missed calls: they go with their customers.")
    call_entries: int = Field(description="Entries of call lists kept for the manager: they become anybody's.")
