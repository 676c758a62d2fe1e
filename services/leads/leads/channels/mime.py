"""A whole letter as it travels (RFC 5322, MIME): its headers and the text that a person wrote."""

import re
from email import message_from_bytes
from email.message import Message
from typing import Final

from events.webhooks import Unreadable

from leads.channels.body import decode
from leads.channels.letter import decoded_header, text_of_html
from leads.normalise import clean

_MAX_CONTENT_TYPE: Final = 2000
_CONTENT_TYPE: Final = re.compile(rb"^content-type:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)


def read_mime(whole: bytes, what: str = "the letter") -> tuple[list[tuple[str, str]], str | None, str | None]:
    """Headers, subject and readable text of a whole letter.

    The old policy of the library, for the new one takes half a minute over a header of half a megabyte; and both do
    over a `Content-Type` of that size, which no letter has.
    """
    if any(len(match[0]) > _MAX_CONTENT_TYPE for match in _CONTENT_TYPE.finditer(whole)):
        raise Unreadable(f"{what} has an overlong Content-Type")
    try:
        letter = message_from_bytes(whole)
        texts = {part.get_content_subtype(): part for part in reversed(list(letter.walk())) if _is_text(part)}
        part = texts.get("plain") or texts.get("html")
        raw = part.get_payload(decode=True) if part else b""
        charset = part.get_content_charset("") if part else ""
    except Exception as error:
        # The library does not say what it raises on broken letters: ValueError, IndexError, RecursionError …
        raise Unreadable(f"{what} is broken") from error
    written = clean(decode(raw if isinstance(raw, bytes) else b"", charset, lenient=True))
    subject = decoded_header(str(letter.get("subject", "")))
    return headers_of(letter), subject, written if part is texts.get("plain") else text_of_html(written)


def headers_of(letter: Message) -> list[tuple[str, str]]:
    """The headers of a letter, in their order."""
    return [(clean(name), str(value)) for name, value in letter.items()]


def _is_text(part: Message) -> bool:
    return part.get_content_type() in ("text/plain", "text/html") and part.get_content_disposition() != "attachment"
