"""Finding any card, organisation or manager by what a person remembers of it."""

from pathlib import Path
from typing import Final

SQL: Final = Path(__file__).parent / "sql"
