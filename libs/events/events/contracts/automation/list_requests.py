"""What automation asks of leads about a list of customers; leads answers with ``list.read.v1``, or says why not."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from events.event import Event


class ListReadingRequested(Event):
    """Who is on the list now? For a mailing, for a sequence that they are to enter, or for a rule that is to be started
    for each. ``directions`` are the lines of business that who asked for it sees; none told: all.
    """

    type: ClassVar[str] = "list.reading-requested.v1"

    request_id: UUID
    list_id: UUID
    mailing_id: UUID | None = None
    sequence: str | None = None
    rule: str | None = None
    directions: tuple[str, ...] | None = None
