"""What channels tell besides inquiries, with where it came from."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from events.store import Cause, deterministic_id
from events.webhooks import Unreadable

from leads.channels import CallSign, View
from leads.channels.base import Delivery

_MOST_AHEAD: Final = timedelta(days=1)


def interaction_id(intake: str, source: str, provider_id: str) -> UUID:
    """The id of what a provider calls ``provider_id``."""
    return deterministic_id("interaction", intake, source, provider_id)


@dataclass(frozen=True, slots=True)
class CallTold:
    """A sign of a call; ``interaction_id`` is the call's, whichever sign comes first."""

    sign: CallSign
    intake: str
    source: str
    direction: str | None
    cause: Cause
    received_at: datetime
    interaction_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        """Raises ``Unreadable`` for a time that cannot be true."""
        _check(self.sign.occurred_at, self.received_at)
        object.__setattr__(self, "interaction_id", interaction_id(self.intake, self.source, self.sign.call_id))


@dataclass(frozen=True, slots=True)
class ViewTold:
    """What a visitor of a site saw."""

    view: View
    source: str
    cause: Cause
    received_at: datetime

    def __post_init__(self) -> None:
        """Raises ``Unreadable`` for a time that cannot be true."""
        _check(self.view.occurred_at, self.received_at)


@dataclass(frozen=True, slots=True)
class DeliveryTold:
    """What became of a message; ``message_id`` is ours, where the provider repeats it or an address made of it."""

    delivery: Delivery
    intake: str
    source: str
    cause: Cause
    received_at: datetime
    delivery_id: UUID = field(init=False)
    message_id: UUID | None = field(init=False)

    def __post_init__(self) -> None:
        """Raises ``Unreadable`` for a time that cannot be true."""
        _check(self.delivery.occurred_at, self.received_at)
        message = self.delivery.message
        object.__setattr__(self, "delivery_id", deterministic_id("delivery", self.intake, self.source, message))
        object.__setattr__(self, "message_id", _own(self.delivery.named or message))


def _own(message: str) -> UUID | None:
    """Letters of automation are called `<message_id>@<domain>`."""
    try:
        return UUID(message.partition("@")[0])
    except ValueError:
        return None


def _check(occurred_at: datetime, received_at: datetime) -> None:
    if occurred_at - received_at > _MOST_AHEAD:
        raise Unreadable("the time lies more than a day in the future")
