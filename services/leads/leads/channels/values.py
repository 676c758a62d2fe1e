"""Takes values of the type expected out of what a stranger sent, or raises `Unreadable` with the name of the field."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.webhooks import Unreadable

MAX_IDENTIFIER: Final = 255
_DECORATION: Final = str.maketrans("", "", "+ ()-")
_SHORTEST_WITH_CODE: Final = 10
_RUSSIAN_AT_HOME: Final = 11
_CODE: Final = re.compile(r"[A-Za-z0-9._-]{1,60}")


def text(value: object, what: str) -> str | None:
    """A text field: `None` and white space mean absent, numbers are written out, anything else is refused."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Unreadable(f"{what} must be text")


def texts(value: object, what: str) -> tuple[str, ...]:
    """One text or a list of texts, without the empty ones."""
    values = value if isinstance(value, list) else [value]
    return tuple(found for item in values if (found := text(item, what)))


def code(value: object) -> str | None:
    """A short code of a provider, such as of an error; anything that may be a text of a person is left out."""
    given = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return given if _CODE.fullmatch(given) else None


def identifier(value: object, what: str) -> str:
    """An id that must be there: text or a whole number, at most `MAX_IDENTIFIER` characters."""
    if isinstance(value, float):
        raise Unreadable(f"{what} must be text or a whole number of at most 64 bits")
    found = text(value, what)
    if found is None:
        raise Unreadable(f"{what} is missing")
    if len(found) > MAX_IDENTIFIER:
        raise Unreadable(f"{what} is longer than {MAX_IDENTIFIER} characters")
    return found


def mapping(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(f"{what} must be an object")
    return value


def listing(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable(f"{what} must be a list")
    return value


def moment(value: object, what: str, zone: str | None = None) -> datetime:
    """A point in time, in UTC: seconds since 1970 as a number or digits, or ISO 8601.

    A time without an offset is local time in `zone` (an IANA name), or refused where no zone is given.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return datetime.fromtimestamp(int(value[:20]), UTC)
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value.strip())
            if parsed.tzinfo is None and zone:
                parsed = parsed.replace(tzinfo=ZoneInfo(zone))
            if parsed.tzinfo is not None:
                return parsed.astimezone(UTC)
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError) as error:
        raise Unreadable(f"{what} is not a time") from error
    raise Unreadable(f"{what} is not a time")


def international(number: str | None) -> tuple[str, ...]:
    """The phones of an inquiry, from a number as telephony and messengers write it: E.164 with or without the plus.

    Hidden and internal callers (`anonymous`, `sip:…`, `101`) give none. Eleven digits from 8 on are a Russian number as
    it is dialled at home, and stay as they are.
    """
    digits = (number or "").translate(_DECORATION)
    if not (digits.isascii() and digits.isdigit() and len(digits) >= _SHORTEST_WITH_CODE):
        return ()
    return (digits if digits.startswith("8") and len(digits) == _RUSSIAN_AT_HOME else f"+{digits}",)


def seconds_before(at: datetime, seconds: int, what: str) -> datetime:
    """A moment that lies so many seconds before another."""
    try:
        return at - timedelta(seconds=seconds)
    except OverflowError as error:
        raise Unreadable(f"{what} is not a time") from error


def rest(values: Mapping[str, Any], *used: str) -> dict[str, Any]:
    """The fields that have no place of their own in an inquiry."""
    return {key: value for key, value in values.items() if key not in used}
