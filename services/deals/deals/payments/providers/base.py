"""What every payment provider is: a webhook of which payments received come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from events.contracts.deals import Money
from events.webhooks import Ignored, Source, Unreadable, Webhook, require_match

from deals.money import money
from deals.payments.notices import Notice

MAX_TEXT = 255
MAX_DIGITS = 18


class Provider(Webhook[Notice], Protocol):
    """One payment provider; one that is ``asked`` proves nothing by its notifications, only its answer is believed."""

    asked: bool = False


def require_signature(given: list[str], source: Source, sign: Callable[[str], str], what: str) -> None:
    """Raises :class:`Unverified` unless one of ``given`` equals ``sign(secret)`` for a live secret."""
    require_match(given, [sign(secret) for secret in source.secrets], what)


def json_object(body: bytes) -> dict[str, Any]:
    """A JSON object with every number as it is written, so that no digit of an amount or an id is lost."""
    try:
        value = json.loads(body, parse_float=Number, parse_int=Number, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not valid JSON") from None
    return mapping(value, "the body")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


class Number(str):
    """A number of a JSON document, by its digits."""

    __slots__ = ()


def mapping(value: object, what: str) -> dict[str, Any]:
    """An object that must be there."""
    if not isinstance(value, dict):
        raise Unreadable(f"{what} must be an object")
    return value


def identifier(value: object, what: str) -> str:
    """An id that must be there: printable, at most 255 characters."""
    if not isinstance(value, str) or not value.strip():
        raise Unreadable(f"{what} is missing")
    text = value.strip()
    if len(text) > MAX_TEXT or not text.isprintable():
        raise Unreadable(f"{what} is not an id")
    return text


def reference(value: object) -> str:
    """What names the deal, as far as it can be kept: absent is empty."""
    return "".join(c for c in value if c.isprintable()).strip()[:MAX_TEXT] if isinstance(value, str) else ""


def amount(value: object, currency: object, what: str, *, minor_digits: int = 0) -> Money:
    """Money of ``value`` in units of 10^-``minor_digits``; raises :class:`Ignored` for zero: nothing was paid."""
    code, number = currency_code(currency), decimal(value, what, minor_digits=minor_digits)
    if number == 0:
        raise Ignored("nothing was paid")
    return money(number, code)


def currency_code(value: object) -> str:
    """A currency as ISO 4217 has it, in capitals."""
    if not isinstance(value, str) or len(value) != 3 or not (value.isascii() and value.isalpha()):
        raise Unreadable("the currency is not a code of three letters (ISO 4217)")
    return value.upper()


def decimal(value: object, what: str, *, minor_digits: int = 0) -> Decimal:
    """An amount in major units, not negative, of ``value`` in units of 10^-``minor_digits``."""
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number < 0 or len(number.as_tuple().digits) > MAX_DIGITS:
        raise Unreadable(f"{what} is not an amount")
    if abs(number.adjusted()) > MAX_DIGITS or (minor_digits and number != number.to_integral_value()):
        raise Unreadable(f"{what} is not an amount")
    return number.scaleb(-minor_digits)
