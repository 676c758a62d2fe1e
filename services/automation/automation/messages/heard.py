"""What a letter in the mailbox of the sender says of a message of ours: it came back, arrived, or was answered.

A report is ``multipart/report`` with a ``message/delivery-status`` (RFC 3464: ``Action``, ``Status`` by RFC 3463) and
the letter that it is about, whole or its headers; the bounces of Exim name ``X-Failed-Recipients``. An answer names our
``Message-ID`` in ``In-Reply-To`` or ``References`` (RFC 5322, 3.6.4). What answers by itself is no answer:
``Auto-Submitted`` (RFC 3834), what others use in its place, a mailer daemon, an empty return path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Final, Literal
from uuid import UUID

MOST_BYTES: Final = 256 * 1024
"""Of a letter; reports stand at its beginning."""
_MOST_HEADER: Final = 4_000
_CONTENT_TYPE: Final = re.compile(rb"^content-type:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_STATUS: Final = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_DAEMONS: Final = ("mailer-daemon@", "postmaster@")

What = Literal["bounced", "delivered", "replied"]


@dataclass(frozen=True)
class Heard:
    """What was said of a message; ``code`` of a bounce is that of RFC 3463."""

    message_id: UUID
    what: What
    code: str | None = None


def hear(raw: bytes, domain: str) -> Heard | None:
    """What a letter says of a message that was sent from this domain; None where it says nothing of one."""
    # The library takes minutes for a Content-Type of half a megabyte, which no letter has.
    if any(len(found[0]) > _MOST_HEADER for found in _CONTENT_TYPE.finditer(raw)):
        return None
    try:
        return _hear(message_from_bytes(raw), domain)
    except Exception:
        # The library does not say what it raises on broken letters.
        return None


def _hear(letter: Message, domain: str) -> Heard | None:
    if letter.get_content_type() == "multipart/report":
        return _report(letter, domain)
    if letter.get("X-Failed-Recipients"):
        message_id = _first(_texts(letter), domain)
        return Heard(message_id, "bounced") if message_id else None
    if _is_automatic(letter):
        return None
    message_id = _first((_header(letter, name) for name in ("In-Reply-To", "References")), domain)
    return Heard(message_id, "replied") if message_id else None


def _report(letter: Message, domain: str) -> Heard | None:
    fields = [
        block
        for part in letter.walk()
        if part.get_content_type() == "message/delivery-status"
        for block in _blocks(part)
    ]
    actions = {_header(block, "Action").strip().lower() for block in fields} - {""}
    message_id = _first(_texts(letter), domain)
    if message_id is None:
        return None
    if "failed" in actions:
        codes = (_STATUS.search(_header(block, "Status")) for block in fields)
        return Heard(message_id, "bounced", next((found[0] for found in codes if found), None))
    return Heard(message_id, "delivered") if actions == {"delivered"} else None


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _texts(letter: Message) -> Iterator[str]:
    """Where a report names the letter that it is about."""
    for part in letter.walk():
        if part is not letter:
            yield _header(part, "Message-ID")
        if part.get_content_type() in ("text/rfc822-headers", "text/plain"):
            content = part.get_payload(decode=True)
            yield content.decode("latin-1")[:MOST_BYTES] if isinstance(content, bytes) else ""
    yield from (_header(letter, name) for name in ("In-Reply-To", "References"))


def _first(texts: Iterator[str], domain: str) -> UUID | None:
    """The first id of ours: ``<uuid@domain>`` by which letters are called."""
    ours = re.compile(rf"<([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})@{re.escape(domain)}>", re.IGNORECASE)
    return next((UUID(found[1]) for text in texts for found in ours.finditer(text)), None)


def _is_automatic(letter: Message) -> bool:
    told = _header(letter, "Auto-Submitted").strip().lower()
    return (
        (bool(told) and not told.startswith("no"))
        or any(letter.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"))
        or _header(letter, "Precedence").strip().lower() in ("bulk", "junk", "auto_reply", "list")
        or _header(letter, "Return-Path").strip() == "<>"
        or any(daemon in _header(letter, "From").lower() for daemon in _DAEMONS)
    )


def _header(letter: Message, name: str) -> str:
    return str(letter.get(name, ""))[:_MOST_HEADER]
