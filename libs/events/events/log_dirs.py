"""Kafka's DescribeLogDirs, which aiokafka does not have: sizes of topics and of the disks they lie on, by broker.

Version 4 of the message (https://kafka.apache.org/protocol#The_Messages_DescribeLogDirs), the first that tells how
large a disk is and what is left of it (KIP-827, Kafka 3.3).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import IncompatibleBrokerVersion, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

from events.kafka import KafkaConfig

_TAGS = ("tags", TaggedFields)
_PARTITIONS = CompactArray(("partition", Int32), ("size", Int64), ("lag", Int64), ("is_future", Boolean), _TAGS)
_TOPICS = CompactArray(("name", CompactString("utf-8")), ("partitions", _PARTITIONS), _TAGS)
_ASKED = CompactArray(("topic", CompactString("utf-8")), ("partitions", CompactArray(Int32)), _TAGS)


class _Answer(Response):  # type: ignore[misc]
    API_KEY = 35
    API_VERSION = 4
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "dirs",
            CompactArray(
                ("error_code", Int16),
                ("folder", CompactString("utf-8")),
                ("topics", _TOPICS),
                ("total", Int64),
                ("free", Int64),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _Asked(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 35
    API_VERSION = 4
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(("topics", _ASKED), _TAGS)


class _DescribeLogDirs(Request[_Asked]):  # type: ignore[misc]
    API_KEY: ClassVar[int] = 35

    def build(self, request_struct_class: type[_Asked]) -> _Asked:
        return request_struct_class(None, {})


@dataclass(frozen=True, slots=True)
class LogDir:
    """A folder of a broker: bytes of its disk, of these free, and what each topic takes."""

    broker: int
    folder: str
    total: int
    free: int
    topics: dict[str, int]


async def log_dirs(config: KafkaConfig) -> list[LogDir]:
    """Of every broker. Raises a ``KafkaError``: ``IncompatibleBrokerVersion`` where brokers do not tell it."""
    client = AIOKafkaClient(**config.client())
    await client.bootstrap()
    try:
        found: list[LogDir] = []
        for broker in client.cluster.brokers():
            answer = await client.send(broker.nodeId, _DescribeLogDirs())
            found += _read(broker.nodeId, answer.to_object())
    except NotImplementedError as error:
        raise IncompatibleBrokerVersion(str(error)) from None
    finally:
        await client.close()
    return found


def _read(broker: int, answer: dict[str, Any]) -> list[LogDir]:
    for code in (answer["error_code"], *(one["error_code"] for one in answer["dirs"])):
        if code:
            raise for_code(code)
    return [LogDir(broker, one["folder"], one["total"], one["free"], _sizes(one)) for one in answer["dirs"]]


def _sizes(folder: dict[str, Any]) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for topic in folder["topics"]:
        sizes[topic["name"]] += sum(partition["size"] for partition in topic["partitions"])
    return dict(sizes)
