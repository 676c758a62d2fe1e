"""`python -m bench.run [--quick] [--only NAME]`: measures, prints the table, writes bench/results/latest.json."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvloop
from rich.console import Console

from bench import (
    append,
    http,
    imports,
    index_key,
    intake,
    lag,
    lists,
    managers,
    memory,
    nurture,
    projection,
    relay,
    rules,
    scale,
    search,
    size,
    wall,
)
from bench.bed import FULL, QUICK, Bed
from bench.report import RESULTS, Row, show, write

SUBJECTS: Mapping[str, Callable[[Bed], Awaitable[list[Row]]]] = {
    "append": append.measure,
    "size": size.measure,
    "relay": relay.measure,
    "projection": projection.measure,
    "rules": rules.measure,
    "nurture": nurture.measure,
    "managers": managers.measure,
    "http": http.measure,
    "intake": intake.measure,
    "search": search.measure,
    "lists": lists.measure,
    "index-key": index_key.measure,
    "wall": wall.measure,
    "scale": scale.measure,
    "imports": imports.measure,
    "lag": lag.measure,
    "memory": memory.measure,
}


async def measured(bed: Bed, names: list[str], console: Console) -> list[Row]:
    """The rows of those subjects, then what the machine was."""
    rows: list[Row] = []
    started = time.monotonic()
    for name in names:
        began = time.monotonic()
        console.print(f"measuring {name} …")
        rows += await SUBJECTS[name](bed)
        console.print(f"  {time.monotonic() - began:.0f} s")
    return rows + machine(bed, time.monotonic() - started)


def machine(bed: Bed, seconds: float) -> list[Row]:
    """Facts without which figures mean little."""
    version = bed.postgres.query("SHOW server_version") if bed.postgres.running else "not used"
    return [
        Row("date", datetime.now(UTC).isoformat(timespec="seconds"), "UTC"),
        Row("cores", float(os.cpu_count() or 1), "cores"),
        Row("load of the last minute", os.getloadavg()[0], "processes"),
        Row("PostgreSQL", version, "version, fsync on"),
        Row("Python", platform.python_version(), "version"),
        Row("duration of the run", seconds, "s"),
    ]


def main() -> None:
    """Exit code 0 even where a target is missed: figures of a shared machine must not stop a release."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same rows from small counts, in under 3 minutes")
    parser.add_argument("--only", choices=SUBJECTS, action="append", help="measure this alone; may be repeated")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console = Console(width=None if os.isatty(1) else 150)
    bed = Bed(Path(tempfile.mkdtemp(prefix="voronka-bench-")), QUICK if options.quick else FULL)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            rows = runner.run(measured(bed, options.only or list(SUBJECTS), console))
    finally:
        bed.close()
    show(rows, console)
    if not options.only:
        write(rows)
        console.print(f"written: {RESULTS}")


if __name__ == "__main__":
    main()
