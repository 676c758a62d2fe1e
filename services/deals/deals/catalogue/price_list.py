"""A price list's rules. Pure: one currency, with tax or without, for ever; a price holds from a day until the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from events.contracts.deals.catalogue import ListedPrice, PriceListOpened, PriceListRenamed, PricesSet
from events.decider import Decider, Rejected
from events.event import Event
from events.store import deterministic_id

Entries = Mapping[tuple[UUID, date], Decimal | None]
"""The price of a product from a day on."""


@dataclass(frozen=True, slots=True)
class NoPriceList:
    """Nothing was opened under this code."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """A price list with its entries, as far as a command looks at them."""

    price_list_id: UUID
    code: str
    title: str
    currency: str
    tax_included: bool
    entries: Entries = field(default_factory=dict)


State = NoPriceList | PriceList


@dataclass(frozen=True, slots=True)
class OpenPriceList:
    """A new list, or another title for the one of that code."""

    price_list_id: UUID
    code: str
    title: str
    currency: str
    tax_included: bool


@dataclass(frozen=True, slots=True)
class SetPrices:
    """Entries as they are to be."""

    entries: Entries


Command = OpenPriceList | SetPrices


def price_list_id(code: str) -> UUID:
    """The id of the list of a code."""
    return deterministic_id("price list", code)


def decide(command: Command, state: State) -> Sequence[Event]:
    """Nothing where it is so already. Refuses with ``no_price_list`` and ``other_price_list``."""
    match command, state:
        case OpenPriceList(), NoPriceList():
            return [PriceListOpened(**{name: getattr(command, name) for name in _SAID})]
        case OpenPriceList(), PriceList():
            if (command.currency, command.tax_included) != (state.currency, state.tax_included):
                raise Rejected("other_price_list", "A list of this code has another currency, or other taxes.")
            renamed = PriceListRenamed(price_list_id=state.price_list_id, title=command.title)
            return [] if command.title == state.title else [renamed]
        case SetPrices(entries=entries), PriceList():
            new = [
                ListedPrice(product_id=product, valid_from=day, price=price)
                for (product, day), price in sorted(entries.items(), key=lambda entry: entry[0])
                if state.entries.get((product, day), _NEVER) != price
            ]
            return [PricesSet(price_list_id=state.price_list_id, prices=tuple(new))] if new else []
    raise Rejected("no_price_list", "There is no such price list.")


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case PriceListOpened(), NoPriceList():
            return PriceList(**{name: getattr(event, name) for name in _SAID})
        case PriceListRenamed(title=title), PriceList():
            return replace(state, title=title)
        case PricesSet(prices=prices), PriceList():
            new = {(price.product_id, price.valid_from): price.price for price in prices}
            return replace(state, entries={**state.entries, **new})
    return state


def price_on(entries: Entries, product: UUID, day: date) -> Decimal | None:
    """What a product costs on a day; None: it is not on the list."""
    days = [since for of, since in entries if of == product and since <= day]
    return entries[product, max(days)] if days else None


PRICE_LIST: Final[Decider[Command, State]] = Decider(NoPriceList(), decide, evolve)

_SAID: Final = ("price_list_id", "code", "title", "currency", "tax_included")
_NEVER: Final = object()
