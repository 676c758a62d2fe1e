"""Superset itself imports the archive and answers its charts: only where ``SUPERSET`` names a folder with its commands.

``make test-superset`` makes that folder, an environment of its own, for its dependencies are not ours.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest
from analytics.bi.charts import CHARTS
from analytics.bi.contract import views

ROOT = Path(__file__).parents[3]
SUPERSET = os.environ.get("SUPERSET", "")


@pytest.mark.skipif(not SUPERSET, reason="needs Superset: make test-superset")
@pytest.mark.timeout(600)
async def test_superset_imports_the_archive_twice_and_answers_every_chart(sales, history, tmp_path) -> None:
    await sales.apply(history("superset", 40).log.records)
    config = tmp_path / "superset_config.py"
    config.write_text(
        f'SECRET_KEY = "{"x" * 42}"\nWTF_CSRF_ENABLED = False\n'
        f'SQLALCHEMY_DATABASE_URI = "sqlite:///{tmp_path}/superset.db"\n'
    )
    where = urlsplit(sales.dsn)
    environment = os.environ | {
        "SUPERSET_CONFIG_PATH": str(config),
        "FLASK_APP": "superset",
        "ARCHIVE": str(ROOT / "deploy/bi/superset.zip"),
        "DATABASE": f"postgresql+psycopg2://{where.netloc}{where.path}?sslmode=disable",
    }

    async def run(*command: str) -> str:
        done = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    for step in (("db", "upgrade"), ("init",)):
        await run(f"{SUPERSET}/superset", *step)
    told = await run(f"{SUPERSET}/python", str(Path(__file__).parent / "superset_reads.py"))

    found = orjson.loads(told.splitlines()[-1])
    assert found["datasets"] == len(views())
    assert found["shown"] == len(CHARTS)
    assert set(found["rows"]) == {chart.title for chart in CHARTS}
    assert found["rows"]["Лиды по неделям / Leads by week"] > 0
