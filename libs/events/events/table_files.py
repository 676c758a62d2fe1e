"""Reading the rows of a file: CSV in the dialects that spreadsheets write, and XLSX.

CSV is UTF-8 (RFC 4180, with or without a byte order mark), UTF-16 with one, or else Windows-1251, which Excel writes on
Russian machines; another encoding must be named. The delimiter is the one that cuts the header into most columns.
"""

import csv
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from events.spreadsheet import unguarded

Row = dict[str, str | None]

MOST_COLUMNS: Final = 500
LONGEST_CELL: Final = 1_000_000
MOST_UNPACKED: Final = 512 * 1024 * 1024
"""Bytes of an XLSX file once unpacked: a few kilobytes can unpack to terabytes."""
_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE: Final = 65_536

csv.field_size_limit(LONGEST_CELL)


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; the message is for people and repeats nothing of the content."""


@contextmanager
def rows_of(path: Path, encoding: str | None) -> Iterator[Iterator[tuple[int, Row]]]:
    """Rows with their line numbers (the header is line 1); empty rows are left out.

    Columns without a name are called ``column N``, those named alike are numbered. Raises :class:`UnreadableFile`, also
    while rows are read.
    """
    if zipfile.is_zipfile(path):
        yield _rows(_xlsx(path))
        return
    encoding = encoding or _encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as source:
            delimiter = _delimiter(source.readline())
            source.seek(0)
            yield _rows(_csv(source, delimiter))
    except (UnicodeDecodeError, LookupError):
        raise UnreadableFile(f"the file is not text in {encoding}") from None


def _rows(table: Iterator[Sequence[str]]) -> Iterator[tuple[int, Row]]:
    header = next(table, None)
    if header is None or not any(header):
        raise UnreadableFile("the file has no header")
    if len(header) > MOST_COLUMNS:
        raise UnreadableFile(f"the file has more than {MOST_COLUMNS} columns")
    names = _names(header)
    for line, cells in enumerate(table, 2):
        if not any(cells):
            continue
        row: Row = {name: unguarded(cell) for name, cell in zip(names, cells, strict=False)}
        if len(cells) > len(names):
            row["_extra"] = ",".join(cells[len(names) :])
        yield line, row


def _names(header: Sequence[str]) -> list[str]:
    names: list[str] = []
    for number, given in enumerate(header, 1):
        name = unguarded(given.strip()) or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return names


def _csv(source: Any, delimiter: str) -> Iterator[Sequence[str]]:
    try:
        yield from csv.reader(source, delimiter=delimiter)
    except csv.Error as error:
        raise UnreadableFile(f"the file is not CSV: {error}") from None


def _encoding(path: Path) -> str:
    with path.open("rb") as source:
        beginning = source.read(4)
        if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
    try:
        with path.open(encoding="utf-8-sig") as text:
            while text.read(_SAMPLE):
                pass
    except UnicodeDecodeError:
        return "cp1251"
    return "utf-8-sig"


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter), ())))


def _xlsx(path: Path) -> Iterator[Sequence[str]]:
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
                raise UnreadableFile("the file unpacks to more than 512 MiB")
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, OSError, IndexError) as error:
        raise UnreadableFile(f"the file is no workbook: {type(error).__name__}") from None
    return ([_text(cell) for cell in cells] for cells in sheet.iter_rows())


def _text(cell: object) -> str:
    """A cell as people see it: whole numbers without a fraction (phones, ids), times in ISO 8601."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime() | date():
            return cell.isoformat()
        case _:
            return str(cell)


def portions(rows: Iterator[tuple[int, Row]], size: int) -> Iterator[list[tuple[int, Row]]]:
    """The rows, so many at a time."""
    while portion := list(islice(rows, size)):
        yield portion
