"""What of persons a request is shown: nothing to who may not see it, and told to the audit of who may.

Every sealed text is opened at one place (`privacy.CustomerKey`), so the answer to "whose data was this caller shown" is
the list of keys that opened something while his request was answered. Outside of a request nothing is noted.

A command may work with sealed texts that its caller never sees (is this the person who asked before?). Of a command
only that counts which the functions open that make its answer: they are marked by `shown`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Final, ParamSpec, TypeVar, cast
from uuid import UUID

SHOWING: Final = frozenset(("customers:read", "customers:export", "documents:read", "keyring:read"))
"""Permissions whose routes show personal data: names and contacts, what is handed over, contracts, keys."""
MOST_NAMED: Final = 1_000

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Disclosure:
    """What one request opens. `is_allowed`: may the caller see it? `is_showing`: is it for the answer, or does a
    command work with it? `rows`: of a file or of what no key seals, told by its route.
    """

    is_allowed: bool
    is_showing: bool = True
    customers: dict[bytes, None] = field(default_factory=dict)
    rows: int | None = None

    def opens(self, customer: bytes) -> bool:
        """May data of this customer (16 bytes of its id) be opened? Then it is noted, if it is for the answer."""
        if not self.is_showing:
            return True
        if self.is_allowed:
            self.customers[customer] = None
        return self.is_allowed

    @property
    def named(self) -> list[UUID]:
        """The customers, the first thousand."""
        return [UUID(bytes=one) for one in list(self.customers)[:MOST_NAMED]]


current: ContextVar[Disclosure | None] = ContextVar("disclosure", default=None)


def is_withheld() -> bool:
    """Is this for the answer to a caller who does not see personal data?"""
    disclosure = current.get()
    return disclosure is not None and disclosure.is_showing and not disclosure.is_allowed


def shown(make: Callable[P, R]) -> Callable[P, R]:
    """Marks a function, plain or async, that makes an answer or a part of one: what it opens is shown to the caller."""

    @wraps(make)
    def making(*given: P.args, **named: P.kwargs) -> R:
        with _showing():
            return make(*given, **named)

    @wraps(make)
    async def making_later(*given: P.args, **named: P.kwargs) -> Any:
        with _showing():
            return await make(*given, **named)  # type: ignore[misc]

    return cast(Callable[P, R], making_later) if iscoroutinefunction(make) else making


@contextmanager
def _showing() -> Iterator[None]:
    disclosure = current.get()
    if disclosure is None or disclosure.is_showing:
        yield
        return
    disclosure.is_showing = True
    try:
        yield
    finally:
        disclosure.is_showing = False


def tell(*customers: UUID, rows: int | None = None) -> None:
    """Notes what no key opened here: keys that are handed out, the rows of a file."""
    disclosure = current.get()
    if disclosure is not None:
        disclosure.customers |= dict.fromkeys(one.bytes for one in customers)
        disclosure.rows = rows if rows is not None else disclosure.rows
