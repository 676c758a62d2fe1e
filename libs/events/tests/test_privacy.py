"""Sealing, keyring, blind indexes."""

from __future__ import annotations

import os
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.exceptions import InvalidTag
from events.blind_index import BlindIndex
from events.privacy import CACHED_AT_MOST, CachedKeys, CustomerKey, Keyring, MasterKey
from hypothesis import given
from hypothesis import strategies as st

CUSTOMER = UUID(int=1)
KEY = bytes(range(32))


@given(st.text())
def test_what_is_sealed_opens_with_the_customers_key_only(text: str) -> None:
    sealed = CustomerKey(CUSTOMER, KEY).seal(text)

    assert CustomerKey(CUSTOMER, KEY).open(sealed) == text
    assert CustomerKey(UUID(int=2), KEY).open(sealed) is None
    assert CustomerKey(CUSTOMER, bytes(32)).open(sealed) is None


@given(st.text(min_size=4))
def test_the_same_text_is_never_sealed_alike_and_never_shows(text: str) -> None:
    key = CustomerKey(CUSTOMER, KEY)
    assert key.seal(text) != key.seal(text)


def test_a_forked_process_seals_with_nonces_of_its_own() -> None:
    key = CustomerKey(CUSTOMER, KEY)
    key.seal("before")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, key.seal("the same").encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 1_000).decode() != key.seal("the same")


@given(st.text())
def test_damage_is_noticed_not_raised(damage: str) -> None:
    assert CustomerKey(CUSTOMER, KEY).open("s1." + damage) is None


def test_equal_values_of_one_kind_have_equal_blind_indexes() -> None:
    index = BlindIndex(KEY)
    assert index.of("phone", "+79123456789") == index.of("phone", "+79123456789")
    assert index.of("phone", "+79123456789") != index.of("email", "+79123456789")
    assert index.of("phone", "+79123456789") != BlindIndex(bytes(32)).of("phone", "+79123456789")


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=4), st.text(), st.text())
def test_each_later_key_makes_the_next_form_of_an_index_without_the_value(
    later: list[bytes], one: str, other: str
) -> None:
    """Whoever lays the keys over the indexes that stand there comes to what others make of the values."""
    index = BlindIndex(KEY, *later)
    stands = {value: bytes.fromhex(BlindIndex(KEY).of("email", value)) for value in (one, other)}
    for form in range(1, index.newest + 1):
        stands = {value: index.next(found, form) for value, found in stands.items()}
        assert {value: index.of("email", value, form) for value in stands} == {v: i.hex() for v, i in stands.items()}
        assert all(int.from_bytes(found[:2]) == form for found in stands.values())
        assert (stands[one] == stands[other]) == (one == other)
    assert index.first("email", one) == BlindIndex(KEY).of("email", one), "what things are called by stays"


def test_a_stolen_keyring_opens_nothing_without_the_master_key() -> None:
    wrapped = MasterKey(KEY).wrap(CUSTOMER, b"k" * 32)

    assert MasterKey(KEY).unwrap(CUSTOMER, wrapped) == b"k" * 32
    with pytest.raises(InvalidTag):
        MasterKey(os.urandom(32)).unwrap(CUSTOMER, wrapped)
    with pytest.raises(InvalidTag):
        MasterKey(KEY).unwrap(uuid4(), wrapped)


async def test_a_deleted_key_is_gone_for_good(new_database) -> None:
    connection = await asyncpg.connect(await new_database("leads"))
    keyring = Keyring(MasterKey(KEY))
    made = await keyring.create(connection, [CUSTOMER])
    sealed = made[CUSTOMER].seal("Анна")
    assert (await keyring.read(connection, [CUSTOMER]))[CUSTOMER].open(sealed) == "Анна"

    assert await keyring.delete(connection, CUSTOMER)

    assert await keyring.read(connection, [CUSTOMER]) == {}
    assert not await keyring.delete(connection, CUSTOMER)
    await connection.close()


async def test_cached_keys_are_forgotten_in_time_and_at_once_on_erasure() -> None:
    now, asked = [0.0], []

    async def fetch(ids: list[UUID]) -> dict[UUID, bytes]:
        asked.append(ids)
        return dict.fromkeys(ids, KEY)

    keys = CachedKeys(fetch, seconds=300, clock=lambda: now[0])
    await keys.read([CUSTOMER])
    await keys.read([CUSTOMER])
    assert len(asked) == 1

    keys.forget(CUSTOMER)
    await keys.read([CUSTOMER])
    now[0] = 301
    await keys.read([CUSTOMER])
    assert len(asked) == 3


async def test_no_more_keys_are_kept_than_memory_is_meant_for() -> None:
    asked: list[int] = []

    async def fetch(ids: list[UUID]) -> dict[UUID, bytes]:
        asked.append(len(ids))
        return {customer_id: bytes(32) for customer_id in ids}

    keys = CachedKeys(fetch)
    first, many = [uuid4()], [uuid4() for _ in range(CACHED_AT_MOST + 1)]

    assert (await keys.read(first)).keys() == set(first)
    assert (await keys.read(many)).keys() == set(many)
    await keys.read(first)
    await keys.read(first)

    assert asked == [1, CACHED_AT_MOST + 1, 1]


def test_a_file_opens_in_its_own_place_with_the_customers_key_only() -> None:
    here, there = UUID(int=7), UUID(int=8)
    sealed = CustomerKey(CUSTOMER, KEY).seal_bytes(b"%PDF-1.7 contract", here)

    assert sealed.startswith(b"vf1.")
    assert b"contract" not in sealed
    assert CustomerKey(CUSTOMER, KEY).open_bytes(sealed, here) == b"%PDF-1.7 contract"
    assert CustomerKey(CUSTOMER, KEY).open_bytes(sealed, there) is None
    assert CustomerKey(CUSTOMER, bytes(32)).open_bytes(sealed, here) is None
    assert CustomerKey(UUID(int=2), KEY).open_bytes(sealed, here) is None
    assert CustomerKey(CUSTOMER, KEY).open_bytes(sealed[:-1], here) is None
    assert CustomerKey(CUSTOMER, KEY).open_bytes(b"", here) is None
