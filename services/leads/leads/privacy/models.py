"""Erasures as the API takes and gives them."""

from datetime import datetime
from uuid import UUID

from events.contracts.leads import ErasureGround
from events.inputs import Input
from pydantic import BaseModel, ConfigDict, Field


class NewErasure(Input):
    """On which ground of the law a person is erased, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ground": "consent_withdrawn", "reason": "request 14 of 2 March 2026"}]}
    )

    ground: ErasureGround
    reason: str = Field(
        min_length=3, max_length=500, description="Kept as the proof: name the request, not the person."
    )


class Erasure(BaseModel):
    """An erasure: of whom, when, by whom, why. The other services tell by ``GET /personal-data`` how far they are."""

    erasure_id: UUID
    customer_ids: list[UUID] = Field(description="All cards of the person.")
    ground: ErasureGround
    reason: str
    actor: str
    erased_at: datetime
    requests: int = Field(description="Stored requests that belonged to no card, named the person and were emptied.")
    searched_at: datetime | None = Field(description="When all stored requests had been looked through.")


class Person(BaseModel):
    """All cards of a person, the root first; those that are erased; and the erasures."""

    customer_ids: list[UUID]
    erased: list[UUID]
    erasures: list[Erasure]


class ErasurePage(BaseModel):
    """Erasures, newest first; `next` is the cursor of the following page."""

    erasures: list[Erasure]
    next: UUID | None


class Text(Input):
    """A text that another service keeps and does not know whose it is, such as the notification of a payment."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": '{"Email": "anna@example.org"}'}]})

    text: str = Field(max_length=250_000, description="As it came; escapes of URLs and of JSON are read.")


class NamedCustomers(BaseModel):
    """Whom a text names; nobody who was erased."""

    customer_ids: list[UUID] = Field(description="Whose phones and e-mails stand in it.")
    namesake_ids: list[UUID] = Field(
        description="Where it has nobody's phone or e-mail: whose full name stands in it, in words side by side. It "
        "may be another person of that name."
    )


class Rotate(Input):
    """Which keys: those after a customer's, in the order of ids."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    after: UUID | None = Field(None, description="`next` of the answer before; empty: from the first.")
    dry_run: bool = Field(False, description="Count what would be wrapped anew, and change nothing.")


class IndexKeyState(BaseModel):
    """Which form of the blind indexes the database has: so many of the later keys are in force."""

    form: int
    wanted: int = Field(description="The form that was asked for; above `form` while the indexes are made anew.")
    newest: int = Field(description="The form of all keys that this process has.")
    is_moving: bool = Field(description="Tokens of search are still being made anew; everything can be found.")


class Rotated(BaseModel):
    """What a portion of keys came to. No key is left to the other master key when `next` is null and nothing is
    `unreadable`.
    """

    checked: int
    rewrapped: int = Field(description="Customers' keys wrapped anew.")
    sources: int = Field(description="Sources whose secrets were sealed anew; with the first portion.")
    unreadable: int = Field(description="Opened by none of the master keys.")
    total: int = Field(description="All customers' keys.")
    next: UUID | None
