"""Segments: which customers bring the revenue, told as of any moment and for any cuts; every change is an event."""

from pathlib import Path

SQL = Path(__file__).parent / "sql"
