"""Conditions of rules: what must hold of the fields of the trigger. All conditions of a rule must hold.

The one place that knows how a condition is written: an expression language can take over behind ``holds`` and
``check``.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self, Union, get_args, get_origin

import orjson
from events.event import Event
from events.sealed import Sealed
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

Scalar = bool | int | str


class Condition(BaseModel):
    """One test of one field, named by its path (``touch.channel``). An absent field is only ever not ``present``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    field: str
    equals: Scalar | None = None
    one_of: list[Scalar] | None = None
    none_of: list[Scalar] | None = None
    present: bool | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        tests = [test for test in (self.equals, self.one_of, self.none_of, self.present) if test is not None]
        if len(tests) != 1:
            raise ValueError("needs exactly one of equals, one_of, none_of, present")
        return self

    def values(self) -> Sequence[Scalar]:
        """The values that the field is compared with."""
        return self.one_of or self.none_of or ([] if self.equals is None else [self.equals])


def holds(conditions: Sequence[Condition], event: Mapping[str, Any]) -> bool:
    """Do all conditions hold of an event, given as its JSON?"""
    return all(_holds(condition, value_at(event, condition.field)) for condition in conditions)


def _holds(condition: Condition, value: Any) -> bool:
    if condition.present is not None:
        return (value is not None) is condition.present
    if condition.none_of is not None:
        return value not in condition.none_of
    return value is not None and value in condition.values()


def value_at(event: Mapping[str, Any], path: str) -> Any:
    """The value at a path, None where any step of it is absent."""
    value: Any = event
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def check(condition: Condition, event: type[Event]) -> Iterator[str]:
    """What is wrong with a condition on this type of event, in plain words."""
    try:
        kind = type_at(event, condition.field)
    except LookupError as error:
        yield str(error)
        return
    if condition.present is None and _is_sealed(kind):
        yield f"{condition.field} is sealed: a rule can only ask whether it is present"
        return
    for value in condition.values():
        try:
            TypeAdapter(kind).validate_json(orjson.dumps(value), strict=True)
        except ValidationError as error:
            yield f"{condition.field} can never be {value!r}: {error.errors()[0]['msg']}"


def type_at(event: type[BaseModel], path: str) -> Any:
    """The annotation at a path of fields. Raises LookupError that names the fields there are."""
    kind: Any = event
    walked: list[str] = []
    for step in path.split("."):
        inner = _without_none(kind)
        if get_origin(inner) is dict:
            kind = get_args(inner)[1]
        elif isinstance(inner, type) and issubclass(inner, BaseModel) and step in inner.model_fields:
            kind = inner.model_fields[step].annotation
        else:
            fields = (
                ", ".join(inner.model_fields) if isinstance(inner, type) and issubclass(inner, BaseModel) else "none"
            )
            raise LookupError(f"{'.'.join(walked) or 'the event'} has no field {step}; it has: {fields}")
        walked.append(step)
    return kind


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        left = [option for option in get_args(kind) if option is not type(None)]
        return left[0] if len(left) == 1 else kind
    return kind


def _is_sealed(kind: Any) -> bool:
    inner = _without_none(kind)
    return (get_origin(inner) or inner) is Sealed
