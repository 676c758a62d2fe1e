"""What lists may ask of a customer: fields, their kinds, and which comparisons a kind knows.

A field is a relation of ``sql/fields``: which values each card has, with the facts of all members of merged cards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from events.contracts.leads import FieldKind
from events.inputs import Day, Input, Moment
from pydantic import AfterValidator, Field, StrictBool, TypeAdapter

Kind = Literal[
    "text", "texts", "number", "money", "flag", "date", "time", "sealed", "contact", "request", "consent", "list"
]
Op = Literal[
    "eq", "in", "lt", "lte", "gt", "gte", "before", "after", "within_days", "exists", "had", "given", "withdrawn"
]

CUSTOM: Final = "custom:"
_Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
_Texts = Annotated[tuple[_Text, ...], Field(min_length=1, max_length=200)]
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=-(10**15), lt=10**15)]


def _storable(moment: datetime) -> datetime:
    if not 1900 <= moment.year <= 9000:
        raise ValueError("must be between the years 1900 and 9000")
    return moment.astimezone(UTC)


_Instant = Annotated[Moment, AfterValidator(_storable)]
_Days = Annotated[int, Field(strict=True, ge=1, le=36_500)]


class Contact(Input):
    """A contact that took place: of this kind, with this result, since then; what is left out may be anything."""

    kind: Literal["call", "email", "message", "meeting", "visit"] | None = None
    result: _Text | None = None
    since: _Instant | None = None
    within_days: _Days | None = None


class Request(Input):
    """A request, first or repeated; what is left out may be anything. ``direction`` is that of the lead it came to."""

    channel: _Text | None = None
    intake: _Text | None = None
    source: _Text | None = None
    campaign: _Text | None = None
    direction: _Text | None = None
    since: _Instant | None = None
    within_days: _Days | None = None


class ConsentAsked(Input):
    """A purpose and a channel (none: any channel at all), now or as of a moment."""

    purpose: _Text
    channel: _Text | None = None
    as_of: _Instant | None = None


class Amount(Input):
    """An amount in major units; only amounts of the same currency are compared with it."""

    amount: Annotated[Decimal, Field(allow_inf_nan=False, max_digits=24, decimal_places=6)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``takes`` reads the value of a condition, ``sql`` compares ``f.value`` with a parameter of the type ``of``."""

    takes: TypeAdapter[Any]
    sql: str
    of: str
    given: Callable[[Any, datetime], Any] = lambda value, _now: value


@dataclass(frozen=True, slots=True)
class Asked:
    """A field as people see it; ``needs`` is the permission without which it cannot be asked."""

    kind: Kind
    description: str
    needs: str | None = None


_EXISTS = Comparison(TypeAdapter(StrictBool), "f.value IS NOT NULL", "boolean")
_TEXT: TypeAdapter[Any] = TypeAdapter(_Text)
_TEXTS: TypeAdapter[Any] = TypeAdapter(_Texts)
_NUMBER: TypeAdapter[Any] = TypeAdapter(_Number)
_DAY: TypeAdapter[Any] = TypeAdapter(Day)
_INSTANT: TypeAdapter[Any] = TypeAdapter(_Instant)
_AMOUNT: TypeAdapter[Any] = TypeAdapter(Amount)
_CONSENT: TypeAdapter[Any] = TypeAdapter(ConsentAsked)
_DEALS: Final = "deals:read"


def _since(days: int, now: datetime) -> datetime:
    return now - timedelta(days=days)


COMPARISONS: Final[Mapping[Kind, Mapping[Op, Comparison]]] = {
    "text": {
        "eq": Comparison(_TEXT, "f.value = {}", "text"),
        "in": Comparison(_TEXTS, "f.value = ANY({})", "text[]"),
        "exists": _EXISTS,
    },
    "texts": {
        "eq": Comparison(_TEXT, "f.value ? {}", "text"),
        "in": Comparison(_TEXTS, "f.value ?| {}", "text[]"),
        "exists": _EXISTS,
    },
    "number": {
        "eq": Comparison(_NUMBER, "f.value = {}", "float8"),
        "lt": Comparison(_NUMBER, "f.value < {}", "float8"),
        "lte": Comparison(_NUMBER, "f.value <= {}", "float8"),
        "gt": Comparison(_NUMBER, "f.value > {}", "float8"),
        "gte": Comparison(_NUMBER, "f.value >= {}", "float8"),
        "exists": _EXISTS,
    },
    "money": {
        "eq": Comparison(_AMOUNT, "f.amount = {}", "numeric"),
        "lt": Comparison(_AMOUNT, "f.amount < {}", "numeric"),
        "lte": Comparison(_AMOUNT, "f.amount <= {}", "numeric"),
        "gt": Comparison(_AMOUNT, "f.amount > {}", "numeric"),
        "gte": Comparison(_AMOUNT, "f.amount >= {}", "numeric"),
        "exists": Comparison(TypeAdapter(StrictBool), "f.amount IS NOT NULL", "boolean"),
    },
    "flag": {"eq": Comparison(TypeAdapter(StrictBool), "f.value", "boolean"), "exists": _EXISTS},
    "date": {
        "eq": Comparison(_DAY, "f.value = {}", "date"),
        "before": Comparison(_DAY, "f.value < {}", "date"),
        "after": Comparison(_DAY, "f.value > {}", "date"),
        "exists": _EXISTS,
    },
    "time": {
        "before": Comparison(_INSTANT, "f.value < {}", "timestamptz"),
        "after": Comparison(_INSTANT, "f.value > {}", "timestamptz"),
        "within_days": Comparison(TypeAdapter(_Days), "f.value >= {}", "timestamptz", _since),
        "exists": _EXISTS,
    },
    "sealed": {
        "eq": Comparison(_TEXT, "f.value = in_form({})", "uuid"),
        "in": Comparison(_TEXTS, "f.value = ANY(in_form({}))", "uuid[]"),
        "exists": _EXISTS,
    },
    "contact": {"had": Comparison(TypeAdapter(Contact), "", "")},
    "request": {"had": Comparison(TypeAdapter(Request), "", "")},
    "consent": {
        "given": Comparison(_CONSENT, "f.given", ""),
        "withdrawn": Comparison(_CONSENT, "NOT f.given", ""),
    },
    "list": {"in": Comparison(TypeAdapter(UUID), "f.value = {}", "uuid")},
}

