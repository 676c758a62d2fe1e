"""The rules of products and price lists: given, when, then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from deals.catalogue.price_list import (
    PRICE_LIST,
    NoPriceList,
    OpenPriceList,
    PriceList,
    SetPrices,
    price_list_id,
    price_on,
)
from deals.catalogue.product import PRODUCT, Product, SaveProduct, product_id
from events.contracts.deals import (
    Money,
    PricesSet,
    ProductArchived,
    ProductChanged,
    ProductRegistered,
    ProductRestored,
)
from events.decider import Rejected
from events.event import Event
from hypothesis import given
from hypothesis import strategies as st

SITE = Product(product_id("SITE"), "SITE", "Сайт", "service", "шт", Decimal(20))
RETAIL = OpenPriceList(price_list_id("retail"), "retail", "Розница", "RUB", True)
HOSTING = product_id("HOSTING")
JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)


def saved(*products: Product) -> tuple[Product, list[type[Event]]]:
    """Products saved one after another: how it stands, and what the last one made happen."""
    state, told = PRODUCT.initial, []
    for product in products:
        told = list(PRODUCT.decide(SaveProduct(product), state))
        state = PRODUCT.fold(told, state)
    assert isinstance(state, Product)
    return state, [type(event) for event in told]


def test_a_product_is_registered_once() -> None:
    assert saved(SITE) == (SITE, [ProductRegistered])
    assert saved(SITE, SITE) == (SITE, [])


def test_a_product_may_be_archived_from_the_start() -> None:
    old = replace(SITE, archived=True)
    assert saved(old) == (old, [ProductRegistered, ProductArchived])


def test_what_it_costs_the_firm_is_told_and_changes() -> None:
    costed = replace(SITE, cost=Money(amount=Decimal("700.50"), currency="RUB"))
    assert saved(SITE, costed) == (costed, [ProductChanged])
    assert saved(costed, replace(costed, cost=Money(amount=Decimal("700.5000"), currency="RUB")))[1] == []


def test_what_is_said_of_it_changes_and_it_comes_back_from_the_archive() -> None:
    assert saved(SITE, replace(SITE, title="Сайт под ключ"))[1] == [ProductChanged]
    archived = replace(SITE, archived=True)
    assert saved(SITE, archived)[1] == [ProductArchived]
    assert saved(SITE, archived, replace(SITE, tax_rate=None)) == (
        replace(SITE, tax_rate=None),
        [ProductChanged, ProductRestored],
    )


def opened(*commands: SetPrices) -> PriceList:
    state = PRICE_LIST.initial
    for command in (RETAIL, *commands):
        state = PRICE_LIST.fold(PRICE_LIST.decide(command, state), state)
    assert isinstance(state, PriceList)
    return state


def test_a_list_is_opened_once_and_renamed() -> None:
    assert PRICE_LIST.decide(RETAIL, opened()) == []
    assert [event.type for event in PRICE_LIST.decide(replace(RETAIL, title="Опт"), opened())] == [
        "price_list.renamed.v1"
    ]


@pytest.mark.parametrize("other", [replace(RETAIL, currency="USD"), replace(RETAIL, tax_included=False)])
def test_a_list_keeps_its_currency_and_its_taxes(other: OpenPriceList) -> None:
    with pytest.raises(Rejected) as refused:
        PRICE_LIST.decide(other, opened())
    assert refused.value.code == "other_price_list"


def test_there_are_no_prices_without_a_list() -> None:
    with pytest.raises(Rejected) as refused:
        PRICE_LIST.decide(SetPrices({}), NoPriceList())
    assert refused.value.code == "no_price_list"


def test_only_what_differs_is_told() -> None:
    before = opened(SetPrices({(SITE.product_id, JANUARY): Decimal("100.00")}))
    wanted = {(SITE.product_id, JANUARY): Decimal(100), (SITE.product_id, JULY): Decimal(120)}
    (told,) = PRICE_LIST.decide(SetPrices(wanted), before)
    assert isinstance(told, PricesSet)
    assert [(price.valid_from, price.price) for price in told.prices] == [(JULY, Decimal(120))]
    assert PRICE_LIST.decide(SetPrices(wanted), PRICE_LIST.fold([told], before)) == []


def test_a_price_holds_from_its_day_until_the_next_and_may_end() -> None:
    entries = opened(
        SetPrices({(SITE.product_id, JANUARY): Decimal(100), (SITE.product_id, JULY): Decimal(120)}),
        SetPrices({(SITE.product_id, date(2026, 9, 1)): None, (HOSTING, JANUARY): Decimal(5)}),
    ).entries
    days = [date(2025, 12, 31), JANUARY, date(2026, 6, 30), JULY, date(2026, 8, 31), date(2026, 9, 1)]
    assert [price_on(entries, SITE.product_id, day) for day in days] == [None, 100, 100, 120, 120, None]


entry = st.tuples(st.sampled_from([SITE.product_id, HOSTING]), st.dates(JANUARY, date(2026, 1, 5)))
setting = st.dictionaries(entry, st.none() | st.decimals(0, 9, places=0), max_size=4).map(SetPrices)


@given(st.lists(setting, max_size=6), entry)
def test_after_any_changes_the_last_word_on_each_day_holds(made: list[SetPrices], at: tuple[UUID, date]) -> None:
    last: dict[tuple[UUID, date], Decimal | None] = {}
    for command in made:
        last |= command.entries
    state = opened(*made)
    assert state.entries == last
    assert price_on(state.entries, *at) == price_on(last, *at)
