"""Letters of a mailbox that is read by IMAP (see `pulling/imap.py`): stored whole, as they travel.

Nothing is received over HTTP. Idempotency key: the letter's Message-ID, or a hash of the letter. Business time: the
letter's `Date`, unless it lies after the receipt; a server that receives stamps no header that could not be forged.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

from events.webhooks import RawRequest, Source, Unverified

from leads.channels.base import Channel, Inquiry
from leads.channels.letter import read_letter
from leads.channels.mime import read_mime
from leads.normalise import clean


class Mailbox(Channel):
    name = "imap"
    receives = False

    def verify(self, request: RawRequest, source: Source) -> None:
        raise Unverified("letters are read from the mailbox, nothing is sent here")

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        headers, subject, body = read_mime(request.body)
        by_name = {name.lower(): value for name, value in reversed(headers)}
        kept = ("to", "cc", "list-id", "in-reply-to")
        return [
            read_letter(
                headers,
                sender=None,
                subject=subject,
                body=body,
                fallback_id=sha256(request.body).hexdigest(),
                occurred_at=_written(by_name.get("date"), request.received_at),
                details={name: clean(by_name[name][:1000]) for name in kept if name in by_name},
            )
        ]


def _written(date: str | None, received_at: datetime) -> datetime:
    try:
        written = parsedate_to_datetime((date or "")[:200])
        written = (written if written.tzinfo else written.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return received_at
    return min(written, received_at)
