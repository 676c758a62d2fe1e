"""Word documents (.docx, ECMA-376) as templates: what is taken, and how they are filled.

A file is a ZIP archive; it is measured before anything of it is unpacked. Macros, and links by which the document
would fetch something when a customer opens it, are refused.
"""

from __future__ import annotations

import io
import zipfile
from typing import Final

from docxtpl import DocxTemplate
from lxml import etree

from deals.documents.facts import VARIABLES, Facts, missing
from deals.documents.sandbox import Reading, Refused, Sandbox

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MOST_MEMBERS: Final = 500
MOST_UNPACKED_BYTES: Final = 50 * 1024 * 1024
MOST_RATIO: Final = 200
_RATIO_FROM_BYTES: Final = 1024 * 1024


def inspect(content: bytes, sample: Facts) -> Reading:
    """Which variables a template uses. Raises :class:`Refused`; it is filled once with made-up values to be sure."""
    check_archive(content)
    return _fill(content, sample)[1]


def fill(content: bytes, facts: Facts) -> bytes:
    """The filled document. Raises :class:`Refused` with the code ``missing_values`` where a required one is empty."""
    check_archive(content)
    return _fill(content, facts)[0]


def check_archive(content: bytes) -> None:
    """Raises :class:`Refused` for what is no Word document, is too large unpacked, or reaches out of itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _measure(members)
            names = {member.filename for member in members}
            if not {"[Content_Types].xml", "word/document.xml"} <= names:
                raise Refused("no_docx", "The file is no Word document (.docx).")
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise Refused("macros", "The document holds macros.")
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    _check_xml(member.filename, archive.read(member))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise Refused("no_docx", "The file is no Word document (.docx), or is damaged.") from None


def _measure(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise Refused("too_large", f"The document consists of more than {MOST_MEMBERS} parts.")
    if sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
        raise Refused("too_large", f"Unpacked, the document takes more than {MOST_UNPACKED_BYTES} bytes.")
    for member in members:
        if member.file_size > max(_RATIO_FROM_BYTES, member.compress_size * MOST_RATIO):
            raise Refused("too_large", f"A part is packed more than {MOST_RATIO} times.")


def _check_xml(name: str, content: bytes) -> None:
    if b"<!" in content.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Refused("declarations", f"{name} holds declarations (DTD) or is not UTF-8.")
    if not name.endswith(".rels"):
        return
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        relationships = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Refused("no_docx", f"{name} is not XML.") from None
    for one in relationships:
        if one.get("TargetMode") == "External" and not str(one.get("Type")).endswith("/hyperlink"):
            raise Refused("external", "The document would fetch something from elsewhere when it is opened.")


def _fill(content: bytes, facts: Facts) -> tuple[bytes, Reading]:
    environment = Sandbox(VARIABLES)
    values = facts.model_dump(mode="json")
    filled = io.BytesIO()
    try:
        template = DocxTemplate(io.BytesIO(content))
        template.render(values, environment, autoescape=True)
        template.save(filled)
    except Refused:
        raise
    except (MemoryError, RecursionError):
        raise Refused("too_much", "The template takes more memory than it may.") from None
    except Exception as error:
        raise Refused("broken", f"The document cannot be filled ({type(error).__name__}).") from None
    reading = environment.reading
    if names := missing(values, frozenset(reading.required)):
        raise Refused("missing_values", f"These variables have no value: {', '.join(names)}.", names)
    return filled.getvalue(), reading
