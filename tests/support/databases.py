"""Fixtures for PostgreSQL: one cluster for the whole run, one fresh migrated database for every call."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import containers
import psutil
import pytest
from containers import ContainerPostgres
from embedded.engine import NoEngine
from embedded.postgres import Postgres
from events.migrate import migrate

NewDatabase = Callable[..., Awaitable[str]]

_IN_MEMORY = Path("/dev/shm")
_PLENTY_BYTES = 8 * 2**30
# Three processes fewer than by default, and no care for data that live for a second: tests run on small machines.
_SHORT_LIVED = {"io_method": "sync", "autovacuum": "off", "full_page_writes": "off"}
_SERVICES = Path(__file__).parents[2] / "services"


class Databases:
    """Databases of one cluster, each cloned from a template that is migrated once per service."""

    def __init__(self, postgres: Postgres | ContainerPostgres) -> None:
        self.postgres = postgres
        self._templates: dict[str | None, str] = {}
        self._lock = threading.Lock()
        self._made = 0

    async def create(self, connection: asyncpg.Connection, service: str | None) -> str:
        """Name of a new database with the migrations of the library and of `service` (None: the library's only)."""
        template, name = await asyncio.to_thread(self._names, service)
        # Copied as files, not through the log: a quarter of the time, two thousand times.
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def _names(self, service: str | None) -> tuple[str, str]:
        with self._lock:
            self._made += 1
            return self._template(service), f"test_{self._made}_{service or 'library'}"

    def _template(self, service: str | None) -> str:
        if service not in self._templates:
            directories = [] if service is None else [_SERVICES / service / "migrations"]
            for directory in directories:
                if not directory.is_dir():
                    raise FileNotFoundError(f"no service has its migrations in {directory}")
            name = f"template_{service or 'library'}"
            self.postgres.create_database(name)
            migrate(self.postgres.dsn(name), *directories)
            self._templates[service] = name
        return self._templates[service]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "durable: PostgreSQL runs with fsync, for tests about crashes and durability")


@pytest.fixture(scope="session")
def reachable_tmp() -> Iterator[Path]:
    """A folder outside pytest's own, which is closed to the system user that PostgreSQL runs as under root."""
    path = Path(tempfile.mkdtemp(prefix="voronka-test-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Where the servers come from containers, one there; else a cluster in memory, if that is plenty."""
    if containers.wanted():
        yield from _contained()
        return
    _free_what_the_dead_held()
    folder = Path(tempfile.mkdtemp(prefix="voronka-test-", dir=_IN_MEMORY if _memory_is_plenty() else None))
    yield from _running(Postgres(folder / "plain", fsync=False, settings=_SHORT_LIVED))
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def durable_databases(reachable_tmp: Path) -> Iterator[Databases]:
    yield from _running(Postgres(reachable_tmp / "durable"))


def _free_what_the_dead_held() -> None:
    """A run that was killed leaves its folder, which is memory. The lock of a cluster is held by its owner's life."""
    for lock in _IN_MEMORY.glob("voronka-test-*/plain.lock"):
        with lock.open("ab") as held, suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def _memory_is_plenty() -> bool:
    """A database is two thousand small files: made in memory it takes half of the time."""
    if not _IN_MEMORY.is_dir():
        return False
    return min(shutil.disk_usage(_IN_MEMORY).free, psutil.virtual_memory().available) >= _PLENTY_BYTES


def _contained() -> Iterator[Databases]:
    try:
        with containers.postgres() as postgres:
            yield Databases(postgres)
    except NoEngine as reason:
        pytest.skip(str(reason))


def _running(postgres: Postgres) -> Iterator[Databases]:
    postgres.start()
    try:
        yield Databases(postgres)
    finally:
        postgres.stop("immediate")  # its data are thrown away


@pytest.fixture
async def new_database(request: pytest.FixtureRequest) -> AsyncIterator[NewDatabase]:
    """`dsn = await new_database("leads")`: a fresh database, dropped after the test.

    Without a name it has the library's migrations only. On a cluster without fsync, or with it under the marker
    `durable`. The DSN is the superuser's.
    """
    durable = request.node.get_closest_marker("durable") is not None
    databases: Databases = request.getfixturevalue("durable_databases" if durable else "databases")
    names: list[str] = []
    connection, loop = await asyncpg.connect(databases.postgres.dsn()), asyncio.get_running_loop()
    one_by_one = asyncio.Lock()

    async def create(service: str | None = None) -> str:
        if asyncio.get_running_loop() is loop:
            async with one_by_one:
                name = await databases.create(connection, service)
        else:  # of a test that runs loops of its own
            own = await asyncpg.connect(databases.postgres.dsn())
            name = await databases.create(own, service)
            await own.close()
        names.append(name)
        return databases.postgres.dsn(name)

    yield create
    for name in names:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await connection.close()
