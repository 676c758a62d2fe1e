"""The card by HTTP: what may be written on it, and its parts as they are shown."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from leads.cards import CustomerCard, LeadCard, TouchCard
from leads.heard.reading import CustomerDeals
from leads.normalise import clean, one_line

Line = Annotated[str, AfterValidator(one_line), Field(min_length=1, max_length=200)]
Text = Annotated[str, AfterValidator(clean), Field(min_length=1, max_length=10_000)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}$")]
ManagerId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,100}$", examples=["anna"])]


def _birthday(text: str) -> str:
    """A date, or a day without its year as vCard 4.0 has it (RFC 6350, 4.3.1), here with a hyphen: ``--05-17``."""
    if text.startswith("--"):
        return f"--{date.fromisoformat(f'2000-{text[2:]}').isoformat()[5:]}"
    return date.fromisoformat(text).isoformat()


Birthday = Annotated[str, AfterValidator(_birthday), Field(examples=["1990-05-17", "--05-17"])]


class Body(BaseModel):
    """Something written: unknown members are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EditCustomer(Body):
    """What is to change; what is left out stays, null clears. Everything but non-personal fields is sealed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"birthday": "1990-05-17", "needs": "Two rooms", "fields": {"colour": "red"}}]}
    )

    name: Line | None = Field(None, description="As the person is called, in one line.")
    first_name: Line | None = None
    middle_name: Line | None = None
    last_name: Line | None = None
    birthday: Birthday | None = Field(None, description="`YYYY-MM-DD`, or `--MM-DD` where the year is not known.")
    needs: Text | None = None
    wishes: Text | None = None
    tastes: Text | None = None
    terms: Text | None = Field(None, description="What was agreed: discounts, delays of payment.")
    notes: Text | None = None
    fields: dict[str, Any] = Field(
        default_factory=dict, max_length=200, description="Custom fields by code; null clears one."
    )


class NewContact(Body):
    """A way to reach the person, as typed."""

    kind: Literal["phone", "email", "telegram", "whatsapp", "vk", "avito", "viber", "max", "instagram"]
    value: str = Field(min_length=1, max_length=254)


class Retagging(Body):
    """Tags to put on and to take off; they are kept in lower case."""

    add: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=100, examples=[["vip"]])
    remove: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=100)


class BulkRetagging(Retagging):
    """The same for up to 1,000 customers."""

    customer_ids: list[UUID] = Field(min_length=1, max_length=1_000)


class Blacklisting(Body):
    """Why nobody is to work with this person."""

    reason: Text


class Lifting(Body):
    """Why the person may be worked with again."""

    reason: Text | None = None


class ConsentWord(Body):
    """What the person said."""

    purpose: Code = Field(examples=["marketing"])
    channel: Code | None = Field(None, description="By which way; empty: by any.", examples=["email"])
    at: AwareDatetime | None = Field(None, description="When it was said; empty: now.")
    source: Line = Field(description="Where it was said.", examples=["phone call", "contract 17"])
    evidence: Text | None = Field(None, description="What proves it; sealed.")


class ConsentGiven(ConsentWord):
    """The person agreed to a version of the text."""

    text_version: Code = Field(examples=["2026-03"])


class ContactPart(BaseModel):
    """A way to reach the person."""

    contact_id: str = Field(description="Names the contact in this API.")
    kind: Literal["phone", "email", "messenger"]
    value: str
    primary: bool = Field(description="To be used first among those of its kind.")


class ConsentPart(BaseModel):
    """What counts for a purpose and a channel."""

    purpose: str
    channel: str | None
    given: bool
    at: datetime
    source: str
    text_version: str | None
    evidence: str | None


class PersonOf(BaseModel):
    """An organisation the person acts for."""

    organisation_id: UUID
    name: str
    role: str | None
    since: date | None
    until: date | None
    is_primary: bool


class CardParts(CustomerCard):
    """A card with what people wrote on it, or on any of its members."""

    details: dict[str, str] = Field(description="name, first_name … birthday, needs, wishes, tastes, terms, notes.")
    contacts: list[ContactPart] = Field(description="Phones, e-mails and messengers with the ids they are edited by.")
    fields: dict[str, JsonValue]
    missing_fields: list[str] = Field(description="Required fields that are empty.")
    tags: list[str]
    blacklisted: bool
    blacklist_reason: str | None
    consents: list[ConsentPart]
    manager_id: str | None = Field(description="Who answers for the customer.")
    segment: str | None = Field(description="gold, silver, bronze or casual as analytics said last; null: nothing yet.")
    organisations: list[PersonOf]


class SpokenWith(BaseModel):
    """A manager who was in contact with the person."""

    manager_id: str
    contacts: int
    last_at: datetime


class CustomerDetails(CardParts):
    """The whole card: what people wrote, the leads, the last 200 requests, who spoke with the person, the deals."""

    leads: list[LeadCard] = Field(description="Newest first.")
    touches: list[TouchCard] = Field(description="Requests, newest first.")
    spoken_with: list[SpokenWith] = Field(description="Who spoke last comes first.")
    deals: CustomerDeals | None = Field(description="As deals has told by now; null for who may not see deals.")


class TagCount(BaseModel):
    """A tag in use."""

    tag: str
    cards: int


class TaggedItem(BaseModel):
    """What became of one customer of a bulk request."""

    customer_id: UUID = Field(description="As asked.")
    outcome: Literal["changed", "unchanged", "refused"]
    reason: str | None = None
