"""Files as people have them: dialects of CSV, XLSX, and what is no table at all."""

import csv
import io
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from events import table_files as files
from events.spreadsheet import csv_text
from events.table_files import UnreadableFile, rows_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROWS = [(2, {"Имя": "Анна", "Phone": "8 912 345-67-89"}), (3, {"Имя": "Пётр, сын", "Phone": ""})]
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), max_size=12)


def _read(path: Path, encoding: str | None = None) -> list[tuple[int, dict[str, str | None]]]:
    with rows_of(path, encoding) as rows:
        return list(rows)


def _written(path: Path, text: str, encoding: str) -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_dialect_that_spreadsheets_write_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([("Имя", "Phone"), *(tuple(row.values()) for _, row in ROWS)])
    assert _read(_written(tmp_path / "a.csv", out.getvalue(), encoding)) == ROWS


def test_another_encoding_is_named(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.csv", "Имя,Phone\nАнна,1\n", "koi8-r")
    assert _read(path, "koi8-r") == [(2, {"Имя": "Анна", "Phone": "1"})]
    with pytest.raises(UnreadableFile, match="not text in latin-9000"):
        _read(path, "latin-9000")


def test_columns_without_a_name_or_of_the_same_name_are_told_apart_and_no_cell_is_lost(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.csv", "Phone,,Phone\n1,2,3,4,5\n\n6\n", "utf-8")
    first, second = _read(path)
    assert first == (2, {"Phone": "1", "column 2": "2", "Phone (3)": "3", "_extra": "4,5"})
    assert second == (4, {"Phone": "6"})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries({"a": CELLS, "b": CELLS}).filter(lambda row: any(row.values())), max_size=5))
def test_what_we_write_for_repair_is_read_back_as_it_was(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    path = _written(tmp_path / "a.csv", "\ufeff" + csv_text(["a", "b"], rows), "utf-8")
    assert [row for _, row in _read(path)] == rows


def _workbook(path: Path, cells: str) -> Path:
    """The smallest workbook (ECMA-376): one sheet with these cells."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    schemas = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{schemas}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{schemas}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{schemas}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{schemas}/spreadsheetml/2006/main" '
        f'xmlns:r="{schemas}/officeDocument/2006/relationships"><sheets>'
        '<sheet name="Leads" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{schemas}/package/2006/relationships"><Relationship '
        f'Id="r1" Type="{schemas}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{schemas}/spreadsheetml/2006/main"><sheetData>{cells}'
        "</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return path


def _text(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_workbook_is_read_with_numbers_as_people_see_them(tmp_path: Path) -> None:
    cells = (
        f'<row r="1">{_text("A1", "Имя")}{_text("B1", "Phone")}{_text("C1", "Sum")}{_text("D1", "Regular")}</row>'
        f'<row r="2">{_text("A2", "Анна")}<c r="B2"><v>79123456789</v></c><c r="C2"><v>12.5</v></c>'
        '<c r="D2" t="b"><v>1</v></c></row>'
    )
    row = {"Имя": "Анна", "Phone": "79123456789", "Sum": "12.5", "Regular": "true"}
    assert _read(_workbook(tmp_path / "a.xlsx", cells)) == [(2, row)]


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_UNPACKED", 10_000)
    bomb = _workbook(tmp_path / "a.xlsx", f'<row r="1">{_text("A1", "x" * 20_000)}</row>')
    assert bomb.stat().st_size < 10_000
    with pytest.raises(UnreadableFile, match="unpacks"):
        _read(bomb)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"PK\x03\x04 no zip", b"\xff\xfe\x00", b",,,\n1,2,3\n", ("a," * 600 + "\n").encode(), b'a,b\n"1'],
)
def test_what_is_no_table_either_is_refused_or_has_rows(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with suppress(UnreadableFile):
        assert all(isinstance(value, str) for _, row in _read(path) for value in row.values())
