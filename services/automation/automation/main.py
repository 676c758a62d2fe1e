"""The automation service: rules make tasks and letters out of what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from events.app import Component, Runtime, Service
from events.consumer import Consumer
from events.kafka import KafkaConfig
from events.keys_client import KeysClient
from events.privacy import CachedKeys
from events.relay import Relay
from events.settings import ConfigurationError
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from automation.actions.effect import Known
from automation.messages import api as messages_api
from automation.messages import letters
from automation.messages.sending import GIVE_UP_AFTER, KIND, Sending
from automation.messages.smtp import Server
from automation.react import Reactions
from automation.rules import api as rules_api
from automation.rules import file as rules_file
from automation.rules.rule import SOURCES, Rules
from automation.settings import AutomationSettings
from automation.tasks import api as tasks_api
from automation.tasks import desk
from automation.tasks.falling_due import FallingDue

NAME = "automation"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Parts:
    """What the API and the background parts of one process share."""

    templates: letters.Templates
    rules: Rules
    keys: CachedKeys
    relay: Relay
    store: Store


@lru_cache(maxsize=4)
def _parts(runtime: Runtime) -> _Parts:
    """Raises ConfigurationError where rules or templates cannot be used."""
    settings: AutomationSettings = runtime.settings
    try:
        templates = letters.Templates(settings.templates_dir or letters.SHIPPED)
        loaded = rules_file.load(settings.rules_file, Known(templates.names))
    except (rules_file.RulesInvalid, letters.TemplateInvalid) as error:
        raise ConfigurationError(str(error)) from None
    relay = Relay(NAME, runtime.pool, KafkaConfig.of(settings))
    client = KeysClient(settings.leads_url, settings.service_key)
    runtime.closing.push_async_callback(client.close)
    keys = CachedKeys(client)
    return _Parts(templates, loaded, keys, relay, Store(NAME, runtime.pool, relay.wake))


def _routers(runtime: Runtime) -> Sequence[APIRouter]:
    parts = _parts(runtime)
    tasks = desk.Tasks(parts.store, parts.keys, runtime.settings.language, _now)
    return [tasks_api.router(tasks), rules_api.router(parts.rules), messages_api.router(runtime.pool)]


def _components(runtime: Runtime) -> Sequence[Component]:
    parts, settings = _parts(runtime), runtime.settings
    reactions = Reactions(parts.rules, settings.language, parts.keys.forget)
    consumer = Consumer(
        "automation.rules",
        SOURCES,
        runtime.pool,
        KafkaConfig.of(settings),
        reactions.apply,
        parks_streams=True,
        applied=parts.relay.wake,
        max_records=500,
    )
    sending = Sending(
        pool=runtime.pool,
        keys=parts.keys,
        templates=parts.templates,
        server=_server(settings),
        sender=settings.sender,
        language=settings.language,
        company=settings.company,
        now=_now,
    )
    worker = Worker(
        "automation.letters", parts.store, {KIND: sending}, abandoned=sending.abandoned, give_up_after=GIVE_UP_AFTER
    )
    return [parts.relay, consumer, worker, FallingDue(parts.store, _now)]


def _server(settings: AutomationSettings) -> Server:
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        timeout_seconds=settings.smtp_timeout_seconds,
    )


SERVICE = Service(
    name=NAME,
    title="Automation",
    description="Rules that make tasks for managers and letters to customers out of what happens.",
    migrations=Path(__file__).parent.parent / "migrations",
    settings=AutomationSettings,
    routers=_routers,
    components=_components,
    subscribes=SOURCES,
)
