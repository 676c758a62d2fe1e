"""Text as people and machines send it, made fit to be kept."""

from typing import Final

_DROPPED: Final = {
    code: None for code in (*range(32), *range(0x7F, 0xA0), *range(0xD800, 0xE000)) if chr(code) not in "\t\n"
} | dict.fromkeys((0x200B, 0x200E, 0x200F, 0xFEFF, *range(0x202A, 0x202F), *range(0x2060, 0x206A)))


def clean(text: str) -> str:
    """Text without NUL, control characters, lone surrogates and invisible direction marks; line breaks become `\\n`.

    What remains can be stored by PostgreSQL, encoded as UTF-8 and shown without tricks.
    """
    if text.isprintable():
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED)
