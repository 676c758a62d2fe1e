"""The envelope: CloudEvents 1.0 in Kafka's binary mode.

The value of a record is the stored JSON byte for byte, the attributes are headers, so that a reader can skip a
duplicate or an unwanted type without parsing JSON, and the relay is a pump of bytes. Attribute names follow the
CloudEvents core specification and its *sequence*, *partitioning*, *recordedtime* and *correlation* extensions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from events.event import Event, decode

SHARDS = 16


def shard_of(stream_id: UUID) -> int:
    """The shard, and Kafka partition, of a stream: the low four bits of its id (SQL twin: ``event_shard``)."""
    return stream_id.int & (SHARDS - 1)


def topic_of(service: str) -> str:
    """The topic that publishes a service's events."""
    return f"voronka.{service}.v1"


class Malformed(ValueError):
    """A record that is not one of our envelopes: an attribute is missing or unreadable."""


@dataclass(frozen=True)
class Recorded:
    """An event as it stands in the log. ``occurred_at`` is business time, ``recorded_at`` the time of its append."""

    service: str
    shard: int
    position: int
    stream_id: UUID
    version: int
    id: UUID
    type: str
    body: bytes
    actor: str
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    occurred_at: datetime
    recorded_at: datetime

    @cached_property
    def event(self) -> Event:
        """The decoded event; raises ``UnknownEvent`` or ``pydantic.ValidationError``."""
        return decode(self.type, self.body)


# Attribute -> expression over a row of ``events``. The database renders the bytes, so that the relay only carries them.
ATTRIBUTES = {
    "ce_type": "type",
    "ce_id": "id::text",
    "ce_subject": "stream_id::text",
    "ce_sequence": "lpad(position::text, 20, '0')",
    "ce_streamversion": "version::text",
    "ce_time": "to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')",
    "ce_recordedtime": "to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')",
    "ce_actor": "actor",
    "ce_correlationid": "correlation_id::text",
    "ce_causationid": "causation_id::text",
    "traceparent": "traceparent",
}
_NAMES = tuple(ATTRIBUTES)
_FIXED = (("content-type", b"application/json"), ("ce_specversion", b"1.0"))


def headers(source: bytes, values: Iterable[bytes | None]) -> list[tuple[str, bytes]]:
    """Kafka headers from the CloudEvents source and the values of ``ATTRIBUTES``, in their order; None is left out."""
    return [*_FIXED, ("ce_source", source), *[(n, v) for n, v in zip(_NAMES, values, strict=True) if v is not None]]


class Received:
    """A record as it came from Kafka: attributes are bytes until somebody asks."""

    __slots__ = ("attributes", "body", "offset", "position", "shard", "source", "type")

    def __init__(
        self, topic: str, partition: int, offset: int, record_headers: Iterable[tuple[str, bytes]], body: bytes | None
    ) -> None:
        """Raises :class:`Malformed` where not even the position can be read."""
        self.attributes = dict(record_headers)
        self.source = topic
        self.shard = partition
        self.offset = offset
        self.body = body or b""
        try:
            self.position = int(self.attributes["ce_sequence"])
            self.type = self.attributes["ce_type"].decode()
        except (KeyError, ValueError) as error:
            raise Malformed(f"{type(error).__name__}: {error}") from error

    @property
    def stream_id(self) -> UUID:
        """The stream; raises :class:`Malformed`."""
        try:
            return UUID(self.attributes["ce_subject"].decode())
        except (KeyError, ValueError) as error:
            raise Malformed(f"{type(error).__name__}: {error}") from error

    def recorded(self) -> Recorded:
        """The whole envelope; raises :class:`Malformed`, never anything else."""
        attributes = self.attributes
        try:
            causation = attributes.get("ce_causationid")
            traceparent = attributes.get("traceparent")
            return Recorded(
                service=self.source.split(".")[1],
                shard=self.shard,
                position=self.position,
                stream_id=UUID(attributes["ce_subject"].decode()),
                version=int(attributes["ce_streamversion"]),
                id=UUID(attributes["ce_id"].decode()),
                type=self.type,
                body=self.body,
                actor=attributes["ce_actor"].decode(),
                correlation_id=UUID(attributes["ce_correlationid"].decode()),
                causation_id=UUID(causation.decode()) if causation else None,
                traceparent=traceparent.decode() if traceparent else None,
                occurred_at=datetime.fromisoformat(attributes["ce_time"].decode()),
                recorded_at=datetime.fromisoformat(attributes["ce_recordedtime"].decode()),
            )
        except (KeyError, ValueError, IndexError) as error:
            raise Malformed(f"{type(error).__name__}: {error}") from error
