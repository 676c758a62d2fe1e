"""How full disks are: of the folders of this process, of PostgreSQL and of Kafka's brokers, as far as each can be seen.

PostgreSQL tells sizes and what keeps WAL from being removed, but no client how much room is left: that is watched from
outside (alert VoronkaVolumeFills). Brokers tell it since Kafka 3.3 (KIP-827), to who may Describe the cluster.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg
from aiokafka.errors import ClusterAuthorizationFailedError, IncompatibleBrokerVersion

from events.envelope import topic_of
from events.fixes import Check, State, found
from events.kafka import KafkaConfig
from events.log_dirs import LogDir, log_dirs
from events.settings import Settings
from events.sqlfile import sql

GIB: Final = 1024**3
FREE_LEAST, FREE_LITTLE = 256 * 1024**2, 2 * GIB
"""Bytes free: fewer fail, or are warned of. An upload of 64 MiB is written to the disk, a document more than once."""
SLOT_KEEPS = 4 * GIB
BROKER_LEAST, BROKER_LITTLE = 0.05, 0.2
"""Parts of a broker's disk that are free: less fails, or is warned of. The log is kept for ever."""


async def of_folders(settings: Settings) -> list[Check]:
    """Room where this process writes: uploads under way, and files it keeps."""
    kept = [value for name, value in settings if name.endswith("_folder") and isinstance(value, Path)]
    folders = {Path(tempfile.gettempdir()), *(folder for folder in kept if folder.is_dir())}
    return [folder_check(folder, await asyncio.to_thread(_free, folder)) for folder in sorted(folders)]


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def folder_check(folder: Path, free: int) -> Check:
    """The check of a folder with so many bytes free."""
    state: State = "fail" if free < FREE_LEAST else "warn"
    wrong = "disk" if free < FREE_LITTLE else None
    return found("disk", f"{free / GIB:.1f} GiB are free in {folder}", wrong, state, folder=str(folder))


async def of_database(pool: asyncpg.Pool) -> list[Check]:
    row = await pool.fetchrow(sql("database_disk"))
    assert row is not None
    return database_checks(dict(row))


def database_checks(row: Mapping[str, Any]) -> list[Check]:
    """What the database takes, and whether a slot or a failing archive keeps WAL."""
    detail = f"{row['database_bytes'] / GIB:.1f} GiB, the most in {row['largest']}; free room is seen from outside only"
    made = [found("database disk", detail)]
    if row["slot_bytes"] > SLOT_KEEPS:
        kept = f"slot {row['slot']} keeps {row['slot_bytes'] / GIB:.1f} GiB of WAL"
        made.append(found("database disk", kept, "slot", slot=row["slot"]))
    if row["archiving_fails"]:
        made.append(found("database disk", "WAL is not archived, and is kept", "archiver", "fail"))
    return made


async def of_broker(service: str, settings: Settings) -> list[Check]:
    """What the service's topic takes, and what is left on the fullest disk of a broker."""
    config, topic = KafkaConfig.of(settings), topic_of(service)
    try:
        return [broker_check(await log_dirs(config), topic, config.bootstrap)]
    except IncompatibleBrokerVersion:
        return [found("broker disk", "this broker tells no sizes")]
    except ClusterAuthorizationFailedError:
        detail, user = "this login may not see the brokers' disks", config.sasl_username or service
        return [found("broker disk", detail, "broker's disk unseen", bootstrap=config.bootstrap, user=user)]


def broker_check(dirs: list[LogDir], topic: str, bootstrap: str) -> Check:
    """The check of what brokers told of their disks, at least one."""
    fullest = min(dirs, key=lambda one: one.free / one.total)
    part = fullest.free / fullest.total
    taken = sum(one.topics.get(topic, 0) for one in dirs)
    detail = f"{topic} takes {taken / GIB:.1f} GiB; {part:.0%} are free of {fullest.folder} of broker {fullest.broker}"
    wrong = "broker's disk" if part < BROKER_LITTLE else None
    return found("broker disk", detail, wrong, "fail" if part < BROKER_LEAST else "warn", bootstrap=bootstrap)
