"""The board as the API gives it."""

from __future__ import annotations

from decimal import Decimal

from events.contracts.deals import Money
from pydantic import BaseModel, Field

from deals.deal.models import DealCard, DealState


class BoardDeal(DealCard):
    """A deal on the board."""

    is_overdue: bool = Field(description="It has stayed in its stage longer than deals are expected to.")


class BoardStage(BaseModel):
    """A column of the board. A `former` one was left out of the newest version, and is shown while deals are in it."""

    code: str
    kind: DealState
    title_ru: str
    title_en: str
    days: int | None = Field(description="How long deals are expected to stay.")
    probability: Decimal
    former: bool
    deals: int
    overdue: int
    sums: list[Money] = Field(description="Value of its deals, one entry a currency.")
    cards: list[BoardDeal] = Field(description="The newest of its deals; the rest by `GET /deals?stage=`.")


class Board(BaseModel):
    """A pipeline with what is in it."""

    pipeline: str
    version: int
    stages: list[BoardStage]
