"""The open work of a manager changes hands: for good, or for a time."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from events.event import Event


class HandoverRequested(Event):
    """The open work of a manager is to go to another; none: to whom the rules of distribution give it.

    It begins at ``starts_at`` (none: at once). With ``until`` it is a substitution: then the work goes back.
    """

    type: ClassVar[str] = "handover.requested.v1"

    handover_id: UUID
    from_manager_id: str
    to_manager_id: str | None = None
    reason: str
    customers: int | None = None
    starts_at: datetime | None = None
    until: datetime | None = None


class HandoverCompleted(Event):
    """All that leads knows of it has changed hands; what nobody could be found for is counted in ``left``."""

    type: ClassVar[str] = "handover.completed.v1"

    handover_id: UUID
    from_manager_id: str
    to_manager_id: str | None = None
    customers: int
    leads: int
    left: int
    organisations: int | None = None
    contacts: int | None = None


class HandoverReturned(Event):
    """What had been handed over went back; ``stayed`` is what others answer for by now, or what is closed."""

    type: ClassVar[str] = "handover.returned.v1"

    handover_id: UUID
    from_manager_id: str
    returned: int
    stayed: int


class InteractionReassigned(Event):
    """A planned contact, or a missed call that is to be returned, is another manager's now."""

    type: ClassVar[str] = "interaction.reassigned.v1"

    interaction_id: UUID
    manager_id: str
    previous_manager_id: str | None = None
    customer_id: UUID | None = None
    handover_id: UUID | None = None
