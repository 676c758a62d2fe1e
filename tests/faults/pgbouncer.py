"""PgBouncer before a system's PostgreSQL, with what a service cannot ask of its session set on its role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import bouncers
from embedded.process import ChildProcess
from embedded.system import SERVICES, System

SESSIONS = 4
"""Of PostgreSQL, for each database: fewer than two processes have, so that they are shared indeed."""
LIMITS = {
    "statement_timeout": "60s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
    "transaction_timeout": "60s",
}
"""What a service asks of its session where it has one of its own; here the role has it."""


class PgBouncer:
    """A process of it; ``environment(service)`` leads a service there."""

    def __init__(self, system: System) -> None:
        self._system = system
        passwords = {f"voronka_{name}": system.secrets.database_password for name in SERVICES}
        self._bouncer = bouncers.PgBouncer(system.postgres, passwords, SESSIONS)

    @property
    def process(self) -> ChildProcess:
        return self._bouncer.process

    def environment(self, service: str) -> Mapping[str, str]:
        """As docs/scaling.md says."""
        url = self._bouncer.address(self._system.database_url(service))
        return {"VORONKA_DATABASE_URL": url, "VORONKA_DATABASE_STATEMENT_CACHE": "0"}


@contextmanager
def pooling(system: System) -> Iterator[PgBouncer]:
    """PgBouncer runs, and the roles have the limits, as long as the block lasts."""
    bouncer = PgBouncer(system)
    _alter_roles(system, "SET {name} = '{value}'")
    bouncer.process.start()
    try:
        yield bouncer
    finally:
        bouncer.process.stop()
        _alter_roles(system, "RESET {name}")


def _alter_roles(system: System, change: str) -> None:
    for service in SERVICES:
        for name, value in LIMITS.items():
            system.postgres.query(f"ALTER ROLE voronka_{service} " + change.format(name=name, value=value))
