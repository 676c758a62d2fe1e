"""Trees of merged cards: roots and members."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from leads.identity.cards import members_of, root_of

AT = datetime(2026, 3, 2, tzinfo=UTC)
ANNA, ANN, ANNUSHKA, BORIS, NOBODY = (UUID(int=n) for n in (5, 2, 3, 4, 9))


async def _cards(pool: asyncpg.Pool) -> None:
    await pool.executemany(
        "INSERT INTO customers (id, version, phones, emails, messengers, registered_at, merged_into) "
        "VALUES ($1, 1, '{}', '{}', '{}', $2, $3)",
        [(card, AT, into) for card, into in ((ANNA, None), (BORIS, None), (ANN, ANNA), (ANNUSHKA, ANN))],
    )


async def test_a_card_in_a_tree_of_any_depth_has_the_root_of_the_tree(pool: asyncpg.Pool) -> None:
    await _cards(pool)
    async with pool.acquire() as connection:
        roots = await root_of(connection, [ANNUSHKA, ANN, ANNA, BORIS, NOBODY])
    assert roots == {ANNUSHKA: ANNA, ANN: ANNA, ANNA: ANNA, BORIS: BORIS}


async def test_the_members_of_a_tree_are_told_root_first(pool: asyncpg.Pool) -> None:
    await _cards(pool)
    async with pool.acquire() as connection:
        assert await members_of(connection, [ANNA, BORIS]) == {ANNA: [ANNA, ANN, ANNUSHKA], BORIS: [BORIS]}
