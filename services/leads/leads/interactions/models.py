"""Contacts as the API takes and gives them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from events.contracts.leads.interactions import Flow, InteractionKind
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from leads.new_lead import Utc
from leads.normalise import clean

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
ManagerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,100}$", examples=["anna"])]
LongText = Annotated[str, Field(max_length=100_000), AfterValidator(clean)]
Seconds = Annotated[int, Field(ge=0, le=30 * 86_400)]
State = Literal["planned", "registered", "concluded", "cancelled"]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewInteraction(_Body):
    """A contact that took place at ``at`` or is to at ``planned_at``, with a customer or an organisation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "meeting",
                    "customer_id": "f9eddbd3-5747-56d6-ac22-5c215e604e2e",
                    "manager_id": "anna",
                    "planned_at": "2026-05-04T10:00:00+03:00",
                    "text": "Show the samples",
                }
            ]
        }
    )

    kind: InteractionKind
    flow: Flow | None = Field(None, description="Who began it: `in` the customer, `out` the company.")
    customer_id: UUID | None = None
    organisation_id: UUID | None = None
    manager_id: ManagerName | None = None
    lead_id: UUID | None = Field(None, description="Empty: the customer's open lead.")
    deal_id: UUID | None = None
    direction: str | None = Field(None, max_length=100, description="Line of business; empty: the lead's.")
    at: Utc | None = Field(None, description="When it took place; empty: now, unless it is planned.")
    planned_at: Utc | None = None
    duration_seconds: Seconds | None = None
    text: LongText | None = Field(None, description="Of a message, or a note; sealed with the customer's key.")
    source: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]{1,100}$", description="The system it comes from.")
    provider_id: str | None = Field(None, min_length=1, max_length=255, description="Its id there: registered once.")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.customer_id is None and self.organisation_id is None:
            raise ValueError("give customer_id or organisation_id")
        if self.at is not None and self.planned_at is not None:
            raise ValueError("give at or planned_at, not both")
        if (self.source is None) != (self.provider_id is None):
            raise ValueError("source and provider_id go together")
        if self.text is not None and self.customer_id is None:
            raise ValueError("a text is sealed with a customer's key: give customer_id")
        return self


class BulkInteraction(NewInteraction):
    """One of many: ``id`` is what the header ``Idempotency-Key`` is to a single one."""

    id: str = Field(min_length=1, max_length=255)


class ItemOutcome(BaseModel):
    """What became of one item, in the order of the request."""

    id: str
    outcome: Literal["registered", "duplicate", "rejected"]
    interaction_id: UUID | None = None
    reason: str | None = None


class Outcome(_Body):
    """What came of a contact, and the next one proposed."""

    result: Code = Field(examples=["agreed"], description="From your list: agreed, no-answer, refused …")
    held: bool = Field(True, description="False where nobody came or answered.")
    next_contact_at: AwareDatetime | None = Field(None, description="When to be in touch again.")
    next_contact_kind: InteractionKind | None = None
    duration_seconds: Seconds | None = None
    comment: LongText | None = Field(None, description="Sealed with the customer's key.")


class NewTime(_Body):
    """Another time for what is planned."""

    planned_at: Utc


class Cancellation(_Body):
    """Why it will not take place."""

    reason: Code = Field(examples=["customer-asked"])


class CallFacts(BaseModel):
    """What the telephone exchange told of a call."""

    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: int | None = None
    result: Literal["answered", "missed", "busy", "failed"] | None = None
    extensions: list[str] = []
    command_id: UUID | None = None


class InteractionCard(BaseModel):
    """A contact as it stands."""

    interaction_id: UUID
    version: int = Field(description="For `If-Match`.")
    kind: InteractionKind
    flow: Flow | None
    state: State
    intake: str
    source: str
    at: datetime = Field(description="When it took place, or is to.")
    customer_id: UUID | None = Field(description="The card as it is now, after merging too.")
    organisation_id: UUID | None
    manager_id: str | None
    lead_id: UUID | None
    deal_id: UUID | None
    direction: str | None
    duration_seconds: int | None
    held: bool | None
    result: str | None = Field(description="What was said to have come of it.")
    next_contact_at: datetime | None
    next_contact_kind: InteractionKind | None
    touch_id: UUID | None = Field(description="The request by which a message or letter came.")
    call: CallFacts | None
    callback: Literal["due", "done"] | None = Field(description="Of a missed call: is it still to be returned?")
    returned_by: UUID | None


class InteractionDetails(InteractionCard):
    """A contact with its texts and recordings, opened."""

    text: str | None
    comment: str | None
    recordings: list[str] = Field(description="Links or ids as the exchange gave them.")


class InteractionPage(BaseModel):
    """Contacts, newest first; `next` is the cursor of the next page, empty on the last."""

    interactions: list[InteractionCard]
    next: str | None


class Telephone(_Body):
    """An extension of an exchange; an empty ``exchange`` stands for every one."""

    extension: str = Field(pattern=r"^[A-Za-z0-9@._+-]{1,100}$", examples=["101"])
    exchange: str = Field("", pattern=r"^([a-z_]+/[A-Za-z0-9._-]{1,100})?$", examples=["mango/main"])
