"""What other services say about customers, kept for the card: whatever of their events names one, of whatever type."""

from pathlib import Path

SQL = Path(__file__).parent / "sql"
