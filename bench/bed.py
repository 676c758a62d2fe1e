"""What measurements stand on: a PostgreSQL and a broker of their own, databases, and how much is measured."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from embedded.broker import EmbeddedBroker
from embedded.postgres import Postgres
from embedded.system import System
from events.database import Connecting, make_pool
from events.kafka import KafkaConfig
from events.migrate import migrate
from events.settings import Settings
from pydantic import SecretStr

SERVICES = Path(__file__).parents[1] / "services"
# Durable as in production: fsync and synchronous_commit stay on. The rest keeps checkpoints out of short measurements.
POSTGRES = {"shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. ``seconds`` is one measurement of a rate; counts are per measurement."""

    rounds: int
    seconds: float
    relay_events: int
    stories: int
    size_leads: int
    customers: int
    lag_samples: int
    lag_seconds: float
    import_rows: int
    histories: tuple[int, int]


FULL = Scale(3, 3.0, 40_000, 25_000, 20_000, 1_000_000, 300, 30.0, 100_000, (10_000, 100_000))
QUICK = Scale(3, 0.6, 8_000, 3_000, 2_000, 20_000, 100, 5.0, 5_000, (2_000, 10_000))


@dataclass
class Bed:
    """One run's PostgreSQL and broker in ``folder``; both are started at the first use."""

    folder: Path
    scale: Scale
    postgres: Postgres = field(init=False)
    _broker: EmbeddedBroker | None = None
    _system: System | None = None

    def __post_init__(self) -> None:
        self.postgres = Postgres(self.folder / "postgres", settings=POSTGRES)

    async def database(self, name: str, service: str | None = None) -> str:
        """DSN of a new database with the migrations of the library and of ``service``."""
        if not self.postgres.running:
            await asyncio.to_thread(self.postgres.start)
        await asyncio.to_thread(self.postgres.create_database, name)
        dsn: str = self.postgres.dsn(name)
        await asyncio.to_thread(migrate, dsn, *([SERVICES / service / "migrations"] if service else []))
        return dsn

    async def pool(self, dsn: str) -> asyncpg.Pool:
        """A pool as services have it."""
        return await make_pool(Settings(database_url=SecretStr(dsn)), "bench", Connecting(asyncio.Event(), print))

    async def empty_broker(self) -> KafkaConfig:
        """A broker that holds nothing yet, so that no subject pays for the memory another has filled."""
        if self._broker is None:
            self._broker = EmbeddedBroker(self.folder / "broker.log")
        await asyncio.to_thread(self._broker.restart)
        return KafkaConfig(self._broker.bootstrap)

    async def system(self) -> System:
        """All services as processes, on a PostgreSQL and a broker of their own, as `make demo` has them."""
        if self._system is None:
            self._system = System(self.folder / "system")
            await asyncio.to_thread(self._system.start)
        return self._system

    def close(self) -> None:
        """Ends everything and removes what was stored."""
        if self._system is not None:
            self._system.stop()
        if self._broker is not None:
            self._broker.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
