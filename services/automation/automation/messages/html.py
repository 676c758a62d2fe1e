"""The text of a letter as HTML: the same words, addresses as links, and a picture that is fetched on opening."""

from __future__ import annotations

import re
from html import escape
from typing import Final

LINK: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")
"""An address in a text, without the sign that ends its sentence."""


def page(text: str, pixel: str) -> str:
    """A page of HTML; everything of the text is escaped."""
    paragraphs = [f"<p>{_linked(block)}</p>" for block in text.strip().split("\n\n")]
    picture = f'<img src="{escape(pixel)}" width="1" height="1" alt="">'
    head = '<!doctype html>\n<html><head><meta charset="utf-8"></head><body>'
    return "\n".join([head, *paragraphs, f"{picture}</body></html>\n"])


def _linked(block: str) -> str:
    pieces, last = [], 0
    for found in LINK.finditer(block):
        address = escape(found[0])
        pieces += [_lines(block[last : found.start()]), f'<a href="{address}">{address}</a>']
        last = found.end()
    return "".join([*pieces, _lines(block[last:])])


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")
