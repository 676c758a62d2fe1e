"""Who gets a lead and what becomes of it until it is judged: managers, hand-overs, call lists."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.cause import Cause
from events.event import Event
from events.sealed import Sealed

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CallResult = Literal["reached", "refused", "wrong_number", "no_answer", "busy", "call_later"]


class WorkingWindow(BaseModel):
    """A part of every such weekday, by the wall clock of the manager: ``09:00`` to ``18:00``; ``24:00`` ends a day."""

    model_config = ConfigDict(frozen=True)

    weekday: Weekday
    opens: str
    closes: str


class ManagerSetUp(Event):
    """What a manager may get, where he belongs and when he works, from now on. Empty lists mean everything."""

    type: ClassVar[str] = "manager.set-up.v1"

    manager_id: str
    name: str
    active: bool
    department: str | None = None
    teams: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    time_zone: str = "UTC"
    working_hours: tuple[WorkingWindow, ...] = ()
    calendar: str | None = None
    open_limit: int | None = None
    weight: int = 1


class ManagerAbsent(Event):
    """A manager is not there from ``starts`` until before ``ends``; his own customers go to the deputy."""

    type: ClassVar[str] = "manager.absent.v1"

    manager_id: str
    absence_id: UUID
    starts: datetime
    ends: datetime
    reason: str
    deputy_id: str | None = None


class ManagerAbsenceCancelled(Event):
    """The manager is there after all."""

    type: ClassVar[str] = "manager.absence-cancelled.v1"

    manager_id: str
    absence_id: UUID


class LeadTaken(Event):
    """The manager responsible began to work on the lead: the end of its wait. Once until it changes hands."""

    type: ClassVar[str] = "lead.taken.v1"

    lead_id: UUID
    customer_id: UUID
    manager_id: str


class LeadReturned(Event):
    """Nobody is responsible any more: the lead stands among the unsorted again, for a reason from a list."""

    type: ClassVar[str] = "lead.returned.v1"

    lead_id: UUID
    customer_id: UUID
    previous_manager_id: str
    reason: str
    comment: Sealed[str] | None = None


class LeadPostponed(Event):
    """Nothing is to be done before ``until``."""

    type: ClassVar[str] = "lead.postponed.v1"

    lead_id: UUID
    customer_id: UUID
    until: datetime
    manager_id: str | None = None
    comment: Sealed[str] | None = None


class LeadReopened(Event):
    """A disqualified lead is open again; ``previous_reason`` is why it was closed."""

    type: ClassVar[str] = "lead.reopened.v1"

    lead_id: UUID
    customer_id: UUID
    previous_reason: str
    manager_id: str | None = None
    comment: Sealed[str] | None = None
    cause: Cause | None = None


class CallListLeadAdded(Event):
    """A lead waits on a call list from ``due_at`` on; ``rule`` is the rule of distribution that put it there."""

    type: ClassVar[str] = "call_list.lead-added.v1"

    entry_id: UUID
    call_list: str
    lead_id: UUID
    customer_id: UUID
    due_at: datetime
    direction: str | None = None
    rule: str | None = None


class CallListLeadCalled(Event):
    """A call was tried. Without ``next_call_at`` the entry is done, and ``outcome`` says how (``unreachable`` too)."""

    type: ClassVar[str] = "call_list.lead-called.v1"

    entry_id: UUID
    call_list: str
    lead_id: UUID
    customer_id: UUID
    manager_id: str
    result: CallResult
    attempt: int
    next_call_at: datetime | None = None
    outcome: str | None = None
    comment: Sealed[str] | None = None


class CallListLeadRemoved(Event):
    """The entry is done without a further call: taken off by hand, or its lead was closed (``lead_closed``)."""

    type: ClassVar[str] = "call_list.lead-removed.v1"

    entry_id: UUID
    call_list: str
    lead_id: UUID
    customer_id: UUID
    reason: str
