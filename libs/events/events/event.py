"""Events: facts in the past tense, named by explicit strings with a major version.

An event class is a frozen pydantic model in ``events.contracts.<service>``; its ``type`` is its name for ever
(``lead.captured.v1``), never its class path. Within a version only optional fields are added; a breaking change is a
new type and a pure upcaster.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter

REGISTRY: dict[str, type[Event]] = {}
UPCASTERS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {}

E = TypeVar("E", bound="Event")


class UnknownEvent(LookupError):
    """No contract has this type: a reader skips it and counts, a fold refuses it."""


class Event(BaseModel):
    """A fact. Subclasses set ``type`` and declare fields; unknown fields are ignored on reading."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.type in REGISTRY:
            raise TypeError(f"two contracts are named {cls.type}")
        REGISTRY[cls.type] = cls

    @classmethod
    def owner(cls) -> str:
        """The service that publishes this event: the name of its module or package of contracts."""
        return cls.__module__.removeprefix("events.contracts.").partition(".")[0]

    def to_json(self) -> bytes:
        """The bytes that are stored and published: UTF-8 JSON, absent optional fields left out."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)


def upcaster(old: str, new: str) -> Callable[[Callable[[dict[str, Any]], dict[str, Any]]], Any]:
    """Registers a pure function from the JSON of type ``old`` to the JSON of type ``new``, applied on every read."""

    def register(function: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
        if old in UPCASTERS:
            raise TypeError(f"two upcasters for {old}")
        UPCASTERS[old] = (new, function)
        return function

    return register


@cache
def _adapter(type_: str) -> TypeAdapter[Event]:
    try:
        return TypeAdapter(REGISTRY[type_])
    except KeyError:
        raise UnknownEvent(type_) from None


def decode(type_: str, body: bytes) -> Event:
    """The event of stored bytes, upcast to its newest version.

    Raises :class:`UnknownEvent` for a type without contract and ``pydantic.ValidationError`` for a body that breaks it.
    """
    if type_ not in UPCASTERS:
        return _adapter(type_).validate_json(body)
    content = orjson.loads(body)
    while type_ in UPCASTERS:
        type_, upcast = UPCASTERS[type_]
        content = upcast(content)
    return _adapter(type_).validate_python(content)
