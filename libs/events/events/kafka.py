"""How this project speaks to Kafka: one place for connection, topics and client settings.

FastStream's and aiokafka's defaults lose events (``acks=1``, auto-commit before the handler, ``latest`` for a new
group, topics created with one partition); what we rely on instead is pinned by ``tests/test_framework.py``.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiokafka.client
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, TopicAlreadyExistsError, for_code
from aiokafka.protocol.admin import DeleteGroupsRequest
from aiokafka.protocol.metadata import MetadataRequest
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from events.envelope import SHARDS
from events.settings import Settings

MAX_BATCH_BYTES = 900_000
SEND_MS = 5_000
EMBEDDED_CLUSTER_ID = "voronka-embedded"

# aiokafka's clients ask the broker to make every topic it does not know, with no setting against it; a consumer that
# outlives the loss of the log would thereby make it with the broker's default number of partitions.
aiokafka.client.MetadataRequest = partial(MetadataRequest, allow_auto_topic_creation=False)

_send = AIOKafkaConnection.send


def _send_or_close(connection: AIOKafkaConnection, request: Any, expect_response: bool = True) -> Any:
    """What aiokafka expects of a connection just closed is an ``OSError``; uvloop raises a ``RuntimeError``.

    It would end the task that fetches metadata, and with it all that the client waits for.
    """
    try:
        answer = _send(connection, request, expect_response)
    except RuntimeError as error:
        connection.close(CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"connection to {connection.host}:{connection.port} is closed") from error
    return _answered_or_closed(connection, answer)


async def _answered_or_closed(connection: AIOKafkaConnection, answer: Awaitable[Any]) -> Any:
    """A request for metadata that is never answered leaves aiokafka's connection open, and the next goes there too: to
    a host that is gone, for the quarter of an hour that the kernel needs to give it up.
    """
    try:
        return await answer
    except TimeoutError:
        connection.close(CloseReason.CONNECTION_TIMEOUT)
        raise


AIOKafkaConnection.send = _send_or_close


@dataclass(frozen=True, slots=True)
class KafkaConfig:
    """Where the brokers are and how to log in.

    ``fetch_max_wait_ms`` bounds how late an idle broker delivers. ``session_timeout_ms`` is how long a dead consumer
    keeps its partitions; the embedded broker also takes half of it for a member to join. ``group_instance_id`` makes
    membership static (KIP-345): a restart within the session causes no rebalance.
    """

    bootstrap: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = None
    ca_file: str | None = None
    replication_factor: int = 1
    fetch_max_wait_ms: int = 20
    session_timeout_ms: int = 10_000
    group_instance_id: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> KafkaConfig:
        """From a service's settings."""
        sasl = settings.kafka_security_protocol.startswith("SASL")
        password = settings.kafka_sasl_password
        return cls(
            bootstrap=settings.kafka_bootstrap,
            security_protocol=settings.kafka_security_protocol,
            sasl_mechanism=settings.kafka_sasl_mechanism if sasl else None,
            sasl_username=settings.kafka_sasl_username,
            sasl_password=password.get_secret_value() if password else None,
            ca_file=str(settings.kafka_ssl_cafile) if settings.kafka_ssl_cafile else None,
            replication_factor=settings.kafka_replication_factor,
            fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
            session_timeout_ms=settings.kafka_session_timeout_ms,
            group_instance_id=settings.kafka_group_instance_id,
        )

    def client(self) -> dict[str, Any]:
        """Arguments every aiokafka client takes."""
        result: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
            "retry_backoff_ms": 500,
        }
        if self.security_protocol in ("SSL", "SASL_SSL"):
            result["ssl_context"] = ssl.create_default_context(cafile=self.ca_file)
        if self.sasl_mechanism:
            result |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        return result

    def faststream(self) -> dict[str, Any]:
        """The same for a FastStream broker."""
        context = self.client().get("ssl_context")
        tls = context is not None
        security: BaseSecurity | None = BaseSecurity(ssl_context=context, use_ssl=True) if tls else None
        if self.sasl_mechanism:
            kind = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}[
                self.sasl_mechanism
            ]
            security = kind(
                username=self.sasl_username or "", password=self.sasl_password or "", ssl_context=context, use_ssl=tls
            )
        return {"bootstrap_servers": self.bootstrap, "security": security, "retry_backoff_ms": 500}


