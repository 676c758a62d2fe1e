"""What a caller who is limited to lines of business reads, PostgreSQL shows him of these only, whatever was asked.

Everything here is asked of PostgreSQL itself, and once more through PgBouncer in transaction mode.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractContextManager
from random import Random
from typing import Any

import asyncpg
import pytest
from bouncers import PgBouncer
from embedded.postgres import Postgres
from events.auth import Principal
from events.database import Connecting, make_pool
from events.groupcommit import GroupCommit
from events.second_wall import across_lines, asking
from events.settings import Settings

TABLE = """
CREATE TABLE kept (name text, direction text);
INSERT INTO kept VALUES ('ours', 'east'), ('theirs', 'west'), ('nobody''s', NULL);
CALL hold_to_lines('kept', 'direction IS NULL OR direction = ANY ((SELECT lines_seen())::text[])');
CREATE ROLE {login} LOGIN PASSWORD 'secret' IN ROLE voronka_service
"""
EVERY = "SELECT name FROM kept ORDER BY name"
AWKWARD = 'o\'wn\\ "line"; {a,b} ё'


def reading(lines: Collection[str] = ("east",), method: str = "GET") -> AbstractContextManager[None]:
    """While a request of somebody with these lines of business is answered."""
    return asking({"method": method, "principal": Principal("user", "1", "anna", frozenset(), frozenset(lines))})


@pytest.fixture
def postgres(databases: Any) -> Postgres:
    """The server, where it is one of this machine."""
    if not isinstance(databases.postgres, Postgres):
        pytest.skip("PgBouncer is led to a PostgreSQL of this machine")
    return databases.postgres


@pytest.fixture(params=["directly", "PgBouncer"])
async def pool(request: pytest.FixtureRequest, new_database: Any) -> AsyncIterator[asyncpg.Pool]:
    """Of a login like a service's: it owns nothing. One session of PostgreSQL: what one leaves behind, the next one
    gets, be it on the one connection of the pool or, through PgBouncer, on any of eight.
    """
    dsn = await new_database()
    login = dsn.rpartition("/")[2].partition("?")[0]
    owner = await asyncpg.connect(dsn)
    await owner.execute(TABLE.format(login=login))
    service = f"postgresql://{login}:secret@{dsn.rpartition('@')[2]}"
    settings: dict[str, Any] = {"database_url": service, "database_pool_min": 1, "database_pool_max": 1}
    bouncer = None
    if request.param == "PgBouncer":
        bouncer = PgBouncer(request.getfixturevalue("postgres"), {login: "secret"}, sessions=1)
        await asyncio.to_thread(bouncer.process.start)
        settings |= {"database_url": bouncer.address(service), "database_pool_max": 8, "database_statement_cache": 0}
    try:
        async with make_pool(Settings(**settings), "test", Connecting(asyncio.Event(), lambda _: None)) as made:
            yield made
    finally:
        if bouncer is not None:
            await asyncio.to_thread(bouncer.process.stop)
        await owner.execute(f'DROP OWNED BY "{login}"; DROP ROLE "{login}"')
        await owner.close()


async def names(pool: asyncpg.Pool) -> list[str]:
    return [row["name"] for row in await pool.fetch(EVERY)]


async def test_a_statement_without_a_condition_shows_ones_own_lines_and_what_has_none(pool: asyncpg.Pool) -> None:
    everything = ["nobody's", "ours", "theirs"]
    with reading():
        assert await names(pool) == ["nobody's", "ours"]
        with across_lines("a test"):
            assert await names(pool) == everything
    with reading(["*"]):
        assert await names(pool) == everything
    with reading(method="POST"):
        assert await names(pool) == everything
    with reading([]):
        assert await names(pool) == ["nobody's"]
    assert await names(pool) == everything, "a worker sees all lines, and the connection kept nothing of who had it"


async def test_no_name_of_a_line_ends_the_statement_that_says_it(pool: asyncpg.Pool) -> None:
    await pool.execute("INSERT INTO kept VALUES ('awkward', $1)", AWKWARD)
    with reading([AWKWARD]):
        assert await names(pool) == ["awkward", "nobody's"]


async def test_behind_the_wall_nothing_is_written_and_all_is_of_one_moment(pool: asyncpg.Pool) -> None:
    with reading():
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            assert len(await connection.fetch(EVERY)) == 2
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await connection.execute("DELETE FROM kept")
        assert await names(pool) == ["nobody's", "ours"], "the connection came back clean"


async def test_who_is_cut_off_leaves_no_wall_to_the_next_one(pool: asyncpg.Pool) -> None:
    with reading():
        asleep = asyncio.create_task(pool.fetch("SELECT pg_sleep(60)"))
        await asyncio.sleep(0.2)
        asleep.cancel()
        await asyncio.gather(asleep, return_exceptions=True)
    assert len(await names(pool)) == 3
    await pool.execute("INSERT INTO kept VALUES ('new', NULL)")


async def test_what_many_callers_share_is_written_outside_of_the_wall_of_the_first(pool: asyncpg.Pool) -> None:
    async def write(items: Any) -> list[None]:
        await pool.executemany("INSERT INTO kept VALUES ($1, NULL)", [(item,) for item in items])
        return [None] * len(items)

    with reading():
        await GroupCommit(write).submit("noted")
        assert "noted" in await names(pool)


async def test_what_nobody_said_is_seen_by_nobody(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE voronka_limited")
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetch(EVERY)


async def test_of_many_who_share_a_session_each_reads_his_own_lines(pool: asyncpg.Pool) -> None:
    """Limited callers, who sees everything, and a worker that writes, at once and in any order; by statements with
    parameters, prepared ones and cursors.
    """
    of_lines = {"east": ["nobody's", "ours"], "west": ["nobody's", "theirs"], "*": ["nobody's", "ours", "theirs"]}
    statement = "SELECT name FROM kept WHERE name <> $1 AND name !~ '^written' ORDER BY name"
    sessions = set()

    async def read(line: str, way: int) -> None:
        with reading([line]):
            async with pool.acquire() as connection, connection.transaction(readonly=True):
                if way == 0:
                    rows = await connection.fetch(statement, "")
                elif way == 1:
                    rows = await (await connection.prepare(statement)).fetch("")
                else:
                    rows = [row async for row in connection.cursor(statement, "", prefetch=1)]
                sessions.add(await connection.fetchval("SELECT pg_backend_pid()"))
                role = await connection.fetchval("SELECT current_user::text")
        assert [row["name"] for row in rows] == of_lines[line]
        assert (role == "voronka_limited") == (line != "*")

    async def write(number: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            assert await connection.fetchval("SELECT current_setting('voronka.lines', true)") in (None, "")
            await connection.execute("INSERT INTO kept VALUES ($1, 'west')", f"written {number}")

    work = [read(line, way) for line in of_lines for way in range(3) for _ in range(10)]
    work += [write(number) for number in range(30)]
    Random(7).shuffle(work)
    await asyncio.gather(*work)

    assert len(sessions) == 1
    assert await pool.fetchval("SELECT count(*) FROM kept WHERE name ~ '^written'") == 30
