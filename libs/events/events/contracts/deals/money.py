"""Money, as contracts carry it."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class Money(BaseModel):
    """An amount in major units, serialised as a string."""

    model_config = ConfigDict(frozen=True)

    amount: Decimal
    currency: str
