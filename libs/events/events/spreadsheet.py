"""Tables as files for people, safe to open in a spreadsheet: CSV (RFC 4180, UTF-8) and XLSX (ECMA-376)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import xlsxwriter

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

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


def xlsx_bytes(title: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]], zone: ZoneInfo) -> bytes:
    """A workbook of one sheet: numbers are numbers, times are those of ``zone``, all else is text and never a formula.

    What begins like a formula has the spreadsheet's own mark for text before it, so that it stays text when edited.
    """
    out = io.BytesIO()
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, {"in_memory": True, **texts}) as workbook:
        sheet = workbook.add_worksheet(title[:31])
        head, guarded = workbook.add_format({"bold": True}), workbook.add_format({"quote_prefix": True})
        day, time = (workbook.add_format({"num_format": text}) for text in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
        for number, column in enumerate(columns):
            sheet.write_string(0, number, column, head)
        for line, row in enumerate(rows, 1):
            for number, value in enumerate(row.get(column) for column in columns):
                if isinstance(value, bool):
                    sheet.write_boolean(line, number, value)
                elif isinstance(value, int | float | Decimal):
                    sheet.write_number(line, number, float(value))
                elif isinstance(value, datetime):
                    sheet.write_datetime(line, number, value.astimezone(zone).replace(tzinfo=None), time)
                elif isinstance(value, date):
                    sheet.write_datetime(line, number, value, day)
                elif value is not None:
                    text = str(value)
                    sheet.write_string(line, number, text, guarded if text.startswith(_STARTS_A_FORMULA) else None)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def unguarded(text: str) -> str:
    """A cell as it was before ``csv_text`` guarded it: what we wrote comes back as it was."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_STARTS_A_FORMULA) else text


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return "" if value is None else value
