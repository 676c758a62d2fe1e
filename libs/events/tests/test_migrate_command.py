"""`python -m events.migrate`: what an installation calls before and after it rolls out a version."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from events import migrate


async def _applied(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return {row["version"] for row in await connection.fetch("SELECT version FROM schema_migrations")}
    finally:
        await connection.close()


def _numbers(phase: migrate.Phase) -> set[str]:
    services = Path(__file__).parents[3] / "services"
    return {path.name[:4] for path in migrate.migrations(migrate.LIBRARY, services / "leads/migrations", phase=phase)}


async def test_a_phase_is_applied_by_itself_and_again_without_effect(new_database, monkeypatch, tmp_path: Path) -> None:
    # given
    dsn = await new_database()
    file = tmp_path / "uri"
    file.write_text(f"{dsn}\n")
    monkeypatch.delenv("VORONKA_DATABASE_URL", raising=False)
    monkeypatch.setenv("VORONKA_DATABASE_URL_FILE", str(file))

    # when
    first, again = (migrate.main(["leads", "--phase", "pre"]) for _ in range(2))

    # then
    assert (first, again) == (0, 0)
    assert await _applied(dsn) == _numbers("pre")

    # when
    after = migrate.main(["leads", "--phase", "post"])

    # then
    assert after == 0
    assert await _applied(dsn) == _numbers("all")


@pytest.mark.parametrize(
    ("environ", "reason"),
    [({}, "must be given"), ({"VORONKA_DATABASE_URL_FILE": "nowhere/uri"}, "cannot be read")],
    ids=["none", "no file"],
)
def test_without_an_address_it_says_what_is_missing(environ, reason, monkeypatch, capsys) -> None:
    monkeypatch.setattr("os.environ", environ)
    assert migrate.main(["leads"]) == 1
    assert reason in capsys.readouterr().err
