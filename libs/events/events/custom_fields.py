"""Custom fields: what kinds there are, and which values they take. Pure.

A definition never breaks what is stored: its kind and whether it is personal are fixed, options are retired and not
taken away, and a stored value is judged again only when somebody writes the field.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import JsonValue

from events.contracts.deals import DealFieldDefined
from events.contracts.leads import FieldChange, FieldDefined, FieldOption
from events.decider import Rejected
from events.sealed import Sealed
from events.text import clean

LONGEST_TEXT: Final = 10_000
LONGEST_LINK: Final = 2_000
LARGEST_NUMBER: Final = 10**15
MOST_OPTIONS: Final = 500
"""Of a definition, and so of a value of ``multi_choice``."""

Definition = FieldDefined | DealFieldDefined
D = TypeVar("D", FieldDefined, DealFieldDefined)
Seal = Callable[[Mapping[str, Any]], Sealed[dict[str, object]]]


class BadValue(ValueError):
    """The value does not fit the kind; says what would, without the value."""


def normal(definition: Definition, value: Any, users: Set[str]) -> JsonValue:
    """The value as it is stored: JSON of the field's kind. Raises :class:`BadValue`.

    ``text`` is a string of 10,000 characters at most, ``number`` a JSON number under 10**15, ``money``
    ``{"amount": "12.30", "currency": "RUB"}``, ``date`` and ``moment`` ISO 8601 (moments in UTC), ``choice`` the code
    of an option, ``multi_choice`` a list of codes in the order of the options, ``flag`` a boolean, ``link`` an http
    address, ``user`` the id of a manager, one of ``users``.
    """
    return _KINDS[definition.kind](value, definition.options, users)


def changes(
    definitions: Mapping[str, Definition],
    given: Mapping[str, Any],
    present: Mapping[str, JsonValue],
    direction: str | None,
    users: Set[str],
    seal: Seal | None,
) -> tuple[FieldChange, ...]:
    """What really changes. ``given`` has new values (None clears), ``present`` the opened values of now.

    Refuses with ``unknown_field``, ``field_not_here``, ``required_field`` or ``bad_value``. ``seal`` is None where
    there is nobody whose key could seal: there no field may be personal.
    """
    found = []
    for code, value in given.items():
        definition = definitions.get(code)
        if definition is None:
            raise Rejected("unknown_field", f"There is no field {code!r}.")
        if definition.directions and direction is not None and direction not in definition.directions:
            raise Rejected("field_not_here", f"The field {code!r} is not for this line of business.")
        if value is None:
            if definition.required:
                raise Rejected("required_field", f"The field {code!r} cannot be cleared.")
            if code in present:
                found.append(FieldChange(field=code))
            continue
        try:
            stored = normal(definition, value, users)
        except BadValue as bad:
            raise Rejected("bad_value", f"The field {code!r} takes {bad}.") from None
        if present.get(code) != stored:
            found.append(_change(definition, stored, seal))
    return tuple(found)


def added(
    definitions: Mapping[str, Definition], add: Mapping[str, float], present: Mapping[str, JsonValue]
) -> dict[str, float]:
    """The new values of numbers to which something is added; what is empty counts from nothing. Exact in decimals.

    Refuses with ``unknown_field`` or ``not_a_number``.
    """
    found = {}
    for code, amount in add.items():
        if code not in definitions:
            raise Rejected("unknown_field", f"There is no field {code!r}.")
        if definitions[code].kind != "number":
            raise Rejected("not_a_number", f"The field {code!r} is no number: nothing can be added to it.")
        found[code] = float(Decimal(str(present.get(code) or 0)) + Decimal(str(amount)))
    return found


def missing(definitions: Mapping[str, Definition], present: Set[str], direction: str | None) -> list[str]:
    """Required fields that are not filled in."""
    return sorted(
        code
        for code, definition in definitions.items()
        if definition.required
        and code not in present
        and (not definition.directions or direction is None or direction in definition.directions)
    )


def users_named(definitions: Mapping[str, Definition], given: Mapping[str, Any]) -> set[str]:
    """Managers that values name, to be looked up."""
    return {
        value
        for code, value in given.items()
        if isinstance(value, str) and code in definitions and definitions[code].kind == "user"
    }


def redefine(before: D | None, after: D) -> D | None:
    """The definition to store, None where it is so already; options that are left out are kept as retired.

    Refuses with ``kind_fixed``, ``personal_fixed``, ``no_options``, ``options_not_here`` or ``option_twice``.
    """
    codes = [option.code for option in after.options]
    if after.kind in ("choice", "multi_choice"):
        if not codes:
            raise Rejected("no_options", "A choice needs options.")
        if len(set(codes)) != len(codes):
            raise Rejected("option_twice", "Two options have one code.")
    elif codes:
        raise Rejected("options_not_here", f"A field of kind {after.kind} has no options.")
    if before is None:
        return after
    if after.kind != before.kind:
        raise Rejected("kind_fixed", f"The field is a {before.kind}; define another one.")
    if after.personal != before.personal:
        raise Rejected("personal_fixed", "What was sealed or plain stays so; define another field.")
    gone = tuple(o.model_copy(update={"retired": True}) for o in before.options if o.code not in codes)
    whole = after.model_copy(update={"options": after.options + gone})
    if len(whole.options) > MOST_OPTIONS:
        raise Rejected("too_many_options", f"A field has {MOST_OPTIONS} options at most, retired ones included.")
    return None if whole == before else whole


def _change(definition: Definition, stored: JsonValue, seal: Seal | None) -> FieldChange:
    if not definition.personal:
        return FieldChange(field=definition.code, value=stored)
    if seal is None:
        raise Rejected("no_key", f"The field {definition.code!r} is personal, and there is no key to seal it.")
    return FieldChange(field=definition.code, sealed=seal({"value": stored}))


def _text(value: Any, _options: Sequence[FieldOption], _users: Set[str]) -> JsonValue:
    cleaned = clean(value).strip() if isinstance(value, str) else ""
    if not 0 < len(cleaned) <= LONGEST_TEXT:
        raise BadValue(f"a text of 1 to {LONGEST_TEXT} characters")
    return cleaned


def _number(value: Any, _options: Sequence[FieldOption], _users: Set[str]) -> JsonValue:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue("a number")
    if not abs(value) < LARGEST_NUMBER:
        raise BadValue("a number under 10**15")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _money(value: Any, _options: Sequence[FieldOption], _users: Set[str]) -> JsonValue:
    told = '{"amount": "12.30", "currency": "RUB"}'
    if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
        raise BadValue(told)
    currency, amount = value["currency"], value["amount"]
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise BadValue(told)
    try:
        exact = Decimal(amount) if isinstance(amount, str | int) and not isinstance(amount, bool) else Decimal("nan")
        if not exact.is_finite() or abs(exact) >= LARGEST_NUMBER or exact != exact.quantize(Decimal("0.01")):
            raise BadValue(f"{told}, with two decimals at most")
    except InvalidOperation:
        raise BadValue(told) from None
    return {"amount": str(exact.quantize(Decimal("0.01"))), "currency": currency}


def _date(value: Any, _options: Sequence[FieldOption], _users: Set[str]) -> JsonValue:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise BadValue("a date, YYYY-MM-DD") from None


def _moment(value: Any, _options: Sequence[FieldOption], _users: Set[str]) -> JsonValue:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC).isoformat()
    except (TypeError, ValueError, OverflowError):
        raise BadValue("a moment with its time zone, such as 2026-03-02T09:30:00+03:00") from None


def _choice(value: Any, options: Sequence[FieldOption], _users: Set[str]) -> JsonValue:
    codes = [option.code for option in options if not option.retired]
    if value not in codes:
        raise BadValue(f"one of: {', '.join(codes)}")
    return str(value)


def _multi_choice(value: Any, options: Sequence[FieldOption], _users: Set[str]) -> JsonValue:
    codes = [option.code for option in options if not option.retired]
    if not isinstance(value, list) or not value or any(one not in codes for one in value):
        raise BadValue(f"a list of: {', '.join(codes)}")
    return [code for code in codes if code in value]


def _flag(value: Any, _options: Sequence[FieldOption], _users: Set[str]) -> JsonValue:
    if not isinstance(value, bool):
        raise BadValue("true or false")
    return value


def _link(value: Any, _options: Sequence[FieldOption], _users: Set[str]) -> JsonValue:
    told = f"an http or https address of {LONGEST_LINK} characters at most"
    if not isinstance(value, str) or len(value) > LONGEST_LINK or value != clean(value) or " " in value:
        raise BadValue(told)
    try:
        parts = urlsplit(value)
    except ValueError:
        raise BadValue(told) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadValue(told)
    return value


def _user(value: Any, _options: Sequence[FieldOption], users: Set[str]) -> JsonValue:
    if not isinstance(value, str) or value not in users:
        raise BadValue("the id of a manager")
    return value


_KINDS: Final[Mapping[str, Callable[[Any, Sequence[FieldOption], Set[str]], JsonValue]]] = {
    "text": _text,
    "number": _number,
    "money": _money,
    "date": _date,
    "moment": _moment,
    "choice": _choice,
    "multi_choice": _multi_choice,
    "flag": _flag,
    "link": _link,
    "user": _user,
}
