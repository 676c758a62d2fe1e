"""``voronka import leads``: a CSV file, row by row, into the leads service.

Rows travel in portions; the service answers each row for itself, keeps what it cannot understand in quarantine, and
knows a row again by the mapping's row id, so a crash in the middle or a second run adds nothing twice.
"""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from voronka.client import Api, Refused, Unreachable

PORTION = 500
AT_ONCE = 3

Row = dict[str, str]


def run(file: Path, mapping: Path, *, url: str, key: str, rejected: Path | None, as_json: bool) -> int:
    """Imports a file; returns the exit code."""
    errors = Console(stderr=True)
    try:
        outcome = asyncio.run(import_file(file, mapping, url, key, rejected))
    except (Refused, Unreachable) as error:
        errors.print(f"[red]{error}")
        return 1
    except (UnicodeDecodeError, csv.Error, yaml.YAMLError) as error:
        errors.print(f"[red]{type(error).__name__}: {error}")
        return 2
    if as_json:
        print(json.dumps(outcome, ensure_ascii=False))
    else:
        Console().print(table(outcome))
    return 3 if outcome["rejected"] else 0


async def import_file(file: Path, mapping: Path, url: str, key: str, rejected: Path | None = None) -> dict[str, Any]:
    """Sends all rows; returns counts ``rows, captured, touched, duplicate, rejected`` and ``reasons``."""
    described = yaml.safe_load(mapping.read_text(encoding="utf-8"))
    name = described.pop("name", file.stem)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with file.open(encoding="utf-8-sig", newline="") as source, progress:
        bar = progress.add_task(file.name, total=sum(1 for _ in csv.reader(source)) - 1)
        source.seek(0)
        portions = enumerate(_portions(source))
        kept: list[tuple[int, Row, str]] = []
        async with Api(url, key) as api:

            async def work() -> None:
                for number, rows in portions:
                    body = {"import_name": name, "mapping": described, "rows": rows}
                    answers = await api.post("/imports/rows", body)
                    for place, (row, answer) in enumerate(zip(rows, answers, strict=True)):
                        counts[answer["outcome"]] += 1
                        if answer["outcome"] == "rejected":
                            reasons[answer["reason"]] += 1
                            kept.append((number * PORTION + place + 2, row, answer["reason"]))
                    progress.advance(bar, len(rows))

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    if rejected is not None:
        _write_rejected(rejected, sorted(kept, key=lambda entry: entry[0]))
    outcomes = {name: counts[name] for name in ("captured", "touched", "duplicate", "rejected")}
    return {"rows": counts.total(), **outcomes, "reasons": dict(reasons)}


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


def _portions(source: TextIO) -> Iterator[list[Row]]:
    reader = csv.DictReader(source, restkey="_extra", restval="")
    while rows := list(islice(reader, PORTION)):
        yield [
            {name: value if isinstance(value, str) else ",".join(value) for name, value in row.items()} for row in rows
        ]


def _write_rejected(path: Path, kept: list[tuple[int, Row, str]]) -> None:
    if not kept:
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*kept[0][1], "_line", "_reason"])
        writer.writeheader()
        for line, row, reason in kept:
            writer.writerow({**row, "_line": line, "_reason": reason})
    print(f"rejected rows: {path}", file=sys.stderr)
