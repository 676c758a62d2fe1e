"""Merging, splitting and matches by HTTP."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from events.contracts.leads.capture import IdentityKind
from events.contracts.leads.identity import MatchReason, MergeReason
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from leads.card.models import CustomerDetails
from leads.cards import CustomerCard

MOST_SPLITS = 1_000
"""Merges that one call undoes."""

Why = Field(None, max_length=2_000, description="In your words; sealed with the customer's key.")


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MergeCustomers(_Body):
    """Cards that are of the same person as the card of the address."""

    customer_ids: list[UUID] = Field(min_length=1, max_length=100, description="They count as the card from now on.")
    why: str | None = Why


class SplitCustomer(_Body):
    """A member that is another person."""

    customer_id: UUID = Field(description="One of `merged` of the card; those merged into it leave with it.")
    why: str | None = Why


class UndoMerges(_Body):
    """Merges that were wrong: of a period, by who did them, or for which reason."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "actor": "key:widget",
                    "since": "2026-03-01T00:00:00Z",
                    "until": "2026-03-08T00:00:00Z",
                    "dry_run": True,
                }
            ]
        }
    )

    actor: str | None = Field(
        None, pattern=r"^[a-z]+:\S{1,200}$", examples=["key:widget"], description="As `merged` tells it."
    )
    reason: MergeReason | None = None
    since: AwareDatetime = Field(description="First moment of the merges.")
    until: AwareDatetime = Field(description="First moment after them.")
    why: str | None = Why
    dry_run: bool = Field(True, description="Only show what would come of it.")
    limit: int = Field(MOST_SPLITS, ge=1, le=MOST_SPLITS, description="Most merges of this call, the newest first.")

    @model_validator(mode="after")
    def _by_somebody(self) -> Self:
        if self.actor is None and self.reason is None:
            raise ValueError("give an actor, a reason, or both")
        return self


class UndoneMerges(BaseModel):
    """What came of it, or would come."""

    dry_run: bool
    found: int = Field(description="Merges in force that fit.")
    split: list[UUID] = Field(description="Members that are cards of their own again.")
    opened_leads: int = Field(description="Leads opened for requests that stood on leads of others.")
    left: int = Field(description="Merges that fit and are still in force: call again.")


class SplitCards(BaseModel):
    """Both sides after a split."""

    customer: CustomerDetails
    split_off: CustomerDetails
    opened_leads: list[UUID] = Field(description="Leads opened for requests that stood on a lead of the other side.")


class Dismissal(_Body):
    """The cards are of different persons."""

    why: str | None = Why


class Agreement(_Body):
    """The cards are of one person."""

    into_customer_id: UUID | None = Field(None, description="The card that stays; empty: the older.")
    why: str | None = Why


class MatchReasonCard(BaseModel):
    """Why two cards may be of one person."""

    reason: MatchReason
    strength: int = Field(ge=1, le=100, description="Ranks reasons; no probability.")
    explanation: str


class MatchCard(BaseModel):
    """Two cards that may be of one person."""

    match_id: UUID
    version: int = Field(description="For `If-Match`.")
    status: Literal["suggested", "dismissed", "merged"]
    reasons: list[MatchReasonCard] = Field(description="The strongest first.")
    kinds: list[IdentityKind] = Field(description="Of the contacts that one request named.")
    strength: int = Field(ge=0, le=100, description="Of the strongest reason; 0 where there was none.")
    suggested_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    cards: list[CustomerCard] = Field(description="The two cards as they are now; one where they were merged.")


class MatchPage(BaseModel):
    """Matches, the newest first; `next` is the cursor of the next page, empty on the last."""

    matches: list[MatchCard]
    next: str | None
