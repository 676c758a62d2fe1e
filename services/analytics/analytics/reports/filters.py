"""What every report can be asked: the period, the moment as of which it answers, and what it is narrowed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from events.problems import FieldError, Invalid
from pydantic import BaseModel, ConfigDict, Field

from analytics.reports.period import ALWAYS, LATEST, Period, moment

Text = Annotated[str | None, Field(pattern=r"^[^\x00]*$", max_length=200)]
Time = Annotated[str | None, Field(max_length=40)]

FILTERS = ("pipeline", "channel", "campaign", "manager", "department", "direction", "segment", "product")


class Asked(BaseModel):
    """The query of every report. What is not declared is refused, so that a misspelt filter is told, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_: Time = Field(
        None, alias="from", description="First day (2026-03-02), or time from which on; empty: from the beginning."
    )
    to: Time = Field(None, description="Last day (2026-03-31, included), or time before which; empty: until now.")
    as_of: Time = Field(
        None,
        description="Answer as of this day's end or this time (business time): later facts are not there yet. "
        "Empty: now.",
    )
    known_at: Time = Field(
        None,
        description="Answer with what had been recorded by then. `as_of` and `known_at` the same: as those saw it who "
        "asked at that time. Empty: all that is known now; `corrections` tells what came in later.",
    )
    compare_to: Time = Field(
        None,
        description="Also answer for another period: `previous`, `year`, or two days: `2026-02-01/2026-02-28`. A "
        "period "
        "of its own length in the business time zone.",
    )
    compare_as_of: Time = Field(
        None, description="The moment as of which the other answer is; empty: the same. Alone: what changed since."
    )
    pipeline: Text = Field(
        None,
        description="Code of a pipeline, which narrows deals; requests and leads are of none yet, and are all told.",
    )
    channel: Text = Field(None, description="Code of the channel that brought the lead.")
    campaign: Text = Field(None, description="Campaign that brought the lead.")
    manager: Text = Field(None, description="Who is responsible.")
    department: Text = Field(None, description="Department of who is responsible.")
    direction: Text = Field(None, description="Line of business; empty: all you may see.")
    segment: Text = Field(None, description="Segment of the customer.")
    product: Text = Field(
        None, description="Id or code of a product on the lines of the deal; requests and leads are all told."
    )
    format: Literal["json", "csv", "xlsx"] | None = Field(
        None,
        description="`csv` and `xlsx` need the permission `exports:read`; `Accept` does the same.",
    )


@dataclass(frozen=True)
class Filters:
    """What a report is asked. ``now`` is the time of the call; None selects all.

    ``visible`` are the lines of business the reader may see, None all of them; what has none is seen by everybody.
    """

    zone: ZoneInfo
    now: datetime
    period: Period = ALWAYS
    as_of: datetime | None = None
    known_at: datetime | None = None
    pipeline: str | None = None
    channel: str | None = None
    campaign: str | None = None
    manager: str | None = None
    department: str | None = None
    direction: str | None = None
    segment: str | None = None
    product: str | None = None
    visible: Sequence[str] | None = None

    @classmethod
    def of(cls, asked: Asked, zone: ZoneInfo, now: datetime, visible: Sequence[str] | None) -> Filters:
        """From the query. Raises :class:`Invalid` for a time that cannot be read or is yet to come."""
        return cls(
            zone=zone,
            now=now,
            period=Period.of(asked.from_, asked.to, zone),
            as_of=_past("as_of", asked.as_of, zone, now),
            known_at=_past("known_at", asked.known_at, zone, now),
            pipeline=asked.pipeline,
            channel=asked.channel,
            campaign=asked.campaign,
            manager=asked.manager,
            department=asked.department,
            direction=asked.direction,
            segment=asked.segment,
            product=asked.product,
            visible=visible,
        )

    def compared(self, asked: Asked) -> Filters | None:
        """The same for the other period or moment that was asked for; None where none was. Raises :class:`Invalid`."""
        if not (asked.compare_to or asked.compare_as_of):
            return None
        return replace(
            self,
            period=self.period.compared(asked.compare_to, self.zone) if asked.compare_to else self.period,
            as_of=_past("compare_as_of", asked.compare_as_of, self.zone, self.now) or self.as_of,
        )

    @property
    def is_now(self) -> bool:
        """Whether all that is known until now is asked for: what the columns of the latest values hold."""
        return self.as_of is None and self.known_at is None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is asked for that only leads and deals have."""
        own = self.pipeline, self.channel, self.campaign, self.manager, self.department, self.product
        return all(value is None for value in own)

    @property
    def moment(self) -> datetime:
        """The clock of the report: what is open at this time is so old, and due or not."""
        return self.as_of or self.now

    def parameters(self) -> dict[str, object]:
        """Values of the names that stand in statements of reports."""
        return {
            "start": self.period.start,
            "end": self.period.end,
            "as_of": self.as_of or LATEST,
            "known_at": self.known_at or LATEST,
            "moment": self.moment,
            "zone": self.zone.key,
            "pipeline": self.pipeline,
            "channel": self.channel,
            "campaign": self.campaign,
            "manager": self.manager,
            "department": self.department,
            "direction": self.direction,
            "segment": self.segment,
            "product": self.product,
            "visible": None if self.visible is None else list(self.visible),
        }


def _past(parameter: str, value: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """A day means its end, and today means now."""
    at = moment(parameter, value, zone, days=1)
    if at is None or at <= now:
        return at
    if value == now.astimezone(zone).date().isoformat():
        return now
    fault = FieldError("is yet to come", parameter=f"query:{parameter}")
    raise Invalid(f"`{parameter}` is yet to come.", errors=[fault])
