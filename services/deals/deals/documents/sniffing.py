"""What kind of file somebody uploads, by its content: names and headers of senders are not asked."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from deals.documents.docx import MEDIA_TYPE as DOCX

PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXTENSIONS: Final = {
    PDF: "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tif",
    DOCX: "docx",
    XLSX: "xlsx",
}
"""The media types that are taken, with the endings of their names."""

_BEGINNINGS: Final = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_OFFICE: Final = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX))


def media_type_of(content: bytes) -> str | None:
    """The media type, None for anything that is not taken; documents with macros are not."""
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, OSError):
        return None
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    return next((media_type for name, media_type in _OFFICE if name in names), None)
