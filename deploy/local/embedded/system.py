"""The whole system on one machine: PostgreSQL, broker, SMTP catcher and the four services, each a process of its own.

For a look, for tests and for development; not for production, because the broker keeps nothing (which costs no event:
the relays fill it again) and because secrets lie in the folder. What must last, lasts: the databases, the secrets and
the caught letters are found again by the next start.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from events.migrate import migrate

from embedded.broker import Broker, EmbeddedBroker
from embedded.postgres import Postgres
from embedded.process import ChildProcess, Server, free_port
from embedded.secrets import Secrets
from embedded.smtp import SmtpCatcher

ROOT = Path(__file__).resolve().parents[3]
SERVICES = ("leads", "deals", "automation", "analytics")
DEMO_PORTS = {"leads": 8101, "deals": 8102, "automation": 8103, "analytics": 8104}

Report = Callable[[str], None]


class System(Server):
    """Start with ``with System(home) as system``. ``ports`` of None are free ones; ``broker`` may be Apache Kafka."""

    def __init__(
        self,
        home: Path,
        *,
        ports: Mapping[str, int] | None = None,
        broker: Broker | None = None,
        services: tuple[str, ...] = SERVICES,
        environment: Mapping[str, str] | None = None,
        fsync: bool = True,
        report: Report = lambda what: None,
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.secrets = Secrets.of(home)
        self.ports = dict(ports) if ports else {service: free_port() for service in SERVICES}
        self.postgres = Postgres(home / "postgres", fsync=fsync)
        self.broker = broker or EmbeddedBroker(home / "log" / "broker.log")
        self.mail = SmtpCatcher(home / "mail", home / "log" / "smtp.log")
        self.services: dict[str, ChildProcess] = {}
        self._names = services
        self._environment = dict(environment or {})
        self._report = report

    def start(self) -> None:
        """Starts everything, returns when every service is ready; raises ``ProcessFailed`` with the tail of a log."""
        try:
            self._report("PostgreSQL 18")
            self.postgres.start()
            self._report("databases and migrations")
            self.migrate()
            self._report("the broker")
            self.broker.start()
            self._report("the SMTP catcher")
            self.mail.start()
            self._report("the four services")
            self.start_services()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops services first, each in its own time, then what they stand on."""
        with ThreadPoolExecutor(max_workers=len(SERVICES)) as at_once:
            list(at_once.map(ChildProcess.stop, self.services.values()))
        self.mail.stop()
        self.broker.stop()
        self.postgres.stop()

    def start_services(self) -> None:
        """Starts all services side by side and waits until they are ready."""
        for name in self._names:
            self.services[name] = self.service(name)
            self.services[name].spawn()
        for service in self.services.values():
            service.wait_until_ready(90)

    def service(self, name: str) -> ChildProcess:
        """The process of a service, not started."""
        return ChildProcess(
            f"the service {name}",
            [sys.executable, "-m", name],
            log=self.home / "log" / f"{name}.log",
            ready=lambda: _answers(f"{self.url(name)}/readyz"),
            env=self.environment(name),
            cwd=ROOT,
        )

    def url(self, service: str) -> str:
        """Address of a service's API."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def database_url(self, service: str) -> str:
        """Address of a service's database for its own, least, role."""
        at = self.postgres.dsn(f"voronka_{service}").rpartition("@")[2]
        return f"postgresql://voronka_{service}:{self.secrets.database_password}@{at}"

    def migrate(self) -> None:
        """Makes databases, roles and schemas; safe to run again."""
        for service in SERVICES:
            database = f"voronka_{service}"
            self.postgres.create_database(database)
            migrate(self.postgres.dsn(database), ROOT / "services" / service / "migrations")
            exists = self.postgres.query("SELECT 1 FROM pg_roles WHERE rolname = :'role'", role=database)
            verb = "ALTER" if exists.strip() else "CREATE"
            self.postgres.query(
                f"{verb} ROLE :\"role\" LOGIN PASSWORD :'password'",
                role=database,
                password=self.secrets.database_password,
            )
            self.postgres.query('GRANT voronka_service TO :"role"', role=database)
        # Builds of projections are schemas of their own, made and dropped by the service.
        self.postgres.query("GRANT CREATE ON DATABASE voronka_analytics TO voronka_analytics")

    def environment(self, service: str) -> dict[str, str]:
        """Variables that configure a service."""
        settings: dict[str, Any] = {
            "DATABASE_URL": self.database_url(service),
            "KAFKA_BOOTSTRAP": self.broker.bootstrap,
            # The embedded broker wakes no waiting fetch but looks again halfway through, and each look has its price:
            # looking every 5 ms for three consumers took nine tenths of a core while nothing happened.
            "KAFKA_FETCH_MAX_WAIT_MS": 10 if service == "analytics" else 100,
            "KAFKA_SESSION_TIMEOUT_MS": 6000 if not isinstance(self.broker, EmbeddedBroker) else 2000,
            "PORT": self.ports[service],
            "PUBLIC_URL": self.url(service),
            "BOOTSTRAP_KEY": self.secrets.admin_key,
            "API_KEYS": json.dumps(self.secrets.api_keys()),
            "SERVICE_KEY": self.secrets.service_key,
            "LEADS_URL": self.url("leads"),
        }
        match service:
            case "leads":
                settings["MASTER_KEY"] = self.secrets.master_key
                settings["INDEX_KEY"] = self.secrets.index_key
                settings["SOURCES_PATH"] = self._write("lead_sources.yaml", self.secrets.lead_sources())
            case "deals":
                settings["LINK_KEYS"] = self.secrets.link_key
                settings["DOCUMENTS_FOLDER"] = self.home / "documents"
                settings["SOURCES_PATH"] = self._write("payment_sources.yaml", self.secrets.payment_sources())
            case "automation":
                settings |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": self.mail.port, "COMPANY": "Voronka"}
                # The catcher of letters takes as many as come; the default spares a provider who does not.
                settings["EMAIL_PER_SECOND"] = 0
                settings["WEBHOOK_KEY"] = self.secrets.webhook_key
        return {f"VORONKA_{name}": str(value) for name, value in settings.items()} | self._environment

    def _write(self, name: str, content: object) -> str:
        path = self.home / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            yaml.safe_dump(content, file, allow_unicode=True)
        return str(path)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
