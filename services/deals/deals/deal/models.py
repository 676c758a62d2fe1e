"""What the API of deals takes and gives. Money is a decimal string in major units with an ISO 4217 code."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from events.contracts.deals import Money
from events.inputs import Day, Input, Moment
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from deals.inputs import Amount, BusinessTime, Name, Words
from deals.pipelines.pipeline import Guidance

DealState = Literal["open", "nurture", "won", "lost"]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=50)]
Because = Annotated[
    Words | None,
    Field(description="Why it goes on though required items of the stage's check-list are open. Kept sealed."),
]


class _Command(Input):
    occurred_at: BusinessTime = None


class OpenDeal(_Command):
    """A deal to open: from a qualified lead, or for a customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"lead_id": "018f3f9e-7a8b-7c3d-9e2f-0a1b2c3d4e5f", "value": {"amount": "45000.00", "currency": "RUB"}}
            ]
        }
    )

    lead_id: UUID | None = Field(None, description="A lead leads to one deal of the type `first_sale`.")
    customer_id: UUID | None = Field(None, description="Needed without a lead; a lead brings its own.")
    pipeline: str = Field("default", max_length=40)
    stage: str | None = Field(None, max_length=40, description="Empty: the pipeline's first.")
    deal_type: str = Field("first_sale", max_length=40, description="`first_sale`, `repeat_sale`, or the pipeline's.")
    value: Amount | None = None
    manager_id: Name | None = Field(None, description="Empty: the lead's manager.")
    direction: Name | None = Field(None, description="Line of business; empty: the lead's.")
    title: Words | None = Field(None, description="Kept sealed with the customer's key.")
    organisation_id: UUID | None = Field(None, description="The organisation that it is made with.")


class RepeatDeal(Input):
    """One more sale to the customer of a won deal. What is left out is as it was in that deal."""

    pipeline: str | None = Field(None, max_length=40)
    stage: str | None = Field(None, max_length=40, description="Empty: the pipeline's first.")
    value: Amount | None = None
    manager_id: Name | None = None
    title: Words | None = Field(None, description="Kept sealed with the customer's key.")


class MoveDeal(_Command):
    """Another stage, forward or back, any skipped; not the stages of won and lost deals."""

    to_stage: str = Field(max_length=40, examples=["offer_sent"])
    because: Because = None


class NurtureDeal(_Command):
    """Put off. At `wake_at` the event `deal.woken.v1` says that the time has come."""

    to_stage: str | None = Field(None, max_length=40, description="Empty: the pipeline's first stage of nurture.")
    wake_at: Moment | None = Field(None, description="Empty: nobody says when.")


class ChangeValue(_Command):
    """What the deal is worth."""

    value: Amount


class WinDeal(_Command):
    """The deal is concluded."""

    value: Amount | None = Field(None, description="What it was concluded at; empty: the value it has.")
    because: Because = None


class LoseDeal(_Command):
    """The deal ended without a sale: a reason from the pipeline's list and a comment."""

    reason: str = Field(max_length=40, examples=["too_expensive"])
    comment: Words = Field(description="Kept sealed with the customer's key.", examples=["Взяли дешевле у соседа"])


class ReopenDeal(_Command):
    """A lost deal comes back."""

    to_stage: str | None = Field(None, max_length=40, description="Empty: the pipeline's first.")


class ReassignDeal(_Command):
    """Another manager."""

    manager_id: Name = Field(examples=["anna"])
    reason: Name | None = Field(None, description="In a word, such as `dismissal`; stands in the history.")


class ChangeFields(Input):
    """New values of custom fields; null clears."""

    fields: dict[str, JsonValue] = Field(max_length=200, examples=[{"delivery": "courier"}])


class Retag(Input):
    """Tags to put on and to take off, in small letters."""

    add: list[Tag] = Field([], max_length=50)
    remove: list[Tag] = Field([], max_length=50)


class RenameDeal(Input):
    """Another title, kept sealed with the customer's key; null: it is called by its number."""

    title: Words | None = Field(examples=["Сайт под ключ, вторая очередь"])


class WriteNote(Input):
    """A note; kept sealed with the customer's key."""

    text: Words


class ExpectClose(Input):
    """The day on which the deal is expected to be concluded; null: nobody knows."""

    on: Day | None


class ChangeOrganisation(Input):
    """The organisation that the deal is made with; null: with the person."""

    organisation_id: UUID | None


class AddParticipant(Input):
    """In which role somebody takes part, in the firm's words: `accountant`, `decides`."""

    role: Name


class CheckItem(Input):
    """Ticks an item of a check-list off, or takes the tick away."""

    item: str = Field(max_length=40)
    is_done: bool = True
    stage: str | None = Field(None, max_length=40, description="Empty: the stage in which the deal is.")


class DealCard(BaseModel):
    """A deal as it stands."""

    deal_id: UUID
    version: int = Field(description="Send it as If-Match, and a command that came in between is not run over.")
    number: str = Field(description="What people read and payments refer to.", examples=["D-000123"])
    customer_id: UUID
    lead_id: UUID | None
    pipeline: str
    pipeline_version: int = Field(description="The version under which it was opened.")
    deal_type: str
    state: DealState
    stage: str
    value: Money
    paid: Money = Field(description="Sum of its payments in the deal's currency, without tests.")
    manager_id: str | None
    direction: str | None
    loss_reason: str | None
    opened_at: datetime
    stage_since: datetime
    closed_at: datetime | None
    expected_on: date | None = Field(None, description="The day on which it is expected to be concluded.")
    wake_at: datetime | None = Field(None, description="Put off until then.")
    organisation_id: UUID | None = None
    previous_deal_id: UUID | None = Field(None, description="The won deal that this repeat sale follows.")
    tags: list[str] = []


class Participant(BaseModel):
    """Somebody who takes part besides the customer."""

    customer_id: UUID
    role: str


class Tick(BaseModel):
    """An item of the check-list of the stage in which the deal is."""

    item: str
    title_ru: str
    title_en: str
    required: bool
    is_done: bool


class Note(BaseModel):
    """A note; without text where it cannot be read."""

    at: datetime
    by: str
    text: str | None


class DealDetails(DealCard):
    """A deal with its texts. `texts` says why they are missing: the customer was erased, or keys cannot be read now."""

    title: str | None = None
    loss_comment: str | None = None
    texts: Literal["readable", "erased", "unavailable", "not_allowed"] = "readable"
    fields: dict[str, JsonValue] = {}
    missing_fields: list[str] = Field([], description="Required custom fields that are empty.")
    participants: list[Participant] = []
    guidance: Guidance | None = Field(None, description="What to say and do in its stage.")
    checklist: list[Tick] = []
    notes: list[Note] = Field([], description="Newest first, the last hundred.")


class DealPage(BaseModel):
    """A page of deals, newest first; `next` is the cursor of the following page."""

    deals: list[DealCard]
    next: str | None = None


class HistoryEntry(BaseModel):
    """What happened to a deal: `what` says it as the event does, with texts that can be read, else null."""

    version: int
    type: str
    at: datetime = Field(description="When it happened.")
    recorded_at: datetime
    by: str = Field(description="Who did it: `user:…`, `key:…`, `service:…`.")
    cause: UUID | None = Field(description="The event that led to it.")
    what: dict[str, Any]


class DealHistory(BaseModel):
    """Everything that happened to a deal, oldest first."""

    history: list[HistoryEntry]
    texts: Literal["readable", "erased", "unavailable", "not_allowed"] = "readable"
