"""PostgreSQL 18 from its official image, for runs that take their servers from containers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from embedded.engine import have
from testcontainers.community.postgres import PostgresContainer

IMAGE = "postgres:18"
# Nothing here outlives the run; statements need not be on disk to be tested.
_SETTINGS = ("fsync=off", "max_connections=200", "timezone=UTC")


def wanted() -> bool:
    """Whether this run takes its servers from containers."""
    return os.environ.get("VORONKA_TEST_BROKER") == "containers"


class ContainerPostgres:
    """A cluster in a container, as far as the fixtures need one."""

    def __init__(self, container: PostgresContainer) -> None:
        self._container = container

    def dsn(self, database: str = "postgres") -> str:
        """Connection URI of the superuser."""
        login = f"{self._container.username}:{self._container.password}"
        host, port = self._container.get_container_host_ip(), self._container.get_exposed_port(5432)
        return f"postgresql://{login}@{host}:{port}/{database}?sslmode=disable"

    def create_database(self, name: str) -> None:
        """Makes an empty one; not to be called from an event loop."""
        asyncio.run(self._create(name))

    async def _create(self, name: str) -> None:
        connection = await asyncpg.connect(self.dsn())
        await connection.execute(f'CREATE DATABASE "{name}"')
        await connection.close()


@contextmanager
def postgres() -> Iterator[ContainerPostgres]:
    """A cluster of its own until the end; raises :class:`embedded.engine.NoEngine`."""
    have(IMAGE)
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    with PostgresContainer(IMAGE, username="postgres", dbname="postgres").with_command(["postgres", *settings]) as one:
        yield ContainerPostgres(one)
