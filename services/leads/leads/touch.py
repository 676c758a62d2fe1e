"""One request of a person: as it comes in (``Capture``), and as the events tell it (``Touch``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from events.contracts.leads import Touch
from events.privacy import CustomerKey
from events.sealed import Sealed
from events.store import Cause, deterministic_id

from leads.channels import Inquiry
from leads.origin import origin_of
from leads.person import Unfit

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
MOST_AHEAD: Final = timedelta(days=1)
MAX_TEXT: Final = 100_000
"""Characters of a message that an event carries; the whole of a longer one stays in the stored request."""
MAX_DETAILS: Final = 100_000
"""Bytes of JSON details that an event carries."""
_TOO_LARGE: Final = b'{"too_large":"see the stored request"}'


@dataclass(frozen=True, slots=True)
class Capture:
    """An inquiry with where it came from.

    ``intake`` is the technical channel, ``source`` its configured entry, ``channel`` where the person came from (for
    reports). ``provider_identity`` is who the person is to the provider. ``touch_id`` makes a second delivery of the
    same request find the first.
    """

    inquiry: Inquiry
    intake: str
    source: str
    channel: str
    cause: Cause
    received_at: datetime
    direction: str | None = None
    provider_identity: str | None = field(default=None, repr=False)
    touch_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "touch_id", touch_id(self.intake, self.source, self.inquiry.provider_id))

    def check_time(self) -> None:
        """Raises :class:`Unfit` for a time that cannot be true."""
        if self.inquiry.occurred_at - self.received_at > MOST_AHEAD:
            raise Unfit("the time of the request lies more than a day in the future")
        if self.inquiry.occurred_at < EARLIEST:
            raise Unfit("the time of the request lies before 1990")


def touch_id(intake: str, source: str, provider_id: str) -> UUID:
    """The id of a request, and the key of its idempotency."""
    return deterministic_id(intake, source, provider_id)


def told(capture: Capture, details: Mapping[str, Any], key: CustomerKey) -> Touch:
    """The request as events tell it: what may be personal is sealed, of addresses only host and path remain."""
    inquiry = capture.inquiry
    marks, origin = inquiry.utm, origin_of(inquiry, capture.intake)
    return Touch(
        touch_id=capture.touch_id,
        channel=capture.channel,
        intake=capture.intake,
        source=capture.source,
        kind=inquiry.kind,
        campaign=marks.get("campaign"),
        medium=origin.medium,
        utm_source=marks.get("source"),
        content=marks.get("content"),
        term=origin.term,
        click_ids=dict(inquiry.click_ids) or None,
        referrer_host=_split(inquiry.referrer)[0],
        landing_path=_split(inquiry.landing_page)[1],
        wanted_call_at=inquiry.wanted_call_at,
        is_test=inquiry.is_test,
        text=key.seal(inquiry.text[:MAX_TEXT]) if inquiry.text else None,
        details=_sealed(details, key) if details else None,
    )


def _sealed(details: Mapping[str, Any], key: CustomerKey) -> Sealed[dict[str, object]]:
    content = orjson.dumps(details)
    return Sealed(key.seal((content if len(content) <= MAX_DETAILS else _TOO_LARGE).decode()))


def _split(url: str | None) -> tuple[str | None, str | None]:
    """Host and path of an address; the query may hold personal data and is left out."""
    if not url:
        return None, None
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        return parts.hostname, (parts.path or "/")[:500]
    except ValueError:
        return None, None