FIELDS: Final[Mapping[str, Asked]] = {
    "tag": Asked("text", "A tag of the card."),
    "direction": Asked("text", "Line of business."),
    "segment": Asked("text", "Part of the revenue: gold, silver, bronze, casual."),
    "manager": Asked("text", "Who answers for the customer; where nobody was named, the newest lead's manager."),
    "blacklisted": Asked("flag", "On the black list. Who names this field gets black-listed customers too."),
    "registered_at": Asked("time", "When the first of the customer's cards was made."),
    "last_touch_at": Asked("time", "When the customer last asked for something."),
    "touches": Asked("number", "How many requests there were."),
    "first_channel": Asked("text", "Channel of the first lead."),
    "first_intake": Asked("text", "Way in of the first lead."),
    "first_source": Asked("text", "Source of the first lead."),
    "first_campaign": Asked("text", "Campaign of the first lead."),
    "any_channel": Asked("text", "Channel of any request."),
    "any_intake": Asked("text", "Way in of any request."),
    "any_source": Asked("text", "Source of any request."),
    "any_campaign": Asked("text", "Campaign of any request."),
    "any_direction": Asked("text", "Line of business of any lead."),
    "request": Asked("request", "A request, first or repeated, that is all of this at once."),
    "lead_status": Asked("text", "Of an open lead: new or qualified."),
    "lead_temperature": Asked("text", "Of an open lead: cold, warm or hot."),
    "lead_category": Asked("text", "Category of an open lead."),
    "interaction": Asked("contact", "A contact that took place."),
    "consent": Asked("consent", "The latest word on a purpose and a channel, or on all channels; no beats yes."),
    "open_deal": Asked("flag", "Has a deal that is open.", _DEALS),
    "deal_pipeline": Asked("text", "Pipeline of an open deal.", _DEALS),
    "deal_stage": Asked("text", "Stage of an open deal.", _DEALS),
    "bought": Asked("flag", "Has a deal that was won.", _DEALS),
    "purchases": Asked("number", "How many deals were won.", _DEALS),
    "purchases_total": Asked("money", "The value of all deals that were won, in one currency.", _DEALS),
    "last_purchase_at": Asked("time", "When the last deal was won.", _DEALS),
    "list": Asked("list", "Another list, by its id; who it selects is found out now."),
}

_CUSTOM_KINDS: Final[Mapping[FieldKind, tuple[Kind, str]]] = {
    "text": ("text", "#>> '{}'"),
    "choice": ("text", "#>> '{}'"),
    "link": ("text", "#>> '{}'"),
    "user": ("text", "#>> '{}'"),
    "multi_choice": ("texts", ""),
    "number": ("number", "::float8"),
    "flag": ("flag", "::boolean"),
    "date": ("date", "#>> '{}'"),
    "moment": ("time", "#>> '{}'"),
    "money": ("money", ""),
}
"""What a custom field is asked as, and how its JSON becomes a value."""


_SEALED_KINDS: Final = frozenset(("text", "choice", "link", "user", "multi_choice", "date"))
"""Kinds whose values are texts: personal ones of them can be asked by being equal."""


def asked_as(kind: FieldKind, personal: bool = False) -> Kind | None:
    """How a custom field of this kind can be asked; None if it cannot."""
    if personal:
        return "sealed" if kind in _SEALED_KINDS else None
    found = _CUSTOM_KINDS.get(kind)
    return found[0] if found else None


def value_of(kind: FieldKind) -> str:
    """SQL that reads ``v.value`` of a custom field of this kind; money stays as it is."""
    asked, reading = _CUSTOM_KINDS[kind]
    cast = {"date": "::date", "time": "::timestamptz"}.get(asked, "")
    return f"(v.value {reading}){cast}"
