"""How a column of a file tells a time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from events.webhooks import Unreadable
from pydantic import BaseModel, ConfigDict, Field, field_validator


class OccurredAt(BaseModel):
    """Where the business time stands. Without ``format`` it is ISO 8601; without an offset it is local ``timezone``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    format: str | None = Field(None, description="As Python's strptime has it: %d.%m.%Y %H:%M.")
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("is not an IANA time zone") from None
        return name

    def read(self, text: str) -> datetime:
        """The time in UTC; raises :class:`Unreadable`."""
        try:
            at = datetime.strptime(text, self.format) if self.format else datetime.fromisoformat(text)  # noqa: DTZ007
            return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.timezone))).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Unreadable(f"column {self.column}: not a time in the format of the mapping") from None
