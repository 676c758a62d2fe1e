"""Values of events as messages tell them: times and days as people write them, everything else as it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from automation.parts import Language

_DAYS: Final = {"ru": "%d.%m.%Y", "en": "%d %b %Y"}
_LENGTH_OF_DAY: Final = len("2026-03-02")


def shown(value: str, language: Language, zone: ZoneInfo) -> str:
    """``2026-03-02`` as ``02.03.2026`` or ``02 Mar 2026``; a time (ISO 8601) with its hour in the zone."""
    if not value[:4].isdecimal() or value[4:5] != "-":
        return value
    try:
        if len(value) == _LENGTH_OF_DAY:
            return date.fromisoformat(value).strftime(_DAYS[language])
        return datetime.fromisoformat(value).astimezone(zone).strftime(f"{_DAYS[language]} %H:%M")
    except ValueError:
        return value
