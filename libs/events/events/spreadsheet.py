"""Tables as files for people: CSV (RFC 4180, UTF-8) that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """A header and a line per row; what is absent is empty.

    Text that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, *CSV Injection*).
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_cell(column) for column in columns])
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return out.getvalue()


def unguarded(text: str) -> str:
    """A cell as it was before ``csv_text`` guarded it: what we wrote comes back as it was."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_STARTS_A_FORMULA) else text


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return "" if value is None else value
