"""What the chart renders, run as processes of this machine: the Jobs' commands, then the containers', with their
variables and mounted files, the roles of roles.sql, and a broker: the embedded one, or Apache Kafka with the topics and
users of deploy/platform, who may do no more than stands there.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError
from embedded.broker import EmbeddedBroker
from embedded.postgres import Postgres
from embedded.process import ChildProcess, free_port
from embedded.system import Secrets, _answers
from events.envelope import topic_of
from events.kafka import KafkaConfig, producer
from events.reference import SERVICES
from rendered_chart import ROOT, Manifest, objects, of_kind, pods, rendered
from secured_kafka import PASSWORD, SecuredKafka
from voronka.client import Api

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(300)]

PLATFORM = ROOT / "deploy" / "platform"
ROLES = PLATFORM / "postgres" / "roles.sql"
Broker = Callable[[ExitStack, Path], Awaitable[str]]


class Mounted:
    """A container's variables with every mounted file where this machine may have it."""

    def __init__(self, folder: Path, postgres: Postgres, secrets: Secrets) -> None:
        self._folder = folder
        self._postgres = postgres
        keys = f'[{{"key": "{secrets.service_key}", "name": "services", "roles": ["service"]}}]'
        self._content = {
            "VORONKA_MASTER_KEY_FILE": secrets.master_key,
            "VORONKA_INDEX_KEY_FILE": secrets.index_key,
            "VORONKA_LINK_KEYS_FILE": secrets.link_key,
            "VORONKA_WEBHOOK_KEY_FILE": secrets.webhook_key,
            "VORONKA_BOOTSTRAP_KEY_FILE": secrets.admin_key,
            "VORONKA_SERVICE_KEY_FILE": secrets.service_key,
            "VORONKA_API_KEYS_FILE": keys,
            "VORONKA_KAFKA_SASL_PASSWORD_FILE": PASSWORD,
        }

    def variables(self, pod: Manifest, service: str, role: str) -> dict[str, str]:
        """Of the one container of a pod, whose database is reached as ``role``."""
        given = {one["name"]: one["value"] for one in pod["spec"]["containers"][0]["env"]}
        place = self._postgres.dsn(f"voronka_{service}").rpartition("@")[2]
        content = self._content | {"VORONKA_DATABASE_URL_FILE": f"postgresql://{role}:secret@{place}"}
        for name, value in given.items():
            if name.endswith("_FILE") and value.startswith("/etc/voronka/secrets/"):
                file = self._folder / f"{role}-{name}"
                file.write_text(content[name])
                given[name] = str(file)
            elif value.startswith("/etc/voronka/files/"):
                given[name] = str(self._folder / value.removeprefix("/etc/voronka/files/"))
        return given


def _run(job: Manifest, mounted: Mounted) -> None:
    command = job["spec"]["containers"][0]["command"]
    assert command[0] == "python"
    service = command[3]
    environment = os.environ | mounted.variables(job, service, f"voronka_{service}_owner")
    done = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


async def _embedded(stack: ExitStack, folder: Path) -> str:
    """Values for the broker without users."""
    broker = stack.enter_context(EmbeddedBroker(folder / "broker.log"))
    return f"kafka.bootstrapServers={broker.bootstrap},settings.kafka_session_timeout_ms=2000"


async def _with_users(stack: ExitStack, folder: Path) -> str:
    """Values for Apache Kafka with the platform's users."""
    manifests = [one for path in (PLATFORM / "kafka").glob("*.yaml") for one in objects(path.read_text())]
    topics, users = of_kind(manifests, "KafkaTopic"), of_kind(manifests, "KafkaUser")
    broker = SecuredKafka(folder / "kafka", [one["metadata"]["name"] for one in users])
    stack.callback(broker.stop)
    await asyncio.to_thread(broker.start)
    await broker.arrange(topics, users)
    await _refused_to_write_the_topic_of_another(broker)
    logins = [
        f"services.{service}.kafka.{name}={value}"
        for service in SERVICES
        for name, value in (("username", f"voronka-{service}"), ("existingSecret", "kafka"))
    ]
    connection = [f"kafka.bootstrapServers={broker.bootstrap}", "kafka.securityProtocol=SASL_PLAINTEXT"]
    return ",".join([*connection, *logins])


async def _refused_to_write_the_topic_of_another(broker: SecuredKafka) -> None:
    config = KafkaConfig(broker.bootstrap, "SASL_PLAINTEXT", "SCRAM-SHA-512", "voronka-leads", PASSWORD)
    made = producer(config)
    await made.start()
    try:
        with pytest.raises(TopicAuthorizationFailedError):
            await made.send_and_wait(topic_of("deals"), b"{}", partition=0)
    finally:
        await made.stop()


@pytest.mark.parametrize("broker", [_embedded, _with_users], ids=["embedded broker", "users of the platform"])
async def test_a_request_becomes_a_report_in_what_the_chart_renders(
    broker: Broker, reachable_tmp: Path, tmp_path: Path
) -> None:
    secrets, ports = Secrets(), {service: free_port() for service in SERVICES}
    with ExitStack() as stack:
        # given
        postgres = Postgres(reachable_tmp / broker.__name__, fsync=False)
        stack.callback(postgres.stop, "immediate")
        postgres.start()
        postgres.query(ROLES.read_text(), **dict.fromkeys((*SERVICES, "owners"), "secret"))
        found = pods(rendered("minimal", "--set", await broker(stack, tmp_path)))
        mounted = Mounted(tmp_path, postgres, secrets)

        # when
        for name, job in found.items():
            if name.startswith("Job/"):
                await asyncio.to_thread(_run, job, mounted)
        processes = [_process(found, service, mounted, ports, tmp_path) for service in SERVICES]
        for process in processes:
            stack.callback(process.stop)
            process.spawn()
        for process in processes:
            await asyncio.to_thread(process.wait_until_ready, 120)

        # then
        url = "http://127.0.0.1:{}".format
        async with (
            Api(url(ports["leads"]), secrets.admin_key) as leads,
            Api(url(ports["analytics"]), secrets.admin_key) as analytics,
        ):
            await leads.post("/leads", {"name": "Анна", "phones": ["+79123456789"]})
            async with asyncio.timeout(60):
                while (await analytics.get("/counts"))["touches"] != 1:
                    await asyncio.sleep(0.1)


def _process(
    found: dict[str, Manifest], service: str, mounted: Mounted, ports: dict[str, int], folder: Path
) -> ChildProcess:
    pod = found[f"Deployment/v-voronka-{service}-api"]
    container = pod["spec"]["containers"][0]
    environment: dict[str, Any] = mounted.variables(pod, service, f"voronka_{service}")
    if "VORONKA_LEADS_URL" in environment:
        assert environment["VORONKA_LEADS_URL"] == "http://v-voronka-leads:80"
        environment["VORONKA_LEADS_URL"] = f"http://127.0.0.1:{ports['leads']}"
    environment |= {"VORONKA_HOST": "127.0.0.1", "VORONKA_PORT": str(ports[service])}
    environment["VORONKA_METRICS_PORT"] = str(free_port())
    probe = container["readinessProbe"]["httpGet"]["path"]
    return ChildProcess(
        f"{service}, as rendered",
        [sys.executable, *container["command"][1:]],
        log=folder / f"{service}.log",
        ready=lambda: _answers(f"http://127.0.0.1:{ports[service]}{probe}"),
        env=environment,
        cwd=folder,
    )
