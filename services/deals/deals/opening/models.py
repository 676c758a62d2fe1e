"""What the API of offers and of the rules that make them takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from events.contracts.deals import OpeningRule
from events.inputs import Input
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from deals.inputs import Name, Words

OfferState = Literal["open", "accepted", "declined"]
Source = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Rule(Input):
    """What becomes of a qualified lead that fits. Each list names what the lead must be one of; empty: anything."""

    name: Name
    directions: list[Name] = Field([], max_length=100)
    temperatures: list[Literal["hot", "warm", "cold"]] = Field([], max_length=3)
    sources: list[Source] = Field([], max_length=200, description="Where its first request came from.")
    action: Literal["open", "offer", "nothing"]
    pipeline: str = Field("default", max_length=40)
    stage: str | None = Field(None, max_length=40, description="Empty: the pipeline's first.")
    deal_type: str = Field("first_sale", max_length=40)

    def event(self) -> OpeningRule:
        """The rule as it is told."""
        return OpeningRule.model_validate(self.model_dump())


class SaveRules(Input):
    """All rules, in order: the first that fits decides."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"rules": [{"name": "cold ones are offered", "temperatures": ["cold"], "action": "offer"}]},
            ]
        }
    )

    rules: list[Rule] = Field(max_length=200)

    @model_validator(mode="after")
    def _names(self) -> Self:
        if len({rule.name for rule in self.rules}) != len(self.rules):
            raise ValueError("two rules have one name")
        return self


class Rules(BaseModel):
    """The rules that hold. Where none fits, the setting `open_deal_on_qualified` decides."""

    version: int = Field(description="Send it as If-Match; 0 while nobody has saved any.")
    rules: list[Rule]


class OfferCard(BaseModel):
    """A deal that is offered, and what became of it."""

    offer_id: UUID
    lead_id: UUID
    customer_id: UUID
    pipeline: str
    stage: str | None
    deal_type: str
    manager_id: str | None
    direction: str | None
    rule: str | None
    state: OfferState
    deal_id: UUID | None
    offered_at: datetime


class OfferPage(BaseModel):
    """A page of offers, newest first; `next` is the cursor of the following page."""

    offers: list[OfferCard]
    next: str | None = None


class AcceptOffer(Input):
    """Makes a deal of it."""

    manager_id: Name | None = Field(None, description="Who gets the deal if the lead has no manager.")


class DeclineOffer(Input):
    """Makes no deal of it."""

    comment: Words | None = Field(None, description="Kept sealed with the customer's key.")
