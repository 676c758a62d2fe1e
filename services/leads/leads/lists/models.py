"""Lists as the API takes and gives them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from events.contracts.leads.lists import ListKind
from events.inputs import Input
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from leads.cards import CustomerCard
from leads.lists.catalogue import Kind, Op
from leads.lists.criteria import Tree
from leads.lists.people import Named
from leads.normalise import one_line

MOST_MEMBERS = 1_000

Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line), StringConstraints(min_length=1)]
CRITERIA_EXAMPLE = {
    "all": [
        {"field": "tag", "op": "in", "value": ["vip"]},
        {"not": {"field": "last_touch_at", "op": "within_days", "value": 90}},
    ]
}


class Selected(Input):
    """Criteria by themselves."""

    criteria: Tree = Field(examples=[CRITERIA_EXAMPLE])


class NewList(Input):
    """A new list; without criteria it is filled by hand."""

    name: Name = Field(examples=["Asleep for three months"])
    criteria: Tree | None = Field(None, examples=[CRITERIA_EXAMPLE])
    direction: str | None = Field(
        None, max_length=100, description="Line of business: who sees the list. Whom it selects say its criteria."
    )


class ListChanges(Input):
    """What is to be another; what is left out stays."""

    name: Name | None = None
    criteria: Tree | None = Field(None, examples=[CRITERIA_EXAMPLE])


class NewMember(Input):
    """Who is meant: by one of the three."""

    customer_id: UUID | None = None
    phone: str | None = Field(None, min_length=1, max_length=100)
    email: str | None = Field(None, min_length=1, max_length=320)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.customer_id, self.phone, self.email)) != 1:
            raise ValueError("name a customer by one of customer_id, phone, email")
        return self

    def named(self) -> Named:
        """As it is looked up."""
        if self.phone is not None:
            return Named("phone", self.phone)
        return Named("email", self.email) if self.email is not None else Named("customer_id", str(self.customer_id))


class MemberOutcome(BaseModel):
    """What became of an item; the customer is the card that all merged ones count as."""

    outcome: Literal["added", "removed", "unchanged", "rejected"]
    customer_id: UUID | None = None
    reason: str | None = None


class ListCard(BaseModel):
    """A list as it stands."""

    list_id: UUID
    version: int = Field(description="For `If-Match`.")
    name: str
    kind: ListKind
    criteria: dict[str, Any] | None
    direction: str | None
    created_at: datetime
    created_by: str = Field(examples=["user:anna"])
    closed: bool


class ListPage(BaseModel):
    """Lists, newest first; `next` is the cursor of the next page, empty on the last."""

    lists: list[ListCard]
    next: str | None


class MemberPage(BaseModel):
    """Customers, who registered last first; `next` is the cursor of the next page, empty on the last."""

    customers: list[CustomerCard]
    next: str | None


class Size(BaseModel):
    """How many customers are selected now, as far as the caller may see them."""

    count: int


class Preview(Size):
    """How many criteria select, and the first 20 of them."""

    customers: list[CustomerCard]


class AskedField(BaseModel):
    """A field that criteria may name, and how it may be compared."""

    field: str = Field(examples=["last_touch_at"])
    kind: Kind
    ops: list[Op]
    description: str
