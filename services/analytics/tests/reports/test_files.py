"""Files of reports: whatever text stands in whatever column of whatever report, no spreadsheet runs it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from analytics.reports.catalogue import REPORTS
from analytics.reports.report import table
from events.spreadsheet import csv_text, xlsx_bytes
from python_calamine import CalamineWorkbook

AT = datetime(2026, 3, 1, tzinfo=UTC)
EVIL = ('=HYPERLINK("http://x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def filled(field: Any, text: str) -> object:
    """A value of a field's type: ``text`` wherever text may stand."""
    kind = str(field.annotation)
    if "dict" in kind:
        return {text: -1.0 if "float" in kind else -1 if "int" in kind else Decimal(-1)}
    for name, value in (
        ("datetime.datetime", AT), ("datetime.date", AT.date()), ("Decimal", Decimal(-1)), ("bool", True),
        ("float", -1.0), ("int", -1), ("UUID", UUID(int=1)),
    ):  # fmt: skip
        if name in kind:
            return value
    return text


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_no_cell_of_any_report_is_a_formula(report) -> None:
    fields = report.row.model_fields.items()
    evil = [report.row.model_construct(**{name: filled(one, text) for name, one in fields}) for text in EVIL]
    whole = {"start": AT, "end": AT, "as_of": None, "known_at": None, "corrections": 0, "rows": evil}
    other = report.answer.model_construct(**whole, compared=None)
    columns, rows = table(report.answer.model_construct(**whole, compared=other), report.row)

    told = list(csv.reader(io.StringIO(csv_text(columns, rows), newline="")))
    book = xlsx_bytes(report.name, columns, rows, ZoneInfo("UTC"))

    assert len(told) == 1 + 2 * len(EVIL)
    cells = [cell for line in told for cell in line if not NUMBER.fullmatch(cell)]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    shown = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    expected = {value for row in evil for value in row.model_dump().values() if isinstance(value, str)}
    assert expected <= {cell for line in shown for cell in line if isinstance(cell, str)}
