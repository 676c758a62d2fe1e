"""Settings of analytics."""

from __future__ import annotations

from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.settings import Settings as Common
from pydantic import Field, field_validator, model_validator


class Settings(Common):
    """What every service is configured by, the time zone of reports, and how segments are cut."""

    business_timezone: str = Field(
        "Europe/Moscow", description="Time zone in which dates of reports begin and end, a name of the IANA database."
    )
    base_currency: str = Field(
        "RUB",
        pattern=r"^[A-Z]{3}$",
        description="Currency (ISO 4217) whose payments make segments; payments in others make none.",
    )
    segments_gold_percent: Decimal = Field(
        Decimal(60), gt=0, le=100, description="Gold are the customers who bring the first so many percent of revenue."
    )
    segments_silver_percent: Decimal = Field(
        Decimal(90), gt=0, le=100, description="Silver are those who bring what follows up to so many percent."
    )
    segments_window_days: int = Field(
        365, ge=1, le=36_500, description="Days back from now in which payments count for segments."
    )
    segments_seconds: float = Field(
        5,
        ge=1,
        le=3600,
        description="Least seconds between two computations of segments; each serves all payments since.",
    )
    verify_hours: float = Field(
        168,
        ge=0,
        le=8760,
        description="Hours in which all of a live build is compared with the log once, a sixteenth at a time; 0: on "
        "demand only.",
    )
    live_listeners: int = Field(
        200, ge=0, le=100_000, description="Most listeners to changes of reports in one process; more are answered 503."
    )

    @field_validator("business_timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone of the IANA database") from None
        return value

    @model_validator(mode="after")
    def _cuts_in_order(self) -> Self:
        if self.segments_gold_percent > self.segments_silver_percent:
            raise ValueError("VORONKA_SEGMENTS_GOLD_PERCENT must not be more than VORONKA_SEGMENTS_SILVER_PERCENT")
        return self
