"""Tests of event-sourced code, as sentences: ``given(events).when(command).then(events)``; and records without Kafka.

Shipped with the library so that a service's tests read alike and nobody fakes the envelope in his own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import UUID, uuid5

from events.decider import Decider, Rejected
from events.envelope import Received, shard_of, topic_of
from events.event import Event
from events.store import ROOT

C = TypeVar("C")
S = TypeVar("S")

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Given(Generic[C, S]):
    """A stream's history, and the decider under test."""

    decider: Decider[C, S]
    events: Sequence[Event]

    def when(self, command: C) -> When:
        """Decides the command on the folded history."""
        state = self.decider.fold(self.events)
        try:
            return When(list(self.decider.decide(command, state)), None)
        except Rejected as rejected:
            return When([], rejected)


@dataclass(frozen=True)
class When:
    """What the decision was."""

    events: list[Event]
    rejected: Rejected | None

    def then(self, *expected: Event) -> None:
        """Exactly these events."""
        assert self.rejected is None, f"rejected: {self.rejected}"
        assert self.events == list(expected)

    def then_nothing(self) -> None:
        """Accepted, and nothing happened."""
        self.then()

    def then_rejected(self, code: str) -> None:
        """Refused with this code."""
        assert self.rejected is not None, f"accepted: {self.events}"
        assert self.rejected.code == code


def given(decider: Decider[C, S], *events: Event) -> Given[C, S]:
    """The start of a sentence."""
    return Given(decider, events)


def received(
    event: Event,
    stream_id: UUID,
    position: int,
    *,
    version: int = 1,
    service: str | None = None,
    shard: int | None = None,
    occurred_at: datetime = AT,
    recorded_at: datetime = AT,
    actor: str = "test",
    event_id: UUID | None = None,
    causation_id: UUID | None = None,
    offset: int | None = None,
    body: bytes | None = None,
) -> Received:
    """A record as Kafka would deliver it. The shard is the stream's unless given; the id is that of the store."""
    attributes = {
        "ce_type": event.type,
        "ce_id": str(event_id or uuid5(stream_id, str(version))),
        "ce_subject": str(stream_id),
        "ce_sequence": f"{position:020d}",
        "ce_streamversion": str(version),
        "ce_time": occurred_at.isoformat(),
        "ce_recordedtime": recorded_at.isoformat(),
        "ce_actor": actor,
        "ce_correlationid": str(uuid5(ROOT, str(stream_id))),
    }
    if causation_id is not None:
        attributes["ce_causationid"] = str(causation_id)
    return Received(
        topic_of(service or event.owner()),
        shard_of(stream_id) if shard is None else shard,
        position - 1 if offset is None else offset,
        [(name, value.encode()) for name, value in attributes.items()],
        event.to_json() if body is None else body,
    )


class Log:
    """A log of several services in memory: appends give the positions and versions that the store would give."""

    def __init__(self) -> None:
        self.records: list[Received] = []
        self._positions: dict[tuple[str, int], int] = {}
        self._versions: dict[UUID, int] = {}

    def append(
        self, stream_id: UUID, *events: Event, occurred_at: datetime = AT, actor: str = "test"
    ) -> list[Received]:
        """Appends events to a stream; returns their records."""
        added = []
        for event in events:
            shard = (topic_of(event.owner()), shard_of(stream_id))
            self._positions[shard] = position = self._positions.get(shard, 0) + 1
            self._versions[stream_id] = version = self._versions.get(stream_id, 0) + 1
            added.append(
                received(
                    event,
                    stream_id,
                    position,
                    version=version,
                    occurred_at=occurred_at,
                    recorded_at=occurred_at,
                    actor=actor,
                )
            )
        self.records.extend(added)
        return added

    def by_shard(self) -> list[list[Received]]:
        """The records of each shard, in order: what may be interleaved in any way, but not reordered."""
        shards: dict[tuple[str, int], list[Received]] = {}
        for record in self.records:
            shards.setdefault((record.source, record.shard), []).append(record)
        return list(shards.values())
