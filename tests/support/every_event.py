"""Random events of any contract: what a service could say, made from the types of its fields.

Ids, managers and departments come from small pools, one for each line of business, so that events are about the same
subjects and never about those of two lines.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid5

from events.event import Event
from events.sealed import Sealed
from events.store import ROOT
from events.testing import Log
from pydantic import AwareDatetime, BaseModel

START = datetime(2026, 3, 1, tzinfo=UTC)
SECRET = Sealed("s1." + "Iv4n0v" * 8)
POOL = 4
PEOPLE = ("manager_id", "previous_manager_id", "responsible_id", "assignee", "deputy_id", "department", "owner_id")

ONCE = {
    "call.placed.v1",
    "call.refused.v1",
    "call.requested.v1",
    "customer.registered.v1",
    "deal.opened.v1",
    "invoice.issued.v1",
    "lead.captured.v1",
    "marketing_event.planned.v1",
    "message.failed.v1",
    "message.requested.v1",
    "message.sent.v1",
    "message.unconfirmed.v1",
    "organisation.registered.v1",
    "payment.received.v1",
    "product.registered.v1",
    "rule.suppressed.v1",
    "target.set.v1",
    "task.created.v1",
}
"""Events that a stream has once at most: its beginning, or what ends it."""
ONCE_OF = {"manager.absent.v1": "absence_id"}
"""Events said once at most of what has no stream of its own, and the field that names it."""


def subject_id(direction: str | None, kind: str, number: int) -> UUID:
    """An id of the pool of a line of business."""
    return uuid5(ROOT, f"{direction}/{kind}/{number}")


class EveryEvent:
    """Appends random events to ``log``; all that is in an event is of one line of business."""

    def __init__(self, seed: int | str, directions: Iterable[str | None] = (None,)) -> None:
        self.random = random.Random(seed)
        self.directions = tuple(directions)
        self.log = Log()
        self.now = START
        self._said: set[tuple[UUID, str]] = set()

    def begin(self, contracts: Iterable[type[Event]]) -> None:
        """What a stream has once, for every subject of the pools: each has begun, and ended where there is an end."""
        for contract in (one for one in contracts if one.type in ONCE):
            first = next(iter(contract.model_fields))
            for direction in self.directions:
                for number in range(POOL):
                    stream = subject_id(direction, self._kind(first), number)
                    event = self._model(contract, direction).model_copy(update={first: stream})
                    self._said.add((stream, contract.type))
                    self.log.append(stream, event, occurred_at=self.now)

    def say(self, contracts: Iterable[type[Event]]) -> None:
        """One event of each contract for each line of business, but for what a stream said and says only once."""
        for contract, direction in product(contracts, self.directions):
            event = self._model(contract, direction)
            stream = self._stream(event, direction)
            subject = getattr(event, ONCE_OF[contract.type]) if contract.type in ONCE_OF else stream
            if contract.type in ONCE | ONCE_OF.keys() and (subject, contract.type) in self._said:
                continue
            self._said.add((subject, contract.type))
            self.now += timedelta(minutes=self.random.randint(0, 300))
            self.log.append(stream, event, occurred_at=self.now)

    def _stream(self, event: Event, direction: str | None) -> UUID:
        """Streams are those of the subject that the contract names first."""
        first = next(iter(type(event).model_fields))
        key = getattr(event, first)
        if isinstance(key, UUID):
            return key
        return uuid5(ROOT, f"{event.type.partition('.')[0]}/{key}/{getattr(event, 'code', '')}")

    def _model(self, model: type[BaseModel], direction: str | None) -> Any:
        return model(
            **{name: self._value(name, field.annotation, direction) for name, field in model.model_fields.items()}
        )

    def _value(self, name: str, annotation: Any, direction: str | None) -> Any:
        if name == "direction":
            return direction
        if name == "directions":
            return (direction,) if direction else ()
        origin, choices = get_origin(annotation), get_args(annotation)
        if origin in (Union, UnionType):
            given = next(one for one in choices if one is not NoneType)
            # What is of a line of business names what it is about.
            needed = given is UUID and direction is not None
            return None if self.random.random() < 0.3 and not needed else self._value(name, given, direction)
        if origin is Literal:
            return self.random.choice(choices)
        if origin is tuple:
            many = (self._value(name, choices[0], direction) for _ in range(self.random.randint(0, 3)))
            return tuple(dict.fromkeys(many)) if choices[0] is str else tuple(many)
        if annotation is Sealed or origin is Sealed:
            return SECRET
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self._model(annotation, direction)
        simple = {
            UUID: lambda: subject_id(direction, self._kind(name), self.random.randrange(POOL)),
            str: lambda: self._text(name, direction),
            bool: lambda: self.random.random() < 0.5,
            int: lambda: self.random.randint(1, 5),
            Decimal: lambda: Decimal(self.random.randint(1, 90_000)) / 100,
            datetime: self._moment,
            AwareDatetime: self._moment,
            date: lambda: (self.now + timedelta(days=self.random.randint(-9, 9))).date(),
            dict: dict,
        }
        return simple.get(origin or annotation, lambda: self._json())()

    def _moment(self) -> datetime:
        return self.now + timedelta(hours=self.random.randint(-50, 50))

    def _json(self) -> Any:
        return self.random.choice(("red", 7, True, ["red", "blue"], {"amount": "10.50", "currency": "RUB"}, None))

    @staticmethod
    def _kind(name: str) -> str:
        """``into_customer_id`` is a customer."""
        return name.removesuffix("s").removesuffix("_id").rpartition("_")[2]

    def _text(self, name: str, direction: str | None) -> str:
        number = self.random.randint(1, 2)
        if name in PEOPLE:
            return f"{direction}-people-{number}"
        if name == "inn":
            return self.random.choice(("7707083893", "500100732259"))
        if name == "currency":
            return self.random.choice(("RUB", "USD"))
        return f"{self._kind(name)}-{number}"
