"""SQL that matters stands in files: one statement each, named by what it does."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).parent / "sql"


@cache
def sql(name: str, directory: Path = LIBRARY) -> str:
    """The text of ``<directory>/<name>.sql``."""
    return (directory / f"{name}.sql").read_text()
