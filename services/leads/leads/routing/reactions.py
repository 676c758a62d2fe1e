"""What leads does when it hears itself: a captured or judged lead is routed, a closed one leaves its call lists.

Runs in the transaction of the consumer's watermark. Each event is answered once: the answer stands under its id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from events import tasks
from events.contracts.leads import LeadCaptured, LeadDisqualified, LeadQualified
from events.envelope import Received, Recorded
from events.privacy import Keyring
from events.sources import Sources
from events.store import Append, Cause, Connection, Store, append_all

from leads.routing import call_entries
from leads.routing.call_entry import LEAD_CLOSED, Remove
from leads.routing.distribution import Asked, On, route

ACTOR: Final = "service:leads"
_TYPES: Final = frozenset((LeadCaptured.type, LeadQualified.type, LeadDisqualified.type))


class Reactions:
    """The reaction to the own log, and the handler of the tasks by which leads wait for somebody to be there.

    What an event says is not read: the tables say it already, and are newer.
    """

    def __init__(self, store: Store, keyring: Keyring, sources: Sources, now: Callable[[], datetime]) -> None:
        self._store = store
        self._keyring = keyring
        self._sources = sources
        self._now = now

    async def react(self, connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
        """Routes what a batch tells of."""
        known = [record.recorded() for record in records if record.type in _TYPES]
        now = self._now()
        appends: list[Append] = []
        for part in _parts([_asked(record) for record in known if record.type != LeadDisqualified.type]):
            appends += await route(connection, self._keyring, self._sources, part, now)
        closed = {record.stream_id: _cause(record) for record in known if record.type == LeadDisqualified.type}
        if closed:
            appends += await call_entries.close_those_of(
                connection, self._store.service, closed, Remove(LEAD_CLOSED), now
            )
        return appends

    async def ask_again(self, task: tasks.Task) -> Sequence[Append]:
        """Routes a lead that waited; commits by itself, so that a second run finds it answered."""
        asked = Asked(UUID(task.payload["lead_id"]), task.id, task.cause, task.payload["on"])
        async with self._store.pool.acquire() as connection, connection.transaction():
            decisions = await route(connection, self._keyring, self._sources, [asked], self._now())
            appended = await append_all(connection, decisions)
        self._store.count(decisions, appended)
        return ()


def _asked(record: Recorded) -> Asked:
    on: On = "captured" if record.type == LeadCaptured.type else "qualified"
    return Asked(record.stream_id, record.id, _cause(record), on)


def _cause(record: Recorded) -> Cause:
    return Cause(ACTOR, record.correlation_id, record.id, record.traceparent)


def _parts(asked: Sequence[Asked]) -> list[list[Asked]]:
    """The batch in parts, each of which asks for a lead once; the order of a lead's events is kept."""
    parts: list[list[Asked]] = []
    times: dict[UUID, int] = {}
    for one in asked:
        number = times.get(one.lead_id, 0)
        times[one.lead_id] = number + 1
        if number == len(parts):
            parts.append([])
        parts[number].append(one)
    return parts
