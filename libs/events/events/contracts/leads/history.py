"""What another CRM tells of a deal that was, or still is, worked on there."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from events.contracts.deals.money import Money
from events.event import Event
from events.sealed import Sealed


class StageVisit(BaseModel):
    """The deal entered a stage (our code) at that time; it left it when it entered the next, or was closed."""

    model_config = ConfigDict(frozen=True)

    stage: str
    at: AwareDatetime


class DealHistoryReported(Event):
    """The life of a deal so far as its CRM keeps it; a later report of the deal is the whole history again.

    ``provider`` is the kind of CRM (``amocrm``, ``bitrix24``), ``source`` the account by its name in leads and
    ``provider_id`` the deal's id there: the three name one deal for ever. ``visits`` stand in the order of time and
    leave out stages of won and lost deals: how it ended is said by ``outcome`` with ``closed_at``. A lost deal needs
    ``reason`` (our code) and ``comment``: what the CRM says of it, at least the name that the reason has there.
    ``value`` is the deal's present one.
    """

    type: ClassVar[str] = "deal_history.reported.v1"

    lead_id: UUID
    customer_id: UUID
    provider: str
    source: str
    provider_id: str
    pipeline: str
    title: Sealed[str] | None = None
    value: Money | None = None
    manager_id: str | None = None
    direction: str | None = None
    opened_at: AwareDatetime
    visits: tuple[StageVisit, ...] = ()
    outcome: Literal["open", "won", "lost"] = "open"
    closed_at: AwareDatetime | None = None
    reason: str | None = None
    comment: Sealed[str] | None = None
