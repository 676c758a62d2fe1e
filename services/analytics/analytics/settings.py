"""Settings of analytics."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.settings import Settings as Common
from pydantic import Field, field_validator


class Settings(Common):
    """What every service is configured by, and the time zone in which a day of a report begins."""

    business_timezone: str = Field(
        "Europe/Moscow", description="Time zone in which dates of reports begin and end, a name of the IANA database."
    )

    @field_validator("business_timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone of the IANA database") from None
        return value
