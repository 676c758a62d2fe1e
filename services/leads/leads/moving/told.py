"""What another CRM tells, with where it came from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from events.store import Cause, deterministic_id

from leads.channels.base import Answering, Company, Membership, PastContact, PastDeal
from leads.touch import touch_id

T = TypeVar("T", PastContact, PastDeal, Company | Membership, Answering)


@dataclass(frozen=True, slots=True)
class _Told(Generic[T]):
    fact: T
    channel: str
    source: str
    direction: str | None
    cause: Cause
    received_at: datetime

    def id_of(self, kind: str, their_id: str) -> UUID:
        """Our id of a thing of this source."""
        return deterministic_id(kind, self.channel, self.source, their_id)

    def touch_id(self, request_id: str) -> UUID:
        """The id of a request of this source."""
        return touch_id(self.channel, self.source, request_id)


class ContactTold(_Told[PastContact]):
    """A contact, a task or a note."""


class DealTold(_Told[PastDeal]):
    """The life of a deal."""


class CompanyTold(_Told[Company | Membership]):
    """A company, or who acts for one."""


class AnsweringTold(_Told[Answering]):
    """Who answers for a person."""
