"""What automation asks of others; they decide, and answer once: with what they did, or why they did not.

What follows from a request in the service that answers carries the request's ``cause``, so that rules which fire each
other are counted through it. The answers are ``deal.request-answered.v1`` and ``customer.request-answered.v1``; for a
change of stage ``deal.stage-changed.v1`` with its ``request_id``, or ``deal.stage-change-refused.v1``.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from events.contracts.cause import Cause
from events.event import Event


class DealStageChangeRequested(Event):
    """Automation asks; deals decides."""

    type: ClassVar[str] = "deal.stage-change-requested.v1"

    request_id: UUID
    deal_id: UUID
    to_stage: str
    cause: Cause


class DealOpeningRequested(Event):
    """A deal is to be opened for the customer; a lead has one first sale. ``currency`` goes with an amount."""

    type: ClassVar[str] = "deal.opening-requested.v1"

    request_id: UUID
    customer_id: UUID
    lead_id: UUID | None = None
    pipeline: str
    stage: str | None = None
    deal_type: str
    amount: Decimal | None = None
    currency: str | None = None
    manager_id: str | None = None
    previous_deal_id: UUID | None = None
    cause: Cause


class DealTagsRequested(Event):
    """Tags are to be put on a deal and taken off it."""

    type: ClassVar[str] = "deal.tags-requested.v1"

    request_id: UUID
    deal_id: UUID
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    cause: Cause


class DealFieldsRequested(Event):
    """Custom fields of a deal are to be filled in; null clears one. ``add`` is added to numbers that stand there."""

    type: ClassVar[str] = "deal.fields-requested.v1"

    request_id: UUID
    deal_id: UUID
    fields: dict[str, Any]
    add: dict[str, float] | None = None
    cause: Cause


class DealReassignmentRequested(Event):
    """Another manager is to have the deal."""

    type: ClassVar[str] = "deal.reassignment-requested.v1"

    request_id: UUID
    deal_id: UUID
    manager_id: str
    cause: Cause


class DocumentMakingRequested(Event):
    """A document of the deal is to be made, by the built-in form of its kind or by a template."""

    type: ClassVar[str] = "document.making-requested.v1"

    request_id: UUID
    deal_id: UUID
    kind: str
    template: str | None = None
    language: str | None = None
    cause: Cause


class CustomerTagsRequested(Event):
    """Tags are to be put on a card and taken off it."""

    type: ClassVar[str] = "customer.tags-requested.v1"

    request_id: UUID
    customer_id: UUID
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    cause: Cause


class CustomerFieldsRequested(Event):
    """Custom fields of a card are to be filled in; null clears one. ``add`` is added to numbers that stand there."""

    type: ClassVar[str] = "customer.fields-requested.v1"

    request_id: UUID
    customer_id: UUID
    fields: dict[str, Any]
    add: dict[str, float] | None = None
    cause: Cause


class CustomerBlacklistingRequested(Event):
    """Nobody is to work with the person any more. ``reason`` are the words of the rule; leads seals them."""

    type: ClassVar[str] = "customer.blacklisting-requested.v1"

    request_id: UUID
    customer_id: UUID
    reason: str
    cause: Cause


class CustomerResponsibleRequested(Event):
    """Another manager is to answer for the customer, and for the open leads too where they go along."""

    type: ClassVar[str] = "customer.responsible-requested.v1"

    request_id: UUID
    customer_id: UUID
    manager_id: str
    with_leads: bool = True
    cause: Cause


class InteractionPlanningRequested(Event):
    """A meeting, visit, call or letter is to be planned with the customer; nobody named: with who has his open lead,
    else with who answers for him.
    """

    type: ClassVar[str] = "interaction.planning-requested.v1"

    request_id: UUID
    customer_id: UUID
    kind: str
    planned_at: datetime
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    manager_id: str | None = None
    cause: Cause


class RequestUnanswered(Event):
    """Another service was asked for something, and after hours has not answered. One that cannot do it says so itself
    (``gave_up``), and an answer that comes later still counts. ``request`` is the type of the request.
    """

    type: ClassVar[str] = "request.unanswered.v1"

    request_id: UUID
    request: str
    asked_at: datetime
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause | None = None


class TaskCompletionRequested(Event):
    """Open tasks about the subject named that were made before are done: of these kinds (none: all), made by these
    rules (none: by anybody). Automation answers itself, with ``task.completed.v1``.
    """

    type: ClassVar[str] = "task.completion-requested.v1"

    request_id: UUID
    result: str
    kinds: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause
