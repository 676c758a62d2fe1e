"""When a customer is to be talked to. Pure.

The paces that are proposed: gold every two weeks, silver in two to three, bronze in three, casual in three
and letters besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from events.contracts.analytics import Segment
from events.contracts.automation import CadenceRule, CadenceSetUp, ContactDue
from events.store import deterministic_id

DEFAULT: Final = CadenceSetUp(
    rules=(
        CadenceRule(segment="gold", days=14, latest_days=14),
        CadenceRule(segment="silver", days=14, latest_days=21),
        CadenceRule(segment="bronze", days=21, latest_days=21),
        CadenceRule(segment="casual", days=21, latest_days=21, nurture=True),
    )
)
LOOK_AGAIN: Final = timedelta(days=1)
"""How soon it is looked again whether the deal that keeps a customer off the list is closed."""


@dataclass(frozen=True)
class Contacts:
    """What is kept of a customer: ``told_for`` is the last contact after which it was said that the next is due."""

    customer_id: UUID
    segment: Segment
    last_contact_at: datetime
    days: int | None = None
    latest_days: int | None = None
    paused: bool = False
    told_for: datetime | None = None

    def pace(self, rules: CadenceSetUp) -> CadenceRule | None:
        """The pace that holds for this customer; None: none does."""
        own = next((rule for rule in rules.rules if rule.segment == self.segment), None)
        if self.paused:
            return None
        if self.days is not None:
            latest = max(self.days, self.latest_days or self.days)
            nurture = own.nurture if own else False
            return CadenceRule(segment=self.segment, days=self.days, latest_days=latest, nurture=nurture)
        return own

    def due_at(self, rules: CadenceSetUp) -> datetime | None:
        """When the next contact is due."""
        pace = self.pace(rules)
        return self.last_contact_at + timedelta(days=pace.days) if pace else None

    def is_due(self, rules: CadenceSetUp, now: datetime) -> bool:
        """It is time by the pace alone, and nothing was said of it yet."""
        due_at = self.due_at(rules)
        return due_at is not None and due_at <= now and self.told_for != self.last_contact_at


@dataclass(frozen=True)
class Decided:
    """What is said, if anything, and when to look again; None: when something has changed."""

    due: ContactDue | None
    looks_at: datetime | None


def decide(contacts: Contacts, customer: Mapping[str, Any], rules: CadenceSetUp, now: datetime) -> Decided:
    """``customer`` is what conditions may ask of one; of one who is not due nothing is asked. Who has an open deal is
    talked to anyway; who is on the black list is not.
    """
    pace, due_at = contacts.pace(rules), contacts.due_at(rules)
    if pace is None or due_at is None or contacts.told_for == contacts.last_contact_at:
        return Decided(None, None)
    if due_at > now:
        return Decided(None, due_at)
    if customer["open_deals"] or customer["is_blacklisted"]:
        return Decided(None, now + LOOK_AGAIN)
    due = ContactDue(
        occasion_id=deterministic_id("contact", contacts.customer_id, contacts.last_contact_at.isoformat()),
        customer_id=contacts.customer_id,
        segment=contacts.segment,
        last_contact_at=contacts.last_contact_at,
        latest_at=max(contacts.last_contact_at + timedelta(days=pace.latest_days), now),
        manager_id=customer["responsible"],
        nurture=pace.nurture,
    )
    return Decided(due, None)
