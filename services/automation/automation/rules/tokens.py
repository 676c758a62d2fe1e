"""An expression of a rule cut into pieces, each with its place, without knowing what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

UNUSUAL: Final = ("//", "'''", '"""', "\\")
"""Comments, texts over lines, escapes: their pieces are not told apart here."""
TEXT: Final = re.compile(r"""^(?:"[^"\\]*"|'[^'\\]*')$""")
"""A text that is written out as it is."""
_TOKEN = re.compile(
    r"""(?P<string>[rR]?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))|(?P<name>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)"""
    r"""|(?P<sign>&&|\|\||[=!<>]=|\S)"""
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression."""

    kind: str
    text: str
    at: int


def tokens_of(condition: str) -> list[Token]:
    """The pieces of an expression."""
    return [Token(str(found.lastgroup), found[0], found.start()) for found in _TOKEN.finditer(condition)]
