"""Fetching one thing that a request has named: by a durable task, never while the request is understood.

What was fetched is stored as a request of its own. What cannot be fetched puts the naming request into quarantine with
the reason; a replay asks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from events.outgoing import Refused, Trouble
from events.quarantine import INFRASTRUCTURE
from events.store import Append, Cause, Connection, Store, deterministic_id
from events.tasks import Done, NewTask, Retry, Task, add
from events.webhooks import Source

from leads.channels.pulled import Pulled
from leads.pulling.polling import store
from leads.sources.live import LiveSources

KIND = "leads.fetch"
ATTEMPTS = 12
_QUARANTINE = """
UPDATE intake SET state = 'quarantined', reason = $2, settled_at = clock_timestamp() WHERE id = $1 AND state = 'ignored'
"""


class Fetcher(Protocol):
    """Fetches one thing of a channel's sources by the provider's id."""

    async def fetch(self, source: Source, reference: str) -> Pulled:
        """Raises ``Trouble`` and ``Refused``."""
        ...


@dataclass(frozen=True, slots=True)
class FetchTold:
    """A stored request names something to be fetched."""

    request_id: UUID
    channel: str
    source: str
    reference: str
    cause: Cause
    received_at: datetime


async def ask(connection: Connection, told: Sequence[FetchTold]) -> Sequence[Append]:
    """Adds a task for each, in the transaction that understands the requests; no event says so."""
    await add(connection, [_task(one) for one in told])
    return ()


class Fetching:
    """Runs these tasks."""

    def __init__(self, pool_store: Store, sources: LiveSources, fetchers: Mapping[str, Fetcher], stored: Any) -> None:
        """``stored`` is called after each commit: it wakes the intake's worker."""
        self._store = pool_store
        self._sources = sources
        self._fetchers = fetchers
        self._stored = stored

    async def fetch(self, task: Task) -> Done:
        """Fetches and stores; what it came to is told by the stored request."""
        channel, name, reference = (str(task.payload[field]) for field in ("channel", "source", "reference"))
        async with self._store.pool.acquire() as connection:
            await self._sources.cover(connection, [(channel, name)])
        source, fetcher = self._sources.get((channel, name)), self._fetchers.get(channel)
        try:
            if source is None or fetcher is None:
                raise Refused("the source is no more")
            fetched = await fetcher.fetch(source, reference)
        except Trouble as trouble:
            if task.attempts < ATTEMPTS:
                raise Retry(str(trouble), trouble.seconds) from None
            return _given_up(task, str(trouble))
        except Refused as refused:
            return _given_up(task, str(refused))
        except INFRASTRUCTURE:
            raise
        except Exception as defect:
            if task.attempts < ATTEMPTS:
                raise
            return _given_up(task, type(defect).__name__)
        async with self._store.pool.acquire() as connection, connection.transaction():
            await store(connection, source, [fetched], datetime.now(UTC))
        self._stored()
        return Done()


def _given_up(task: Task, reason: str) -> Done:
    """Into quarantine as the task ends, not before: a replay meanwhile would find the task there and add none."""
    request_id = UUID(str(task.payload["request_id"]))

    async def quarantine(connection: Connection) -> None:
        await connection.execute(_QUARANTINE, request_id, f"could not be fetched: {reason}"[:500])

    return Done(write=quarantine)


def _task(told: FetchTold) -> NewTask:
    payload = {
        "request_id": str(told.request_id),
        "channel": told.channel,
        "source": told.source,
        "reference": told.reference,
    }
    task_id = deterministic_id("fetch", told.request_id, told.reference)
    return NewTask(task_id, KIND, payload, told.received_at, told.cause)
