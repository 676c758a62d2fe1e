"""Fixtures for PostgreSQL: one cluster for the whole run, one fresh migrated database for every call."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from embedded.postgres import Postgres
from events.migrate import migrate

NewDatabase = Callable[..., Awaitable[str]]

_SERVICES = Path(__file__).parents[2] / "services"


class Databases:
    """Databases of one cluster, each cloned from a template that is migrated once per service."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self._templates: dict[str | None, str] = {}
        self._lock = threading.Lock()
        self._made = 0

    def create(self, service: str | None) -> str:
        """Name of a new database with the migrations of the library and of `service` (None: the library's only)."""
        with self._lock:
            template = self._template(service)
            self._made += 1
            name = f"test_{self._made}_{service or 'library'}"
        self.postgres.query('CREATE DATABASE :"name" TEMPLATE :"template"', name=name, template=template)
        return name

    def drop(self, name: str) -> None:
        self.postgres.query('DROP DATABASE IF EXISTS :"name" WITH (FORCE)', name=name)

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
def databases(reachable_tmp: Path) -> Iterator[Databases]:
    # io_method=sync spares three processes of the default, which matter on the small machines tests run on
    yield from _running(Postgres(reachable_tmp / "plain", fsync=False, settings={"io_method": "sync"}))


@pytest.fixture(scope="session")
def durable_databases(reachable_tmp: Path) -> Iterator[Databases]:
    yield from _running(Postgres(reachable_tmp / "durable"))


def _running(postgres: Postgres) -> Iterator[Databases]:
    postgres.start()
    try:
        yield Databases(postgres)
    finally:
        postgres.stop("immediate")  # its data are thrown away


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[NewDatabase]:
    """`dsn = await new_database("leads")`: a fresh database, dropped after the test.

    Without a name it has the library's migrations only. On a cluster without fsync, or with it under the marker
    `durable`. The DSN is the superuser's.
    """
    durable = request.node.get_closest_marker("durable") is not None
    databases: Databases = request.getfixturevalue("durable_databases" if durable else "databases")
    names: list[str] = []

    async def create(service: str | None = None) -> str:
        name = await asyncio.to_thread(databases.create, service)
        names.append(name)
        return databases.postgres.dsn(name)

    yield create
    for name in names:
        databases.drop(name)
