"""Importing a file of many rows: tried out, then for real, from sending it until the import says that it is done."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from random import Random
from typing import Any

import httpx2
import orjson

from bench import servers
from bench.bed import Bed
from bench.report import Row, at_most

SECONDS_A_ROW = 60 / 100_000
LONGEST_SECONDS = 600
COLUMNS = ("id", "name", "mobile", "mail", "source", "campaign", "created", "city")
MAPPING = {
    "row_id": "id",
    "columns": {"name": "name", "phone": "mobile", "email": "mail", "channel": "source", "utm.campaign": "campaign"},
    "occurred_at": {"column": "created"},
}


async def measure(bed: Bed) -> list[Row]:
    """Seconds; a tenth of the rows are of somebody who stands in the file already."""
    rows = bed.scale.import_rows
    server, _ = await servers.leads(bed, "imports", servers.People(), roles="api,worker", pinned=False)
    with server:
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", headers=server.headers, timeout=60, trust_env=False
        ) as http:
            content = _file(rows)
            tried = await _done(http, content, rows, dry_run=True)
            done = await _done(http, content, rows, dry_run=False)
    return [
        Row(f"import of {rows:,} rows, dry run", tried, "s"),
        Row(f"import of {rows:,} rows", done, "s", target=at_most(rows * SECONDS_A_ROW)),
    ]


def _file(rows: int) -> bytes:
    chance = Random(3)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in range(rows):
        person = chance.randrange(row) if row and chance.random() < 0.1 else row
        writer.writerow(
            (
                f"r-{row}",
                f"Анна Петрова {person}",
                f"8 (912) {person:07d}",
                f"anna.{person}@example.com",
                chance.choice(("Yandex", "Google", "Direct", "Referral")),
                f"spring-{chance.randrange(20)}",
                f"2026-{chance.randrange(1, 10):02d}-{chance.randrange(1, 29):02d}T10:00:00+03:00",
                "Москва",
            )
        )
    return text.getvalue().encode()


async def _done(http: httpx2.AsyncClient, content: bytes, rows: int, *, dry_run: bool) -> float:
    """Raises ``RuntimeError`` unless every row was taken."""
    started = time.perf_counter()
    form = {
        "kind": "leads",
        "name": "bench",
        "mapping": orjson.dumps(MAPPING).decode(),
        "dry_run": str(dry_run).lower(),
    }
    card = _read(await http.post("/imports", data=form, files={"file": ("leads.csv", content, "text/csv")}))
    async with asyncio.timeout(LONGEST_SECONDS):
        while card["state"] in ("queued", "running"):
            await asyncio.sleep(0.1)
            card = _read(await http.get(f"/imports/{card['import_id']}"))
    if card["state"] != "done" or card["captured"] + card["touched"] != rows:
        raise RuntimeError(f"the import ended otherwise: {card}")
    return time.perf_counter() - started


def _read(answer: httpx2.Response) -> dict[str, Any]:
    answer.raise_for_status()
    return dict(answer.json())
