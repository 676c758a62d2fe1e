"""Files for people: what stands in a cell is what was written, and nothing in it runs."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from events.spreadsheet import csv_text, unguarded, xlsx_bytes
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

MOSCOW = ZoneInfo("Europe/Moscow")
PRINTABLE = st.characters(exclude_categories=("C", "Zl", "Zp"))
CELLS = st.one_of(
    st.text(PRINTABLE, min_size=1, max_size=30).filter(lambda text: text == text.strip()),
    st.builds(str.__add__, st.sampled_from(("=", "+", "-", "@", "=cmd|'/C calc'!A")), st.text(PRINTABLE, max_size=9)),
)


def sheet(book: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()


@settings(max_examples=50, deadline=None)
@given(cells=st.lists(CELLS, min_size=1, max_size=5))
def test_text_is_text_in_a_workbook_and_no_cell_is_a_formula(cells: list[str]) -> None:
    columns = [f"c{number}" for number in range(len(cells))]
    book = xlsx_bytes("t", columns, [dict(zip(columns, cells, strict=True))], MOSCOW)
    xml = zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml").decode()

    assert sheet(book) == [columns, cells]
    assert "<f>" not in xml
    assert "<hyperlink" not in xml


@settings(max_examples=50, deadline=None)
@given(cells=st.lists(CELLS, min_size=1, max_size=5))
def test_no_cell_of_a_csv_begins_like_a_formula_and_what_it_was_comes_back(cells: list[str]) -> None:
    columns = [f"c{number}" for number in range(len(cells))]
    _, row = csv.reader(io.StringIO(csv_text(columns, [dict(zip(columns, cells, strict=True))]), newline=""))

    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    assert [unguarded(cell) for cell in row] == cells


def test_numbers_days_and_times_are_such_in_a_workbook() -> None:
    at = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
    row = {"n": Decimal("12.50"), "d": date(2026, 3, 2), "t": at, "b": True, "none": None}

    assert sheet(xlsx_bytes("t", list(row), [row], MOSCOW))[1] == [
        12.5, date(2026, 3, 2), at.astimezone(MOSCOW).replace(tzinfo=None), True, "",
    ]  # fmt: skip
