"""Lists: saved selections of customers, by criteria and by hand."""

from pathlib import Path

SQL = Path(__file__).parent / "sql"
FIELDS = SQL / "fields"
