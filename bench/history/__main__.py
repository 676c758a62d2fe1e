"""`python -m bench.history --leads N --into FOLDER`: makes a history that is kept, to measure on again and again."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from bench.history.fill import History
from bench.history.kept import filled, postgres


def main() -> None:
    """Prints where the database is, and what to start it with."""
    parser = argparse.ArgumentParser(prog="bench.history", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--into", type=Path, required=True, help="folder of the PostgreSQL cluster that keeps it")
    options = parser.parse_args()
    cluster = postgres(options.into)
    cluster.start()
    try:
        dsn = asyncio.run(filled(cluster, History(options.leads, options.seed)))
    finally:
        cluster.stop()
    print(f"{dsn.rpartition('/')[2]} in {cluster.data}")


if __name__ == "__main__":
    main()
