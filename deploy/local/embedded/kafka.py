"""Apache Kafka itself, one node in KRaft mode: the official image where a Docker engine answers, else its own jars."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from embedded.broker import answers
from embedded.engine import NoEngine, have
from embedded.kafka_jars import KafkaUnavailable, fetch_jars, find_java
from embedded.process import ChildProcess, ProcessFailed, Server, free_port

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

IMAGE = "apache/kafka:4.1.0"

_HOST = "127.0.0.1"
_CLUSTER_ID = "dm9yb25rYS10ZXN0LWNsdQ"  # 16 bytes in base64url, as Kafka wants it
_JAVA_OPTIONS = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_START_SECONDS = 90.0
_STOP_SECONDS = 30


class ApacheKafka(Server):
    """A broker on `port` of 127.0.0.1 (None takes a free one), whose log and settings live in `folder`.

    `used` tells after the first start which of the two it runs from: "container" or "jars"; it is also said on stderr.
    Unlike the embedded broker it keeps its topics over `kill` and `restart`. With `only_container` there are no jars.
    """

    def __init__(self, folder: Path, port: int | None = None, *, only_container: bool = False) -> None:
        self._folder = folder
        self._port = port or free_port()
        self._server: _Container | _Jars | None = None
        self.bootstrap = f"{_HOST}:{self._port}"
        self.used: str | None = None
        self._kinds: tuple[type[_Container | _Jars], ...] = (_Container,) if only_container else (_Container, _Jars)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, deadline: float = _START_SECONDS) -> None:
        """Returns when a metadata request is answered. Raises KafkaUnavailable, or ProcessFailed after `deadline` s."""
        if self._server is None:
            self._server = self._choose()
        self._server.start(deadline)

    def stop(self) -> None:
        """Orderly shutdown; what was acknowledged is kept."""
        if self._server is not None:
            self._server.stop()

    def kill(self) -> None:
        """SIGKILL; Kafka recovers its log at the next start."""
        if self._server is not None:
            self._server.kill()

    def lose_everything(self) -> None:
        """Kills it and removes its log; `start` then begins with an empty one."""
        if self._server is not None:
            self._server.lose_everything()

    def close(self) -> None:
        """Stops it for good; a container is removed."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _choose(self) -> _Container | _Jars:
        reasons = []
        for kind in self._kinds:
            try:
                server = kind(self._folder, self._port)
            except KafkaUnavailable as reason:
                reasons.append(str(reason))
                continue
            self.used = kind.name
            sys.stderr.write("; ".join([f"Apache Kafka runs from {server.origin}", *reasons]) + "\n")
            return server
        raise KafkaUnavailable("Apache Kafka cannot be run here: " + "; ".join(reasons))


class _Container:
    """The official image, by testcontainers."""

    name = "container"
    origin = f"a container of {IMAGE}"

    def __init__(self, folder: Path, port: int) -> None:
        self._bootstrap = f"{_HOST}:{port}"
        options = _properties(listen="0.0.0.0:9092", advertised=self._bootstrap, controller="localhost:9093")
        self._container = _started_container(port, {**options, "log.dirs": "/tmp/kafka-logs"})  # noqa: S108
        self._exists = True

    def start(self, deadline: float) -> None:
        if self._exists:
            self._container.get_wrapped_container().start()  # does nothing while it runs
        else:
            self._container.start()
            self._exists = True
        give_up = time.monotonic() + deadline
        while not answers(self._bootstrap):
            if time.monotonic() > give_up:
                out, err = self._container.get_logs()
                raise ProcessFailed(f"{IMAGE} was not ready within {deadline:g} s\n{(out + err)[-4000:].decode()}")
            time.sleep(0.1)

    def stop(self) -> None:
        self._container.get_wrapped_container().stop(timeout=_STOP_SECONDS)

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()
        self._container.get_wrapped_container().wait()

    def lose_everything(self) -> None:
        self.close()

    def close(self) -> None:
        self._container.stop()
        self._exists = False


class _Jars:
    """The broker's own jars under a Java of this machine."""

    name = "jars"

    def __init__(self, folder: Path, port: int) -> None:
        java, jars = find_java(), fetch_jars()
        self.origin = f"its jars in {jars}"
        bootstrap = f"{_HOST}:{port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._properties = folder / "server.properties"
        options = _properties(listen=bootstrap, advertised=bootstrap, controller=f"{_HOST}:{free_port()}")
        self._log_dir = folder / "data"
        options["log.dirs"] = str(self._log_dir)
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in options.items()))
        self._run = [java, *_JAVA_OPTIONS, "-Dorg.apache.logging.log4j.level=WARN", "-cp", f"{jars}/*"]
        self._server = ChildProcess(
            "Apache Kafka",
            [*self._run, "kafka.Kafka", str(self._properties)],
            log=folder / "kafka.log",
            ready=lambda: answers(bootstrap),
        )

    def start(self, deadline: float) -> None:
        if not (self._log_dir / "meta.properties").exists():
            self._format()
        self._server.start(deadline)

    def stop(self) -> None:
        self._server.stop(_STOP_SECONDS)

    def kill(self) -> None:
        self._server.kill()

    def lose_everything(self) -> None:
        self.kill()
        shutil.rmtree(self._log_dir)

    def close(self) -> None:
        self.stop()

    def _format(self) -> None:
        command = [*self._run, "kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(self._properties)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ProcessFailed(f"Apache Kafka's storage could not be made\n{done.stdout}{done.stderr}")


def _properties(*, listen: str, advertised: str, controller: str) -> dict[str, str]:
    """Broker configuration of one node that is its own controller; topics are never made by themselves."""
    return {
        "node.id": "1",
        "process.roles": "broker,controller",
        "listeners": f"PLAINTEXT://{listen},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{advertised}",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"1@{controller}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "broker.heartbeat.interval.ms": "500",
        "broker.session.timeout.ms": "3000",  # how long a killed broker is waited for when it comes back
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "offsets.topic.num.partitions": "4",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
    }


def _started_container(port: int, options: Mapping[str, str]) -> DockerContainer:
    # The image's own rule: A_B is a.b, with __ for _ and ___ for -
    names = {name: "KAFKA_" + name.replace("_", "__").replace("-", "___").replace(".", "_").upper() for name in options}
    try:
        have(IMAGE)
        from docker.errors import DockerException  # type: ignore[import-untyped]
        from testcontainers.core.container import DockerContainer
    except NoEngine as error:
        raise KafkaUnavailable(str(error)) from error
    container = DockerContainer(IMAGE).with_env("CLUSTER_ID", _CLUSTER_ID)
    # Docker takes an address here, with_bind_ports does not: without one, the whole network could connect
    container.ports["9092/tcp"] = (_HOST, port)  # type: ignore[assignment]
    container.with_envs(**{names[name]: value for name, value in options.items()})
    try:
        return container.start()
    except (DockerException, OSError) as error:
        raise KafkaUnavailable(f"no container: {error}") from error