def producer(config: KafkaConfig) -> AIOKafkaProducer:
    """A producer for the relay.

    Not idempotent: consumers drop duplicates by position, and the idempotent mode ends in a fatal state after an
    out-of-order answer (aiokafka issue 1017); the embedded broker does not know it either. A batch is sent again by
    itself for ``SEND_MS``, and has failed or was acknowledged after twice that.
    """
    return AIOKafkaProducer(
        **config.client(),
        acks="all",
        max_batch_size=MAX_BATCH_BYTES,
        max_request_size=2 * MAX_BATCH_BYTES,
        request_timeout_ms=SEND_MS,
        compression_type=None,
    )


async def missing_topics(config: KafkaConfig, *topics: str) -> list[str]:
    """Those that the broker does not have; raises a ``KafkaError`` if it cannot be reached."""
    async with _admin(config) as admin:
        return sorted(set(topics) - set(await admin.list_topics()))


@dataclass(frozen=True, slots=True)
class Seen:
    """A cluster as a client sees it: its id, how many brokers it has, and the partitions of each topic."""

    cluster_id: str | None
    brokers: int
    partitions: dict[str, int]


async def seen_by(config: KafkaConfig) -> Seen:
    """What these settings lead to; raises a ``KafkaError`` if the broker cannot be reached."""
    async with _admin(config) as admin:
        cluster = await admin.describe_cluster()
        topics = await admin.describe_topics()
        counted = {topic["topic"]: len(topic["partitions"]) for topic in topics}
        return Seen(cluster["cluster_id"], len(cluster["brokers"]), counted)


async def ensure_topics(config: KafkaConfig, *topics: str, anew: bool = False) -> list[str]:
    """Makes missing topics with 16 partitions and unlimited retention, never left to auto-creation; returns the made.

    A topic is made by the relay of its service alone, while nobody publishes. With ``anew`` an embedded broker loses
    those that exist, and they are made empty; no other broker does.
    Raises a ``KafkaError`` if the broker cannot be reached or refuses.
    """
    async with _admin(config) as admin:
        missing = sorted(set(topics) - set(await admin.list_topics()))
        made = await _create(admin, missing, config.replication_factor) if missing else []
        if (made or anew) and (await admin.describe_cluster())["cluster_id"] == EMBEDDED_CLUSTER_ID:
            # It accepts records for a topic that is not there, and they spoil the topic that is made afterwards. Only
            # the deletion of a topic takes them away.
            spoilt = sorted(topics) if anew else made
            await admin.delete_topics(spoilt)
            made = await _create(admin, spoilt, config.replication_factor)
        return made


async def free_group(config: KafkaConfig, group: str) -> None:
    """Makes an embedded broker forget a consumer group; does nothing to any other broker.

    When members leave while another joins, it waits for ever for those who are gone, and nobody joins any more. What is
    lost are the group's offsets, which are hints. Raises a ``KafkaError`` if the broker cannot be reached.
    """
    async with _admin(config) as admin:
        if (await admin.describe_cluster())["cluster_id"] == EMBEDDED_CLUSTER_ID:
            await admin._send_request(DeleteGroupsRequest([group]), await admin.find_coordinator(group))


@asynccontextmanager
async def _admin(config: KafkaConfig) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**config.client(), request_timeout_ms=8_000)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, topics: Iterable[str], replication_factor: int) -> list[str]:
    """Those that did not exist by then."""
    response = await admin.create_topics(
        [NewTopic(name, SHARDS, replication_factor, topic_configs={"retention.ms": "-1"}) for name in topics]
    )
    made = []
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        if not code:
            made.append(name)
        elif error is not TopicAlreadyExistsError:
            raise error(f"{name}: {message}")
    return made
