"""Personal data: where leads keeps them, how a person is erased, and how all that is known is handed over."""

from pathlib import Path

SQL = Path(__file__).parent / "sql"
