"""Quiet hours: when people are not to be disturbed, by the clock where they live.

Where somebody lives is read off the telephone number, where its prefix belongs to one time zone (libphonenumber's
table); most mobile numbers of a large country tell nothing, and then the business's zone counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone


@dataclass(frozen=True)
class QuietHours:
    """From ``starts`` until before ``ends``, over midnight too; equal: never."""

    starts: time
    ends: time
    business_zone: ZoneInfo

    def over_at(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When they are over, if ``now`` lies in them."""
        local = now.astimezone(zone)
        shown = local.time().replace(tzinfo=None)
        over_midnight = self.starts > self.ends
        is_quiet = (shown >= self.starts or shown < self.ends) if over_midnight else self.starts <= shown < self.ends
        if not is_quiet:
            return None
        day = local.date() + timedelta(days=1 if over_midnight and shown >= self.starts else 0)
        return max(datetime.combine(day, self.ends, zone).astimezone(UTC), now)

    def zone_of(self, phones: Sequence[str]) -> ZoneInfo:
        """The zone of the first number that tells one, else the business's."""
        return next(filter(None, map(_zone, phones)), self.business_zone)


def _zone(phone: str) -> ZoneInfo | None:
    try:
        names = timezone.time_zones_for_number(phonenumbers.parse(phone))
        return ZoneInfo(names[0]) if len(names) == 1 and names[0] != "Etc/Unknown" else None
    except (phonenumbers.NumberParseException, ZoneInfoNotFoundError):
        return None
