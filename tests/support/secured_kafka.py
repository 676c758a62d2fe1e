"""Apache Kafka as `deploy/platform/kafka` has it, but for TLS and copies: users by SCRAM, each with the rights of its
KafkaUser and no more, topics that are made beforehand.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.admin import CreateAclsRequest
from embedded.broker import answers
from embedded.kafka_jars import fetch_jars, find_java
from embedded.process import ChildProcess, Server, free_port

PASSWORD = "kafka-secret"

# Numbers of the protocol: org.apache.kafka.common.resource.ResourceType and PatternType, common.acl.AclOperation.
_RESOURCES = {"topic": 2, "group": 3, "cluster": 4}
_PATTERNS = {"literal": 3, "prefix": 4}
_OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8}
_ALLOW = 3

_JAAS = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class SecuredKafka(Server):
    """``bootstrap`` asks for a user; ``admin`` does not, and takes everything: who comes that way is a super user."""

    def __init__(self, folder: Path, users: Sequence[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.bootstrap, self.admin, controller = (f"127.0.0.1:{free_port()}" for _ in range(3))
        self._users = users
        self._properties = folder / "server.properties"
        options = {
            "node.id": "1",
            "process.roles": "broker,controller",
            "listeners": f"SASL_PLAINTEXT://{self.bootstrap},ADMIN://{self.admin},CONTROLLER://{controller}",
            "listener.security.protocol.map": "SASL_PLAINTEXT:SASL_PLAINTEXT,ADMIN:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "ADMIN",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@{controller}",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config": _JAAS,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": "1",
            "log.dirs": str(folder / "data"),
        }
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in options.items()))
        self._run = [find_java(), "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", f"{fetch_jars()}/*"]
        self._server = ChildProcess(
            "Apache Kafka with users",
            [*self._run, "kafka.Kafka", str(self._properties)],
            log=folder / "kafka.log",
            ready=lambda: answers(self.admin),
        )

    def start(self) -> None:
        """Makes the storage with its users, and returns when the broker answers."""
        users = [f"SCRAM-SHA-512=[name={user},password={PASSWORD}]" for user in self._users]
        options = [part for user in users for part in ("--add-scram", user)]
        format_ = ["kafka.tools.StorageTool", "format", "-t", "dm9yb25rYS10ZXN0LWNsdQ", "-c", str(self._properties)]
        subprocess.run([*self._run, *format_, *options], capture_output=True, check=True)
        self._server.start(90)

    def stop(self) -> None:
        self._server.stop(30)

    async def arrange(self, topics: Iterable[dict[str, Any]], users: Iterable[dict[str, Any]]) -> None:
        """Makes the topics and rights of KafkaTopic and KafkaUser manifests, one copy of each partition."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.admin)
        await admin.start()
        try:
            wanted = [NewTopic(one["metadata"]["name"], one["spec"]["partitions"], 1) for one in topics]
            made = await admin.create_topics(wanted)
            assert all(code == 0 for _, code, *_ in made.topic_errors)
            for user in users:
                for rule in user["spec"]["authorization"]["acls"]:
                    for operation in rule["operations"]:
                        await self._allow(admin, user["metadata"]["name"], rule["resource"], operation)
        finally:
            await admin.close()

    async def _allow(self, admin: AIOKafkaAdminClient, user: str, resource: dict[str, str], operation: str) -> None:
        request = CreateAclsRequest(
            _RESOURCES[resource["type"]],
            resource["name"],
            _PATTERNS[resource.get("patternType", "literal")],
            f"User:{user}",
            "*",
            _OPERATIONS[operation],
            _ALLOW,
        )
        # aiokafka knows the request, and has no method for it.
        answer = await admin._send_request(request)
        ((code, message),) = answer.creation_responses
        assert code == 0, message
