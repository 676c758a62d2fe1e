"""A received e-mail as an inquiry: what Mailgun, SendGrid and other mail services deliver has this in common."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import getaddresses
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any, Final

from leads.channels.base import Ignored, Inquiry, Unreadable
from leads.channels.values import MAX_IDENTIFIER
from leads.normalise import clean

_MAX_HEADER: Final = 2000


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
    name, address = _person(by_name.get("reply-to")) or _person(sender) or _person(by_name.get("from")) or (None, None)
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
    """The visible text of an HTML letter, a line per block."""
    if not html:
        return None
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.found).splitlines())
    return "\n".join(line for line in lines if line) or None


class _Text(HTMLParser):
    _HIDDEN = frozenset({"script", "style", "head", "title"})
    _BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in self._HIDDEN
        if tag in self._BLOCKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in self._HIDDEN))

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)


def _person(header: str | None) -> tuple[str | None, str] | None:
    for name, address in getaddresses([(header or "")[:_MAX_HEADER]]):
        if "@" in address:
            return name.strip() or None, address
    return None


def _short(identifier: str) -> str:
    """The sender chooses the Message-ID, so it may be of any length."""
    return identifier if len(identifier) <= MAX_IDENTIFIER else sha256(identifier.encode()).hexdigest()
