"""Deciders: ``decide`` is pure and may refuse, ``evolve`` is total and never fails.

``execute`` is the life of a command: load the stream, fold it, decide, append after the version that was read; when
another command was faster, load and decide again, three times at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Generic, TypeVar
from uuid import UUID

from events.event import Event
from events.store import Append, Appended, Cause, Conflict, Store

C = TypeVar("C")
S = TypeVar("S")

ATTEMPTS = 3


class Rejected(Exception):
    """A rule of the business refuses the command. ``code`` is stable, the message is for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Decider(Generic[C, S]):
    """The three parts of an aggregate."""

    initial: S
    decide: Callable[[C, S], Sequence[Event]]
    evolve: Callable[[S, Event], S]

    def fold(self, events: Iterable[Event], state: S | None = None) -> S:
        """The state after these events."""
        return reduce(self.evolve, events, self.initial if state is None else state)


@dataclass(frozen=True)
class Decision(Generic[S]):
    """What came of a command. ``appended`` is None where nothing had to happen."""

    state: S
    events: Sequence[Event]
    version: int
    appended: Appended | None


async def execute(
    store: Store,
    decider: Decider[C, S],
    stream_id: UUID,
    command: C,
    cause: Cause,
    occurred_at: datetime,
    expected_version: int | None = None,
) -> Decision[S]:
    """Runs a command on a stream.

    Raises :class:`Rejected` from the rules, :class:`Conflict` if others were faster three times or if the caller's
    ``expected_version`` (from If-Match) is not the stream's.
    """
    for attempt in range(1, ATTEMPTS + 1):
        history = await store.load(stream_id)
        version = len(history)
        if expected_version is not None and expected_version != version:
            raise Conflict
        state = decider.fold(entry.event for entry in history)
        events = decider.decide(command, state)
        if not events:
            return Decision(state, (), version, None)
        try:
            appended = await store.commit(Append(stream_id, version, events, cause, occurred_at))
        except Conflict:
            if attempt == ATTEMPTS:
                raise
            continue
        return Decision(decider.fold(events, state), events, appended.version, appended)
    raise AssertionError("unreachable")
