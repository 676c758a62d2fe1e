"""Word documents for tests, made by python-docx and by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from docx import Document


def word(*paragraphs: str, table: tuple[str, ...] = (), header: str | None = None) -> bytes:
    """A document with these paragraphs, a table of one row a text, and a header."""
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        cells = document.add_table(rows=0, cols=1)
        for text in table:
            cells.add_row().cells[0].text = text
    if header:
        document.sections[0].header.paragraphs[0].text = header
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def with_members(content: bytes, members: Mapping[str, bytes]) -> bytes:
    """The archive with members added or replaced."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in given.namelist():
            if name not in members:
                made.writestr(name, given.read(name))
        for name, member in members.items():
            made.writestr(name, member)
    return file.getvalue()


def text_of(content: bytes) -> str:
    """All text of the body and its tables."""
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    headers = [p.text for section in document.sections for p in section.header.paragraphs]
    return "\n".join([*headers, *(paragraph.text for paragraph in document.paragraphs), *cells])
