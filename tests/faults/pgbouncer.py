"""PgBouncer before a system's PostgreSQL, in transaction mode: sessions are another's in the next transaction."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from embedded.process import ChildProcess, free_port
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

_SETTINGS = """
[databases]
* = host=127.0.0.1 port={postgres}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 300
"""


class PgBouncer:
    """A process of it; ``environment(service)`` leads a service there."""

    def __init__(self, system: System) -> None:
        self._system = system
        folder, owner = system.home / "pgbouncer", pwd.getpwuid(system.postgres.data.stat().st_uid)
        folder.mkdir(exist_ok=True)
        self.port, users = free_port(), folder / "users.txt"
        users.write_text("".join(f'"voronka_{name}" "{system.secrets.database_password}"\n' for name in SERVICES))
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            _SETTINGS.format(postgres=system.postgres.port, port=self.port, users=users, sessions=SESSIONS)
        )
        for path in (folder, users, settings):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        self.process = ChildProcess(
            "PgBouncer",
            [program(), str(settings)],
            log=system.home / "log" / "pgbouncer.log",
            ready=lambda: _listens(self.port),
            user=owner.pw_name if os.geteuid() == 0 else None,
        )

    def environment(self, service: str) -> Mapping[str, str]:
        """As docs/scaling.md says."""
        address = urlsplit(self._system.database_url(service))
        user, _, _ = address.netloc.rpartition("@")
        url = address._replace(netloc=f"{user}@127.0.0.1:{self.port}").geturl()
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


def program() -> str:
    """Path of PgBouncer; skips the test where there is none, and fails it in CI."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None and os.environ.get("CI"):
        pytest.fail("CI has PgBouncer: apt-get install pgbouncer")
    if found is None:
        pytest.skip("needs PgBouncer: apt-get install pgbouncer")
    return found


def _alter_roles(system: System, change: str) -> None:
    for service in SERVICES:
        for name, value in LIMITS.items():
            system.postgres.query(f"ALTER ROLE voronka_{service} " + change.format(name=name, value=value))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
