"""``voronka import leads``: sends a file to the leads service and watches it being taken in.

The service works on the file by itself, row by row: it answers for each row, keeps what it cannot understand in
quarantine, and knows a row again by the mapping's row id, so a crash in the middle or a second run adds nothing twice.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from voronka.client import Api, Refused, Unreachable

LOOK_SECONDS = 0.2


def run(file: Path, mapping: Path, *, url: str, key: str, rejected: Path | None, dry_run: bool, as_json: bool) -> int:
    """Imports a file; returns the exit code."""
    errors = Console(stderr=True)
    try:
        outcome = asyncio.run(import_file(file, mapping, url, key, rejected, dry_run=dry_run))
    except (Refused, Unreachable) as error:
        errors.print(f"[red]{error}")
        return 1
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        errors.print(f"[red]{type(error).__name__}: {error}")
        return 2
    if as_json:
        print(json.dumps(outcome, ensure_ascii=False))
    else:
        Console().print(table(outcome))
    return 3 if outcome["rejected"] else 0


async def import_file(
    file: Path, mapping: Path, url: str, key: str, rejected: Path | None = None, *, dry_run: bool = False
) -> dict[str, Any]:
    """Sends the file and waits for its end; returns counts ``rows, captured, touched, duplicate, rejected`` and
    ``reasons``. Raises :class:`Refused` also for a file that the service cannot read.
    """
    described = yaml.safe_load(mapping.read_text(encoding="utf-8"))
    fields = {"kind": "leads", "name": described.pop("name", file.stem), "dry_run": str(dry_run).lower()}
    fields["mapping"] = json.dumps(described, ensure_ascii=False)
    async with Api(url, key) as api:
        card = await api.upload("/imports", file.name, file.read_bytes(), fields)
        imported_before = card["state"] == "done"
        card = await _watch(api, card)
        if card["state"] != "done":
            raise Refused(card["failure"] or f"The import was {card['state']}.")
        if rejected is not None and card["rejected"]:
            rejected.write_text(await api.text(f"/imports/{card['import_id']}/rejected.csv"), encoding="utf-8")
            print(f"rejected rows: {rejected}", file=sys.stderr)
    new = 0 if imported_before else 1
    return {
        "rows": card["rows_done"],
        "captured": new * card["captured"],
        "touched": new * card["touched"],
        "duplicate": card["rows_done"] - card["rejected"] - new * (card["captured"] + card["touched"]),
        "rejected": card["rejected"],
        "reasons": {reason["reason"]: reason["rows"] for reason in card["reasons"]},
    }


async def _watch(api: Api, card: dict[str, Any]) -> dict[str, Any]:
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with progress:
        bar = progress.add_task(card["file_name"], total=card["rows_total"])
        while card["state"] in ("queued", "running"):
            await asyncio.sleep(LOOK_SECONDS)
            card = await api.get(f"/imports/{card['import_id']}")
            progress.update(bar, total=card["rows_total"], completed=card["rows_done"])
    return card


def table(outcome: dict[str, Any]) -> Table:
    """What became of the rows, for people."""
    result = Table(title="Import", title_justify="left")
    result.add_column("rows")
    result.add_column("number", justify="right")
    names = {"rows": "in the file", "captured": "new leads", "touched": "repeats", "duplicate": "known already"}
    for name, title in names.items():
        result.add_row(title, f"{outcome[name]:,}")
    result.add_row("rejected, kept in quarantine", f"{outcome['rejected']:,}")
    for reason, count in sorted(outcome["reasons"].items()):
        result.add_row(f"  {reason}", f"{count:,}")
    return result
