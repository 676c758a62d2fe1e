"""Tests put the same services together two thousand times: what FastAPI reads off a type or a handler is read once for
a run. It was two thirds of the time in which a service is put together, and a fifth of that of the whole run.

What stands in the memory is keyed by what FastAPI looks at, and keeps it alive, so that no number or text of an object
that is gone can be taken for that of another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import fastapi.routing
from fastapi._compat import v2 as fastapi_types
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

_TYPES: dict[Any, TypeAdapter[Any]] = {}
_ROUTES: dict[Any, tuple[dict[str, Any], Any]] = {}
_populate = fastapi.routing._populate_api_route_state


def install() -> None:
    """From now on, in this process."""
    fastapi_types.TypeAdapter = _type_read_once  # type: ignore[attr-defined, assignment]
    fastapi.routing._populate_api_route_state = _route_read_once


def _type_read_once(type_: Any, config: Any = None) -> TypeAdapter[Any]:
    key = (type_.__origin__, repr(type_.__metadata__), repr(config))
    try:
        if key not in _TYPES:
            _TYPES[key] = TypeAdapter(type_, config=config)
    except TypeError:  # of a type that cannot be a key
        return TypeAdapter(type_, config=config)
    return _TYPES[key]


def _route_read_once(route: Any, path: str, endpoint: Callable[..., Any], **declared: Any) -> None:
    """A handler made anew by each service, of the same code, with the same defaults, types and declarations."""
    code = getattr(endpoint, "__code__", None)
    if code is None:
        _populate(route, path, endpoint, **declared)
        return
    defaults = (endpoint.__defaults__, endpoint.__kwdefaults__)
    shapes = tuple((name, _shape(type_)) for name, type_ in endpoint.__annotations__.items())
    key = (path, code, _identities(defaults), shapes, repr(declared))
    if key not in _ROUTES:
        _populate(route, path, endpoint, **declared)
        _ROUTES[key] = (_copied(route.__dict__, endpoint), defaults)
    else:
        route.__dict__.update(_copied(_ROUTES[key][0], endpoint))


def _shape(annotation: Any) -> tuple[str, ...]:
    """What an annotation says; FastAPI's own words for a parameter leave out its limits and patterns."""
    if not hasattr(annotation, "__metadata__"):
        return (repr(annotation),)
    marks = [
        FieldInfo.__repr__(mark) if isinstance(mark, FieldInfo) else repr(mark) for mark in annotation.__metadata__
    ]
    return repr(annotation.__origin__), *marks


def _identities(defaults: tuple[Any, Any]) -> tuple[int, ...]:
    return (*map(id, defaults[0] or ()), *map(id, (defaults[1] or {}).values()))


def _copied(state: dict[str, Any], endpoint: Callable[..., Any]) -> dict[str, Any]:
    """Of its own as far as services change it: the gate takes declarations out of a route's dependencies."""
    dependant = state["dependant"]
    fresh = {name: value.copy() for name, value in state.items() if isinstance(value, list | dict | set)}
    own = replace(dependant, call=endpoint, dependencies=dependant.dependencies.copy())
    return {**state, **fresh, "endpoint": endpoint, "dependant": own}
