"""A product's rules. Pure: it is registered under a code for ever; what is said of it may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from events.contracts.deals import Money
from events.contracts.deals.catalogue import (
    ProductArchived,
    ProductChanged,
    ProductKind,
    ProductRegistered,
    ProductRestored,
)
from events.decider import Decider
from events.event import Event
from events.store import deterministic_id


@dataclass(frozen=True, slots=True)
class NoProduct:
    """Nothing is registered under this code."""


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold. ``tax_rate`` is a percent, None: not taxed; ``cost`` is that of one unit, None: not known."""

    product_id: UUID
    code: str
    title: str
    kind: ProductKind
    unit: str | None = None
    tax_rate: Decimal | None = None
    external_id: str | None = None
    archived: bool = False
    cost: Money | None = None


State = NoProduct | Product


@dataclass(frozen=True, slots=True)
class SaveProduct:
    """The product as it is to be."""

    product: Product


def product_id(code: str) -> UUID:
    """The id of the product of a code."""
    return deterministic_id("product", code)


def decide(command: SaveProduct, state: State) -> Sequence[Event]:
    """Nothing where it is so already."""
    wanted = command.product
    if isinstance(state, NoProduct):
        return [ProductRegistered(code=wanted.code, **_said(wanted)), *_shelved(wanted, was=False)]
    changed = [] if _said(wanted) == _said(state) else [ProductChanged(**_said(wanted))]
    return [*changed, *_shelved(wanted, was=state.archived)]


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case ProductRegistered(), NoProduct():
            return Product(code=event.code, **{name: getattr(event, name) for name in _SAID})
        case ProductChanged(), Product():
            return replace(state, **{name: getattr(event, name) for name in _SAID})
        case ProductArchived(), Product():
            return replace(state, archived=True)
        case ProductRestored(), Product():
            return replace(state, archived=False)
    return state


PRODUCT: Final[Decider[SaveProduct, State]] = Decider(NoProduct(), decide, evolve)

_SAID: Final = ("product_id", "title", "kind", "unit", "tax_rate", "external_id", "cost")


def _said(product: Product) -> dict[str, object]:
    return {name: getattr(product, name) for name in _SAID}


def _shelved(wanted: Product, *, was: bool) -> list[Event]:
    if wanted.archived == was:
        return []
    kind = ProductArchived if wanted.archived else ProductRestored
    return [kind(product_id=wanted.product_id)]
