"""Merging and splitting on a real database: what is restored, who is forgotten, and what happens at once."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from events.auth import Principal
from events.store import Cause, Store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leads.capture import Capturer, Outcome
from leads.card.commands import CardCommands
from leads.card.edits import Edits
from leads.card.showing import CardDesk
from leads.cards import Cards
from leads.channels import Inquiry
from leads.identity.commands import IdentityCommands
from leads.identity.merging import Merging
from leads.identity.splitting import Splitting
from leads.recording import Recording
from leads.touch import Capture

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CAUSE = Cause("test", UUID(int=7))
EVERYBODY = Principal("key", "1", "admin", frozenset(("admin",)), frozenset("*"))
RUNS = iter(range(1_000_000))
PEOPLE = 4
CLOSE_ALL = "UPDATE leads SET status = 'disqualified' WHERE customer_id = ANY($1::uuid[])"
OPEN = "SELECT count(*) FROM leads WHERE customer_id = ANY($1::uuid[]) AND status <> 'disqualified'"


class World:
    """A few people whom nobody has met before, each with a card; merging and splitting may be left out."""

    def __init__(self, pool: asyncpg.Pool, capturer: Capturer, *, merges: bool = True) -> None:
        store = Store("leads", pool)
        self.pool, self.run, self.merges = pool, next(RUNS), merges
        self.recording = Recording(store, capturer)
        self.commands = IdentityCommands(store, capturer.keyring)
        edits, cards = Edits(capturer.blind, capturer.region), Cards(pool, capturer.keyring)
        self.desk = CardDesk(CardCommands(store, capturer.keyring), edits, cards)
        self.cards: list[UUID] = []
        self.count = 0

    async def meet(self) -> "World":
        for person in range(PEOPLE):
            outcome = await self.capture(person)
            assert outcome.customer_id is not None
            self.cards.append(outcome.customer_id)
        return self

    async def capture(self, person: int, email: int | None = None) -> Outcome:
        self.count += 1
        inquiry = Inquiry(
            provider_id=f"{self.run}-{self.count}",
            occurred_at=AT + timedelta(minutes=self.count),
            kind="form",
            name=f"Person {person}" if self.count % 2 else None,
            phones=(f"+7912{self.run:06}{person}",),
            emails=() if email is None else (f"{self.run}-{email}@example.com",),
            text=f"request {self.count}",
        )
        capture = Capture(inquiry, "tilda", "shop", "tilda", CAUSE, AT + timedelta(days=1))
        return (await self.recording.one(capture)).outcome

    async def merge(self, into: int, goes: int) -> None:
        if self.merges and into != goes:
            merging = Merging(CAUSE, AT, why="for a reason")
            await self.commands.merge(self.cards[into], [self.cards[goes]], merging, EVERYBODY)

    async def split(self, person: int) -> Sequence[UUID]:
        card = self.cards[person]
        if not self.merges or not await self.pool.fetchval("SELECT merged_into FROM customers WHERE id = $1", card):
            return []
        return await self.commands.split(card, card, Splitting(CAUSE, AT), EVERYBODY)

    async def view(self, person: int) -> dict[str, Any]:
        """All that the card shows, but for its version, which counts what was done to it."""
        details, _ = await self.desk.details(self.cards[person], EVERYBODY)
        return details.model_dump(exclude={"version"})

    async def told(self, person: int) -> Any:
        """What the card shows without ids: contacts, and the texts of requests."""
        card = await self.view(person)
        run = f"{self.run:06}"
        contacts = [text.replace(run, "").replace(f"{self.run}-", "") for text in card["phones"] + card["emails"]]
        return card["name"], contacts, [touch["text"] for touch in card["touches"]]


MERGE = st.tuples(st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1))
SPLIT = st.tuples(st.just("split"), st.integers(0, PEOPLE - 1))
CAPTURE = st.tuples(st.just("capture"), st.integers(0, PEOPLE - 1), st.none() | st.integers(0, 2))
BY_HYPOTHESIS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def _do(world: World, steps: Sequence[tuple[Any, ...]]) -> None:
    for what, *numbers in steps:
        await getattr(world, what)(*numbers)
    for person in range(PEOPLE):
        await world.split(person)


@BY_HYPOTHESIS
@given(st.lists(st.one_of(MERGE, SPLIT), max_size=10))
async def test_merging_and_splitting_in_any_order_restores_every_card(
    pool: asyncpg.Pool, capturer: Capturer, steps: list[tuple[Any, ...]]
) -> None:
    world = await World(pool, capturer).meet()
    before = [await world.view(person) for person in range(PEOPLE)]
    await _do(world, steps)
    assert [await world.view(person) for person in range(PEOPLE)] == before


@BY_HYPOTHESIS
@given(st.sets(st.integers(0, PEOPLE - 1)), st.lists(st.one_of(MERGE, SPLIT, CAPTURE), max_size=12))
async def test_what_came_meanwhile_is_as_if_nothing_had_ever_been_merged_and_nobody_is_forgotten(
    pool: asyncpg.Pool, capturer: Capturer, closed: set[int], steps: list[tuple[Any, ...]]
) -> None:
    world = await World(pool, capturer).meet()
    never_merged = await World(pool, capturer, merges=False).meet()
    await pool.execute(CLOSE_ALL, [world.cards[person] for person in closed])
    await _do(world, steps)
    await _do(never_merged, steps)
    wrote = {numbers[0] for what, *numbers in steps if what == "capture"}
    for person in range(PEOPLE):
        assert await world.told(person) == await never_merged.told(person)
        waits = await pool.fetchval(OPEN, [world.cards[person]])
        assert waits == (1 if person in wrote or person not in closed else 0)


async def test_cards_that_are_one_have_one_open_lead_whoever_of_them_writes_first(
    pool: asyncpg.Pool, capturer: Capturer
) -> None:
    world = await World(pool, capturer).meet()
    for goes in range(1, PEOPLE):
        await world.merge(0, goes)
    await pool.execute(CLOSE_ALL, world.cards)
    outcomes = await asyncio.gather(*(world.capture(person) for person in range(PEOPLE)))
    outcomes += await asyncio.gather(*map(world.capture, range(PEOPLE)))
    assert [outcome.what for outcome in outcomes].count("captured") == 1
    assert len({outcome.lead_id for outcome in outcomes}) == 1
    assert {outcome.card_id for outcome in outcomes} == {world.cards[0]}
    assert {outcome.customer_id for outcome in outcomes} == set(world.cards)
    assert await pool.fetchval(OPEN, world.cards) == 1


async def test_merges_that_cross_make_neither_a_cycle_nor_a_deadlock(pool: asyncpg.Pool, capturer: Capturer) -> None:
    world = await World(pool, capturer).meet()
    for _ in range(6):
        merges = [world.merge(a, b) for a in range(PEOPLE) for b in range(PEOPLE) if a != b]
        captures = [world.capture(person) for person in (*range(PEOPLE), *range(PEOPLE))]
        await asyncio.gather(*merges, *captures)
        roots = {await pool.fetchval("SELECT root_of($1)", card) for card in world.cards}
        assert len(roots) == 1
        await asyncio.gather(*map(world.split, range(PEOPLE)), *map(world.capture, range(PEOPLE)))
        assert await pool.fetchval("SELECT count(*) FROM customers WHERE merged_into IS NOT NULL") == 0
        assert await pool.fetchval("SELECT count(*) FROM merges WHERE split_at IS NULL") == 0
    wrong = await pool.fetchval(
        "SELECT count(*) FROM (SELECT id, version FROM leads UNION ALL SELECT id, version FROM customers"
        " UNION ALL SELECT id, version FROM matches) t"
        " FULL JOIN (SELECT stream_id, max(version) AS version FROM events GROUP BY 1) e ON e.stream_id = t.id"
        " WHERE t.version IS DISTINCT FROM e.version"
    )
    assert wrong == 0


async def test_the_open_lead_of_the_card_that_stays_gets_the_requests_of_all(
    pool: asyncpg.Pool, capturer: Capturer
) -> None:
    world = await World(pool, capturer).meet()
    await world.merge(2, 1)
    own = await pool.fetchval("SELECT id FROM leads WHERE customer_id = $1", world.cards[2])
    assert (await world.capture(1)).lead_id == own
    await pool.execute(CLOSE_ALL, [world.cards[2]])
    other = await pool.fetchval("SELECT id FROM leads WHERE customer_id = $1", world.cards[1])
    assert (await world.capture(2)).lead_id == other


async def test_who_stays_is_not_forgotten_either(pool: asyncpg.Pool, capturer: Capturer) -> None:
    world = await World(pool, capturer).meet()
    await world.merge(0, 1)
    await pool.execute(CLOSE_ALL, [world.cards[0]])
    assert (await world.capture(0)).what == "touched"
    (opened,) = await world.split(1)
    assert await pool.fetchval("SELECT customer_id FROM leads WHERE id = $1", opened) == world.cards[0]


@pytest.mark.parametrize("people", [(0, 1), (1, 0)])
async def test_a_request_that_names_two_cards_of_one_tree_raises_no_doubt(
    pool: asyncpg.Pool, capturer: Capturer, people: tuple[int, int]
) -> None:
    world = await World(pool, capturer).meet()
    await world.capture(people[0], email=1)
    await world.merge(*people)
    outcome = await world.capture(people[1], email=1)
    assert (outcome.customer_id, outcome.card_id) == (world.cards[people[1]], world.cards[people[0]])
    assert await pool.fetchval("SELECT count(*) FROM matches") == 0
