"""Leads and ad spend from files: saved mappings, dry run, progress, rejected rows to repair, no row twice."""

from pathlib import Path
from typing import Final

SQL: Final = Path(__file__).parent / "sql"
