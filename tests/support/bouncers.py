"""PgBouncer before a PostgreSQL, in transaction mode: sessions are another's in the next transaction."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from embedded.postgres import Postgres
from embedded.process import ChildProcess, free_port

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
    """A process of it, not started, with so many sessions of PostgreSQL for each database and login.

    Its files stand beside the cluster, where the user that runs both can reach them; ``passwords`` are those of logins.
    """

    def __init__(self, postgres: Postgres, passwords: Mapping[str, str], sessions: int) -> None:
        folder, owner = postgres.data.with_name("pgbouncer"), pwd.getpwuid(postgres.data.stat().st_uid)
        folder.mkdir(exist_ok=True)
        self.port, users, settings = free_port(), folder / "users.txt", folder / "pgbouncer.ini"
        users.write_text("".join(f'"{login}" "{password}"\n' for login, password in passwords.items()))
        settings.write_text(_SETTINGS.format(postgres=postgres.port, port=self.port, users=users, sessions=sessions))
        for path in (folder, users, settings):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        self.process = ChildProcess(
            "PgBouncer",
            [program(), str(settings)],
            log=folder / "pgbouncer.log",
            ready=lambda: _listens(self.port),
            user=owner.pw_name if os.geteuid() == 0 else None,
        )

    def address(self, url: str) -> str:
        """The same database for the same login, through PgBouncer."""
        address = urlsplit(url)
        user, _, _ = address.netloc.rpartition("@")
        return address._replace(netloc=f"{user}@127.0.0.1:{self.port}").geturl()


def program() -> str:
    """Path of PgBouncer; skips the test where there is none, and fails it in CI."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None and os.environ.get("CI"):
        pytest.fail("CI has PgBouncer: apt-get install pgbouncer")
    if found is None:
        pytest.skip("needs PgBouncer: apt-get install pgbouncer")
    return found


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
