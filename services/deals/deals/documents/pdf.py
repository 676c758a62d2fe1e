"""The forms that are built in: offer, invoice, contract and act as PDF, set by typst.

What is written on them comes in as data (``sys.inputs``), never as code of typst. Only the fonts that the typst
library carries are used (Libertinus Serif, with Cyrillic), so a page looks the same on a bare machine; nothing is
fetched, and equal facts give equal bytes.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import typst
from events.contracts.deals.documents import DocumentKind

from deals.documents.facts import Facts
from deals.documents.sandbox import Refused

MEDIA_TYPE: Final = "application/pdf"
FORMS: Final = Path(__file__).parent / "forms"
BUILT_IN: Final[tuple[DocumentKind, ...]] = ("offer", "invoice", "contract", "act")


def compile_form(facts: Facts, made_at: datetime) -> bytes:
    """The document as PDF. Raises :class:`Refused` for a kind without a form."""
    kind = facts.document.kind
    if kind not in BUILT_IN:
        raise Refused("no_form", f"No form of the kind {kind} is built in: give a template.")
    made = typst.compile(
        FORMS / f"{kind}.typ",
        root=FORMS,
        font_paths=typst.Fonts(include_system_fonts=False),
        sys_inputs={"facts": facts.model_dump_json()},
        timestamp=int(made_at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made
