"""The fixture `new_database`, on which every test with SQL stands."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest


async def _fetch(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_every_call_gives_a_database_of_its_own_with_the_library_in_it(new_database):
    # given
    one, other = await asyncio.gather(new_database(), new_database())

    # when
    await _fetch(one, "CREATE TABLE only_here ()")

    # then
    assert await _fetch(other, "SELECT to_regclass('only_here')") is None
    for dsn in (one, other):
        assert await _fetch(dsn, "SELECT count(*) FROM schema_migrations") > 0


async def test_a_service_that_does_not_exist_is_an_error(new_database):
    with pytest.raises(FileNotFoundError, match="no_such_service"):
        await new_database("no_such_service")


async def test_plain_tests_run_without_fsync(new_database):
    assert await _fetch(await new_database(), "SHOW fsync") == "off"


@pytest.mark.durable
async def test_tests_marked_durable_run_with_fsync(new_database):
    assert await _fetch(await new_database(), "SHOW fsync") == "on"
