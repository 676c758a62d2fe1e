"""Group commit: batches grow with the load, answers come after the write, and an error hits its owner."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from events.groupcommit import GroupCommit
from hypothesis import given
from hypothesis import strategies as st


class Journal:
    def __init__(self, refused: frozenset[int] = frozenset(), broken: frozenset[int] = frozenset()) -> None:
        self.batches: list[list[int]] = []
        self.refused = refused
        self.broken = broken

    async def write(self, items: Sequence[int]) -> list[int | Exception]:
        await asyncio.sleep(0)
        if self.broken & set(items):
            raise ValueError("one of them cannot be written")
        self.batches.append(list(items))
        return [KeyError(item) if item in self.refused else item * 10 for item in items]


async def test_a_lone_caller_waits_for_nobody() -> None:
    journal = Journal()
    assert await GroupCommit(journal.write).submit(4) == 40
    assert journal.batches == [[4]]


async def test_what_arrives_during_a_write_becomes_the_next_batch() -> None:
    journal = Journal()
    group = GroupCommit(journal.write)

    assert await asyncio.gather(*(group.submit(n) for n in range(100))) == [n * 10 for n in range(100)]

    assert len(journal.batches) <= 2


async def test_a_batch_is_never_larger_than_allowed() -> None:
    journal = Journal()
    group = GroupCommit(journal.write, max_batch=7)
    await asyncio.gather(*(group.submit(n) for n in range(50)))
    assert max(map(len, journal.batches)) == 7


async def test_a_refused_item_hits_its_owner_only() -> None:
    group = GroupCommit(Journal(refused=frozenset({3})).write)
    results = await asyncio.gather(*(group.submit(n) for n in range(5)), return_exceptions=True)
    assert [type(r) for r in results] == [int, int, int, KeyError, int]


async def test_an_item_that_breaks_its_batch_is_found_and_the_others_are_written_once() -> None:
    journal = Journal(broken=frozenset({3}))
    group = GroupCommit(journal.write, isolate=(ValueError,))
    results = await asyncio.gather(*(group.submit(n) for n in range(5)), return_exceptions=True)
    assert [type(r) for r in results] == [int, int, int, ValueError, int]
    assert sorted(n for batch in journal.batches for n in batch) == [0, 1, 2, 4]


async def test_trouble_that_is_nobodys_fault_is_told_to_everybody_and_the_next_caller_is_served() -> None:
    journal = Journal(broken=frozenset({3}))
    group = GroupCommit(journal.write)
    results = await asyncio.gather(*(group.submit(n) for n in range(5)), return_exceptions=True)
    assert all(isinstance(r, ValueError) for r in results)
    assert await group.submit(9) == 90


async def test_a_caller_who_goes_away_does_not_take_the_others_along() -> None:
    group = GroupCommit(Journal().write)
    impatient = asyncio.create_task(group.submit(1))
    patient = asyncio.create_task(group.submit(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 20
    with pytest.raises(asyncio.CancelledError):
        await impatient


@given(st.lists(st.integers(0, 4), max_size=40))
def test_two_items_of_one_key_never_share_a_batch_and_keep_their_order(keys: list[int]) -> None:
    journal = Journal()
    items = [key * 100 + n for n, key in enumerate(keys)]

    async def scenario() -> None:
        group = GroupCommit(journal.write, conflicts=lambda item: item // 100)
        await asyncio.gather(*(group.submit(item) for item in items))

    asyncio.run(scenario())

    for batch in journal.batches:
        assert len({item // 100 for item in batch}) == len(batch)
    written = [item for batch in journal.batches for item in batch]
    assert sorted(written) == sorted(items)
    for key in set(keys):
        assert [i for i in written if i // 100 == key] == [i for i in items if i // 100 == key]
