"""A received e-mail as an inquiry: what Mailgun, SendGrid and other mail services deliver has this in common."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.utils import getaddresses
from hashlib import sha256
from html import unescape
from typing import Any, Final

from events.webhooks import Ignored, Unreadable

from leads.channels.base import Inquiry
from leads.channels.values import MAX_IDENTIFIER
from leads.normalise import clean

_MAX_HEADER: Final = 2000
_TAG: Final = re.compile(r"(<[a-zA-Z/!?][^<>]*>)")
_HIDDEN: Final = frozenset({"script", "style", "head", "title"})
_BLOCKS: Final = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table"})


def read_letter(
    headers: Iterable[tuple[str, str]],
    *,
    sender: str | None,
    subject: str | None,
    body: str | None,
    fallback_id: str,
    occurred_at: datetime,
    details: Mapping[str, Any],
) -> Inquiry:
    """One inquiry of kind `email`, keyed by the letter's Message-ID (`fallback_id` where it has none).

    The person is `Reply-To` where given, for letters of site engines come from one address for everybody. Automatic
    answers (RFC 3834) and bounces raise `Ignored`: answering them would make a loop.
    """
    by_name = {name.lower(): clean(value)[:_MAX_HEADER].strip() for name, value in headers}
    if by_name.get("auto-submitted", "no").lower().startswith("auto-replied") or "x-autoreply" in by_name:
        raise Ignored("an automatic answer")
    origins = (decoded_header(by_name.get("reply-to")), sender, decoded_header(by_name.get("from")))
    name, address = next((person for origin in origins if (person := _person(origin))), (None, None))
    if address is None:
        raise Unreadable("the letter names no sender")
    if address.lower().startswith(("mailer-daemon@", "postmaster@")):
        raise Ignored("a bounce")
    return Inquiry(
        provider_id=_short(by_name.get("message-id") or fallback_id),
        occurred_at=occurred_at,
        kind="email",
        name=name,
        emails=(address,),
        text="\n\n".join(part for part in ((subject or "").strip(), (body or "").strip()) if part) or None,
        details={**details, "subject": subject},
    )


def text_of_html(html: str | None) -> str | None:
    """The visible text of an HTML letter, a line per block, in time linear in its length.

    The standard library's HTMLParser needs minutes for a megabyte of unfinished comments, so tags are cut out by a
    pattern.
    """
    found: list[str] = []
    hidden = 0
    for token in _TAG.split(html or ""):
        if not _TAG.fullmatch(token):
            found.append("" if hidden else clean(unescape(token)))
            continue
        name = token.strip("</>").split(None, 1)[:1]
        tag = name[0].lower() if name else ""
        if tag in _HIDDEN:
            hidden = max(0, hidden - 1) if token.startswith("</") else hidden + 1
        elif tag in _BLOCKS:
            found.append("\n")
    lines = (" ".join(line.split()) for line in "".join(found).splitlines())
    return "\n".join(line for line in lines if line) or None


def decoded_header(value: str | None) -> str | None:
    """A header's text with its encoded words (RFC 2047) decoded; as given where they are broken."""
    short = (value or "")[:_MAX_HEADER]
    try:
        return clean(str(make_header(decode_header(short)))) or None
    except (ValueError, LookupError, MessageError):
        return clean(short) or None


def _person(header: str | None) -> tuple[str | None, str] | None:
    """The first name and address of a header. Nested brackets beyond the parser's depth name nobody."""
    try:
        found = getaddresses([(header or "")[:_MAX_HEADER]])
    except RecursionError:
        return None
    return next(((name.strip() or None, address) for name, address in found if "@" in address), None)


def _short(identifier: str) -> str:
    """The sender chooses the Message-ID, so it may be of any length."""
    return identifier if len(identifier) <= MAX_IDENTIFIER else sha256(identifier.encode()).hexdigest()
