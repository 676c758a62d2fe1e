"""The life of a mailing. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from events.contracts.automation import (
    MailingFinished,
    MailingPortionRequested,
    MailingPrepared,
    MailingStarted,
    MailingStopped,
)
from events.decider import Decider, Rejected
from events.event import Event

MailingState = Literal["draft", "sending", "stopped", "finished"]


@dataclass(frozen=True, slots=True)
class NoMailing:
    """Nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A mailing as it stands."""

    prepared: MailingPrepared
    state: MailingState = "draft"
    at: datetime | None = None


Mailing = NoMailing | Known


@dataclass(frozen=True, slots=True)
class Prepare:
    """Write it down."""

    mailing: MailingPrepared


@dataclass(frozen=True, slots=True)
class Start:
    """Send it, from ``at`` on. ``sees`` are the lines of business of who says so; None: all."""

    mailing_id: UUID
    at: datetime
    sees: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Send nothing more. ``reason``: why, where nobody said so."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A portion is requested; ``recipients`` is how many there are in all, if it was the last one."""

    after: UUID
    until: UUID | None
    messages: int
    recipients: int | None = None


Command = Prepare | Start | Request | Stop


def decide(command: Command, state: Mailing) -> Sequence[Event]:
    """The events of a command; none where it is already so.

    Raises ``Rejected`` (already_exists, no_mailing, not_a_draft, over).
    """
    match command, state:
        case Prepare(mailing=mailing), NoMailing():
            return [mailing]
        case Prepare(mailing=mailing), Known(prepared=prepared):
            if mailing != prepared:
                raise Rejected("already_exists", "This Idempotency-Key was used for another mailing.")
            return []
        case _, NoMailing():
            raise Rejected("no_mailing", "There is no such mailing.")
        case Start(), Known(state="sending"):
            return []
        case Start(mailing_id=mailing_id, at=at), Known(state="draft"):
            return [MailingStarted(mailing_id=mailing_id, at=at)]
        case Start(), Known():
            raise Rejected("over", "The mailing is over: prepare another one.")
        case Stop(reason=reason), Known(prepared=prepared, state="draft" | "sending"):
            return [MailingStopped(mailing_id=prepared.mailing_id, reason=reason)]
        case Request(), Known(prepared=prepared, state="sending"):
            return list(_requested(command, prepared.mailing_id))
    return []


def _requested(command: Request, mailing_id: UUID) -> Iterator[Event]:
    if command.until is not None:
        yield MailingPortionRequested(
            mailing_id=mailing_id, after=command.after, until=command.until, messages=command.messages
        )
    if command.recipients is not None:
        yield MailingFinished(mailing_id=mailing_id, recipients=command.recipients)


def evolve(state: Mailing, event: Event) -> Mailing:
    """The state after an event; total."""
    match event, state:
        case MailingPrepared(), NoMailing():
            return Known(event)
        case MailingStarted(), Known(state="draft"):
            return replace(state, state="sending", at=event.at)
        case MailingStopped(), Known():
            return replace(state, state="stopped")
        case MailingFinished(), Known():
            return replace(state, state="finished")
    return state


MAILING: Decider[Command, Mailing] = Decider(NoMailing(), decide, evolve)
