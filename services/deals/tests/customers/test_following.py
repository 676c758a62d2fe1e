"""What deals knows of customers' cards after leads has spoken, in the consumer's transaction on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest
from deals import main
from deals.customers.card import Card, card_of
from deals.customers.cards import members_of, root_of
from deals.customers.reactions import react
from events.contracts.leads import (
    CustomerContactAdded,
    CustomerContactPreferred,
    CustomerContactRemoved,
    CustomerDetailsChanged,
    CustomerErased,
    CustomerRegistered,
    DetailChange,
    OrganisationChanged,
    OrganisationPersonAttached,
    OrganisationPersonDetached,
    OrganisationRegistered,
    Requisites,
)
from events.contracts.leads.identity import CustomerMerged, CustomerSplit
from events.envelope import Received
from events.privacy import CustomerKey
from events.store import ROOT
from events.testing import Log
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TODAY = date(2026, 3, 2)
TABLES = ("customers", "customer_details", "customer_contacts", "organisations", "organisation_persons")

ANNA, BORIS, VERA = (uuid5(ROOT, name) for name in ("anna", "boris", "vera"))
ROMASHKA = uuid5(ROOT, "romashka")
KEYS = {card: CustomerKey(card, card.bytes * 2) for card in (ANNA, BORIS, VERA)}


@pytest.fixture
async def pool(new_database: Any) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(await new_database("deals"), min_size=1, max_size=2) as pool:
        yield pool


async def hear(pool: asyncpg.Pool, records: Sequence[Received]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        assert await react(connection, records) == ()


async def known(pool: asyncpg.Pool, customer_id: UUID) -> Card:
    async with pool.acquire() as connection:
        return (await card_of(connection, customer_id, TODAY)).opened(KEYS)


def registered(card: UUID, name: str | None = None, **contacts: tuple[str, ...]) -> CustomerRegistered:
    key = KEYS[card]
    sealed = {kind: tuple(map(key.seal, values)) for kind, values in contacts.items()}
    return CustomerRegistered(customer_id=card, name=key.seal(name) if name else None, **sealed)


def named(card: UUID, **details: str | None) -> CustomerDetailsChanged:
    key = KEYS[card]
    changes = [DetailChange(detail=d, value=key.seal(v) if v else None) for d, v in details.items()]  # type: ignore[arg-type]
    return CustomerDetailsChanged(customer_id=card, changes=tuple(changes))


def merged(card: UUID, into: UUID) -> CustomerMerged:
    return CustomerMerged(customer_id=card, into_customer_id=into, reason="by_hand", explanation="by hand")


def split(card: UUID, of: UUID) -> CustomerSplit:
    return CustomerSplit(customer_id=card, from_customer_id=of, explanation="by hand")


async def test_a_card_is_known_with_its_name_and_contacts_which_stay_sealed_in_the_tables(pool: asyncpg.Pool) -> None:
    log = Log()
    log.append(ANNA, registered(ANNA, "Анна", phones=("+79123456789",), emails=("anna@example.ru",)))
    log.append(ANNA, named(ANNA, last_name="Петрова", first_name="Анна", middle_name="Ильинична"))
    await hear(pool, log.records)
    card = await known(pool, ANNA)
    assert card.name == "Петрова Анна Ильинична"
    assert (card.contact("phone"), card.contact("email")) == ("+79123456789", "anna@example.ru")
    kept = " ".join([str(await pool.fetch(f"SELECT * FROM {table}")) for table in TABLES])
    assert "Петрова" not in kept
    assert "79123456789" not in kept


async def test_a_name_told_later_does_not_replace_the_one_that_is_there_until_it_is_cleared(pool: asyncpg.Pool) -> None:
    log = Log()
    told = CustomerContactAdded(customer_id=ANNA, name=KEYS[ANNA].seal("Аня"))
    await hear(pool, log.append(ANNA, registered(ANNA, "Анна"), told))
    assert (await known(pool, ANNA)).name == "Анна"
    await hear(pool, log.append(ANNA, told))
    assert (await known(pool, ANNA)).name == "Анна"
    await hear(pool, log.append(ANNA, named(ANNA, name=None), told))
    assert (await known(pool, ANNA)).name == "Аня"


async def test_contacts_that_are_taken_off_go_and_the_preferred_one_comes_first(pool: asyncpg.Pool) -> None:
    log, first = Log(), registered(ANNA, phones=("+79120000001", "+79120000002", "+79120000003"))
    preferred = CustomerContactPreferred(customer_id=ANNA, kind="phone", value=first.phones[2], index="0" * 32)
    removed = CustomerContactRemoved(customer_id=ANNA, kind="phone", value=first.phones[0], index="0" * 32)
    log.append(ANNA, first, preferred, removed)
    await hear(pool, log.records)
    assert (await known(pool, ANNA)).contacts["phone"] == ["+79120000003", "+79120000002"]


async def test_organisations_are_known_with_requisites_and_today_s_come_before_former_ones(pool: asyncpg.Pool) -> None:
    log, old = Log(), uuid5(ROOT, "old")
    requisites = Requisites(inn="7707083893", kpp="773601001")
    role = KEYS[ANNA].seal("Директор")
    log.append(ANNA, registered(ANNA, "Анна"))
    log.append(ROMASHKA, OrganisationRegistered(organisation_id=ROMASHKA, name="Ромашка"))
    log.append(ROMASHKA, OrganisationChanged(organisation_id=ROMASHKA, name="ООО «Ромашка»", requisites=requisites))
    log.append(ROMASHKA, OrganisationPersonAttached(organisation_id=ROMASHKA, customer_id=ANNA, role=role))
    log.append(old, OrganisationRegistered(organisation_id=old, name="Лютик"))
    former = date(2025, 12, 31)
    log.append(
        old, OrganisationPersonAttached(organisation_id=old, customer_id=ANNA, role=role, until=former, is_primary=True)
    )
    await hear(pool, log.records)
    first, second = (await known(pool, ANNA)).organisations
    assert (first.name, first.requisites, first.role) == ("ООО «Ромашка»", requisites, "Директор")
    assert second.name == "Лютик"
    await hear(pool, log.append(old, OrganisationPersonDetached(organisation_id=old, customer_id=ANNA)))
    assert [one.name for one in (await known(pool, ANNA)).organisations] == ["ООО «Ромашка»"]


async def test_merged_cards_are_one_card_and_split_ones_are_two(pool: asyncpg.Pool) -> None:
    log = Log()
    log.append(ANNA, registered(ANNA, "Анна", phones=("+79120000001",)))
    log.append(BORIS, registered(BORIS, "Анна П.", phones=("+79120000001", "+79120000002")), merged(BORIS, ANNA))
    log.append(VERA, registered(VERA), merged(VERA, BORIS))
    await hear(pool, log.records)
    async with pool.acquire() as connection:
        assert await root_of(connection, [VERA, BORIS, ANNA]) == dict.fromkeys((VERA, BORIS, ANNA), ANNA)
        assert await members_of(connection, [VERA]) == {VERA: [ANNA, *sorted((BORIS, VERA))]}
    card = await known(pool, VERA)
    assert (card.name, card.contacts) == ("Анна", {"phone": ["+79120000001", "+79120000002"]})
    await hear(pool, log.append(BORIS, split(BORIS, ANNA)))
    async with pool.acquire() as connection:
        assert await members_of(connection, [ANNA, VERA]) == {ANNA: [ANNA], VERA: [BORIS, VERA]}


async def test_a_card_nobody_told_of_stands_alone(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        assert await root_of(connection, [ANNA]) == {ANNA: ANNA}
        assert await members_of(connection, [ANNA]) == {ANNA: [ANNA]}


async def test_links_that_form_a_ring_while_a_split_is_under_way_are_walked_once(pool: asyncpg.Pool) -> None:
    log = Log()
    first = log.append(BORIS, registered(BORIS), merged(BORIS, ANNA))
    await hear(pool, first)
    await hear(pool, log.append(ANNA, registered(ANNA), merged(ANNA, BORIS)))
    least = min(ANNA, BORIS)
    async with pool.acquire() as connection:
        assert await root_of(connection, [ANNA, BORIS]) == {ANNA: least, BORIS: least}
        assert set((await members_of(connection, [ANNA]))[ANNA]) == {ANNA, BORIS}
    await hear(pool, log.append(BORIS, split(BORIS, ANNA)))
    async with pool.acquire() as connection:
        assert await root_of(connection, [ANNA]) == {ANNA: BORIS}


async def test_of_an_erased_customer_nothing_stays_and_nothing_comes_back(pool: asyncpg.Pool) -> None:
    log = Log()
    role = KEYS[ANNA].seal("Директор")
    log.append(ANNA, registered(ANNA, "Анна", phones=("+79120000001",)))
    log.append(ROMASHKA, OrganisationRegistered(organisation_id=ROMASHKA, name="Ромашка"))
    log.append(ROMASHKA, OrganisationPersonAttached(organisation_id=ROMASHKA, customer_id=ANNA, role=role))
    await hear(pool, log.records)
    await hear(pool, log.append(ANNA, CustomerErased(customer_id=ANNA)))
    await hear(pool, log.records[:3])
    for table in ("customer_details", "customer_contacts", "organisation_persons"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    assert (await known(pool, ANNA)).name is None


def story() -> Log:
    log = Log()
    contacts = registered(ANNA, "Анна", phones=("+79120000001", "+79120000002"))
    log.append(ANNA, contacts)
    log.append(BORIS, registered(BORIS, "Борис", emails=("b@example.ru",)), merged(BORIS, ANNA), split(BORIS, ANNA))
    log.append(ANNA, CustomerContactAdded(customer_id=ANNA, name=KEYS[ANNA].seal("Аня"), phones=contacts.phones[1:]))
    removed = {"customer_id": ANNA, "kind": "phone", "value": contacts.phones[0], "index": "0" * 32}
    log.append(ANNA, CustomerContactRemoved(**removed), named(ANNA, name="Анна П.", last_name="Петрова"))
    log.append(VERA, registered(VERA), merged(VERA, BORIS), CustomerErased(customer_id=VERA))
    log.append(ROMASHKA, OrganisationRegistered(organisation_id=ROMASHKA, name="Ромашка"))
    log.append(ROMASHKA, OrganisationChanged(organisation_id=ROMASHKA, name="Ромашка-2"))
    role = KEYS[BORIS].seal("Бухгалтер")
    log.append(ROMASHKA, OrganisationPersonAttached(organisation_id=ROMASHKA, customer_id=BORIS, role=role))
    log.append(BORIS, merged(BORIS, ANNA))
    return log


async def contents(pool: asyncpg.Pool) -> list[list[str]]:
    return [sorted(map(str, await pool.fetch(f"SELECT * FROM {table}"))) for table in TABLES]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choose=st.randoms(use_true_random=False), size=st.integers(1, 20), repeated=st.booleans())
async def test_however_streams_interleave_are_cut_and_repeated_the_same_is_known(
    pool: asyncpg.Pool, choose: Any, size: int, repeated: bool
) -> None:
    log = story()
    await pool.execute(f"TRUNCATE {', '.join(TABLES)}, erased_customers")
    await hear(pool, log.records)
    expected = await contents(pool)
    await pool.execute(f"TRUNCATE {', '.join(TABLES)}, erased_customers")
    shards, mixed = [list(shard) for shard in log.by_shard()], []
    while shards:
        shard = choose.choice(shards)
        mixed.append(shard.pop(0))
        shards = [left for left in shards if left]
    for start in range(0, len(mixed), size):
        await hear(pool, mixed[start : start + size])
        if repeated:
            await hear(pool, mixed[: start + size])
    assert await contents(pool) == expected


async def test_a_thousand_cards_in_a_batch_are_as_many_statements_as_one_card(pool: asyncpg.Pool) -> None:
    log = Log()
    for n in range(1000):
        card = uuid5(ROOT, str(n))
        log.append(card, CustomerRegistered(customer_id=card, name=KEYS[ANNA].seal("Имя")), merged(card, ANNA))
    statements: list[str] = []
    async with pool.acquire() as connection:
        with connection.query_logger(lambda query: statements.append(query.query)):
            await react(connection, log.records)
    assert sum("INSERT INTO" in statement for statement in statements) == 3
    assert await pool.fetchval("SELECT count(*) FROM customers WHERE merged_into IS NOT NULL") == 1000


def test_every_statement_stands_in_a_file_that_is_used() -> None:
    package = Path(main.__file__).parent / "customers"
    code = "".join(path.read_text() for path in package.glob("*.py"))
    assert [path.stem for path in (package / "sql").glob("*.sql") if f'"{path.stem}"' not in code] == []
