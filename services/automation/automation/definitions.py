"""What people keep by the API, in versions: rules, sequences, templates, questionnaires, mailings, calendars, paces.

The life of a command on one of them: lock, decide on its stream, write its row and append, in one transaction. So what
was saved is in force at once, and row and stream never tell different things. Calendars and paces have no row of their
own: the consumer writes what it reads of them beside what leads tells.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar
from uuid import UUID

from events.decider import ATTEMPTS, Decider, Rejected
from events.event import Event
from events.problems import Conflict, NotFound, StaleVersion, Unavailable
from events.store import Append, Appended, Cause, Connection, Store, append_all, load
from events.store import Conflict as Contested

C = TypeVar("C")
S = TypeVar("S")

_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


@dataclass(frozen=True)
class Change(Generic[S]):
    """What a command came to: ``state`` after it, ``revision`` events high. No ``events`` where it was so already."""

    state: S
    revision: int
    events: Sequence[Event]

    @property
    def is_first(self) -> bool:
        """Nothing stood in the stream before."""
        return self.revision == len(self.events)


AS_SAID: Final[Decider[Event, Event | None]] = Decider(
    None, lambda said, last: [] if said == last else [said], lambda last, said: said
)
"""Of what is set up as a whole: the newest event is how it stands, and the same again is none."""

Keep = Callable[[Connection, Change[S]], Awaitable[Sequence[Append] | None]]
"""Writes the row of what has changed, and gives what other streams are to tell of it. May raise ``Rejected``."""


async def alone(connection: Connection, name: object) -> None:
    """Others who ask for the same name wait until the transaction ends."""
    await connection.execute(_ALONE, str(name))


@dataclass(frozen=True)
class Definitions(Generic[C, S]):
    """All of one kind, which errors call by ``noun``. ``unknown``: the codes of refusals of what is not there.

    ``lock``: who changes one of them waits for whoever changes any; None: only for whoever changes the same one.
    """

    noun: str
    decider: Decider[C, S]
    unknown: frozenset[str]
    store: Store
    now: Callable[[], datetime]
    lock: Callable[[Connection], Awaitable[object]] | None = None

    async def state(self, stream_id: UUID) -> tuple[S, int]:
        """One of them, and its revision."""
        history = await self.store.load(stream_id)
        return self.decider.fold(entry.event for entry in history), len(history)

    async def run(
        self, stream_id: UUID, command: C, cause: Cause, keep: Keep[S] | None = None, expected: int | None = None
    ) -> Change[S]:
        """Runs a command; ``keep`` writes its row, if it has one. Raises ``NotFound``, ``Conflict``, ``StaleVersion``
        unless ``expected`` is the revision, and ``Unavailable`` where others were faster again and again.
        """
        for _ in range(ATTEMPTS):
            try:
                change, decisions, appended = await self._once(stream_id, command, cause, keep, expected)
            except Contested:
                continue
            except Rejected as rejected:
                kind = NotFound if rejected.code in self.unknown else Conflict
                raise kind(str(rejected), code=rejected.code) from None
            self.store.count(decisions, appended)
            return change
        raise Unavailable(f"Others are changing this {self.noun} at this moment.", retry_after=1)

    async def _once(
        self, stream_id: UUID, command: C, cause: Cause, keep: Keep[S] | None, expected: int | None
    ) -> tuple[Change[S], Sequence[Append], Sequence[Appended]]:
        async with self.store.pool.acquire() as connection, connection.transaction():
            await (self.lock(connection) if self.lock else alone(connection, stream_id))
            history = await load(connection, self.store.service, stream_id)
            before = len(history)
            if expected is not None and expected != before:
                raise StaleVersion(f"The {self.noun} is at revision {before}, not {expected}.")
            state = self.decider.fold(entry.event for entry in history)
            events = self.decider.decide(command, state)
            change = Change(self.decider.fold(events, state), before + len(events), events)
            if not events:
                return change, (), ()
            others = await keep(connection, change) if keep else None
            decisions = [Append(stream_id, before, events, cause, self.now()), *(others or ())]
            return change, decisions, await append_all(connection, decisions)
