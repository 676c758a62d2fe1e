"""What lists may ask of a customer: fields, their kinds, and which comparisons a kind knows.

A field is a relation of ``sql/fields``: which values each card has, with the facts of all members of merged cards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from events.contracts.leads import FieldKind
from events.inputs import Day, Input, Moment
from pydantic import AfterValidator, Field, StrictBool, TypeAdapter

Kind = Literal["text", "texts", "number", "flag", "date", "time", "contact", "list"]
Op = Literal["eq", "in", "lt", "lte", "gt", "gte", "before", "after", "within_days", "exists", "had"]

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


@dataclass(frozen=True, slots=True)
class Comparison:
    """``takes`` reads the value of a condition, ``sql`` compares ``f.value`` with a parameter of the type ``of``."""

    takes: TypeAdapter[Any]
    sql: str
    of: str
    given: Callable[[Any, datetime], Any] = lambda value, _now: value


@dataclass(frozen=True, slots=True)
class Asked:
    """A field as people see it."""

    kind: Kind
    description: str


_EXISTS = Comparison(TypeAdapter(StrictBool), "f.value IS NOT NULL", "boolean")
_TEXT: TypeAdapter[Any] = TypeAdapter(_Text)
_TEXTS: TypeAdapter[Any] = TypeAdapter(_Texts)
_NUMBER: TypeAdapter[Any] = TypeAdapter(_Number)
_DAY: TypeAdapter[Any] = TypeAdapter(Day)
_INSTANT: TypeAdapter[Any] = TypeAdapter(_Instant)


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
    "contact": {"had": Comparison(TypeAdapter(Contact), "", "")},
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
    "any_channel": Asked("text", "Channel of any lead, by its first request."),
    "any_intake": Asked("text", "Way in of any lead, by its first request."),
    "any_source": Asked("text", "Source of any lead, by its first request."),
    "any_campaign": Asked("text", "Campaign of any lead, by its first request."),
    "lead_status": Asked("text", "Of an open lead: new or qualified."),
    "lead_temperature": Asked("text", "Of an open lead: cold, warm or hot."),
    "lead_category": Asked("text", "Category of an open lead."),
    "interaction": Asked("contact", "A contact that took place."),
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
}
"""What a custom field is asked as, and how its JSON becomes a value. Money has several currencies: it is not asked."""


def asked_as(kind: FieldKind) -> Kind | None:
    """How a custom field of this kind can be asked; None if it cannot."""
    found = _CUSTOM_KINDS.get(kind)
    return found[0] if found else None


def value_of(kind: FieldKind) -> str:
    """SQL that reads ``v.value`` of a custom field of this kind."""
    asked, reading = _CUSTOM_KINDS[kind]
    cast = {"date": "::date", "time": "::timestamptz"}.get(asked, "")
    return f"(v.value {reading}){cast}"
