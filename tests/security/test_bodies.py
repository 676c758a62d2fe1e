"""What the bodies of requests may hold: what a model does not declare is refused, in whatever depth (mass assignment,
OWASP API3:2023), so nobody sets a field by guessing its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from unstarted import SERVICES, unstarted

OPEN: dict[str, str] = {}
"""Models that take more than they declare, with the reason."""


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside of a type: of unions, lists, mappings and ``Annotated``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def below(model: type[BaseModel], known: set[type[BaseModel]]) -> None:
    if model not in known:
        known.add(model)
        for field in model.model_fields.values():
            for inner in models(field.annotation):
                below(inner, known)


@cache
def asked() -> dict[str, set[type[BaseModel]]]:
    """All models that a call takes in its body, by the call."""
    found: dict[str, set[type[BaseModel]]] = {}
    for name in SERVICES:
        for route in unstarted(name).routes:
            known: set[type[BaseModel]] = set()
            for parameter in route.dependant.body_params:
                for model in models(parameter.field_info.annotation):
                    below(model, known)
            found[f"{name}: {','.join(sorted(route.methods))} {route.path}"] = known
    return found


def test_whatever_a_body_does_not_declare_is_refused() -> None:
    taken = {
        (call, model.__name__)
        for call, used in asked().items()
        for model in used
        if model.model_config.get("extra") != "forbid" and model.__name__ not in OPEN
    }
    assert taken == set()


def test_every_call_that_takes_a_body_was_looked_at() -> None:
    assert sum(bool(used) for used in asked().values()) > 100
