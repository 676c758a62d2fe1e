"""The automation service: rules make tasks and letters out of what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from events.app import Component, Runtime, Service
from events.consumer import Consumer
from events.kafka import KafkaConfig
from events.keys_client import KeysClient
from events.privacy import CachedKeys
from events.relay import Relay
from events.store import Store
from fastapi import APIRouter

from automation.asked.wiring import AskedWiring
from automation.cadence.wiring import CadenceWiring
from automation.lists.wiring import ListsWiring
from automation.mailings.wiring import MailingsWiring
from automation.messages.shelf import known_files
from automation.messages.wiring import MessagesWiring, opened_shelf
from automation.names import Names, Uses
from automation.privacy.wiring import PrivacyWiring
from automation.questionnaires.wiring import QuestionnairesWiring
from automation.react import React, Reactions
from automation.refill.wiring import RefillWiring
from automation.rules.rule import SOURCES
from automation.rules.wiring import RulesWiring
from automation.sequences.wiring import SequencesWiring
from automation.settings import AutomationSettings
from automation.staff.wiring import StaffWiring
from automation.tasks.wiring import TasksWiring
from automation.timing.settling import Settling
from automation.timing.wiring import TimingWiring
from automation.webhooks.wiring import WebhooksWiring

NAME = "automation"


def _now() -> datetime:
    return datetime.now(UTC)


class Package(Protocol):
    """What a package adds to the service; its ``wiring.py`` makes it."""

    def routers(self) -> Sequence[APIRouter]:
        """Its HTTP API; of two routes that match, the one of the package named first answers."""

    def components(self) -> Sequence[Component]:
        """Its background parts."""

    def reactions(self) -> Sequence[React]:
        """What follows from events beside the effects of rules."""


@dataclass(frozen=True)
class Parts:
    """What the routes and the background parts of one process share."""

    relay: Relay
    store: Store
    keys: CachedKeys
    rules: RulesWiring
    packages: Sequence[Package]


@lru_cache(maxsize=8)
def parts(runtime: Runtime) -> Parts:
    """Makes the parts of a service once. Raises ConfigurationError where rules or templates cannot be used."""
    settings: AutomationSettings = runtime.settings
    relay = Relay(NAME, runtime.pool, KafkaConfig.of(settings))
    store = Store(NAME, runtime.pool, relay.wake)
    client = KeysClient(settings.leads_url, settings.service_key)
    runtime.closing.push_async_callback(client.close)
    keys = CachedKeys(client)
    shelf = opened_shelf(runtime)
    names = Names(runtime.pool, shelf)
    rules = RulesWiring(runtime, store, known_files(shelf.files), names.known, _now)
    named = Uses(runtime.pool, rules.rules).named
    messages = MessagesWiring(runtime, store, keys, shelf, named, _now)
    tasks = TasksWiring(runtime, store, keys, _now)
    timing = TimingWiring(runtime, store, keys, rules.rules, _now)
    staff = StaffWiring(runtime, store, _now)
    webhooks = WebhooksWiring(runtime, store, keys, named, _now)
    sequences = SequencesWiring(runtime, store, names.known, named, _now)
    mailings = MailingsWiring(runtime, store, names.known, _now)
    questionnaires = QuestionnairesWiring(runtime, store, keys, _now)
    cadence = CadenceWiring(store, _now)
    packages: Sequence[Package] = [
        tasks,
        rules,
        timing,
        cadence,
        messages,
        sequences,
        mailings,
        ListsWiring(),
        AskedWiring(store),
        questionnaires,
        staff,
        webhooks,
        PrivacyWiring(store, keys),
        RefillWiring(runtime),
    ]
    return Parts(relay, store, keys, rules, packages)


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    """The HTTP API."""
    return [router for package in parts(runtime).packages for router in package.routers()]


def components(runtime: Runtime) -> Sequence[Component]:
    """The background parts."""
    made = parts(runtime)
    of_packages = [component for package in made.packages for component in package.components()]
    consumer = _consumer(runtime, made)
    return [made.relay, consumer, Settling(runtime.pool, consumer), *of_packages]


def _consumer(runtime: Runtime, made: Parts) -> Consumer:
    settings: AutomationSettings = runtime.settings
    others = [react for package in made.packages for react in package.reactions()]
    reactions = Reactions(made.rules.rules, settings.language, made.keys.forget, others)
    return Consumer(
        "automation.rules",
        SOURCES,
        runtime.pool,
        KafkaConfig.of(settings),
        reactions.apply,
        parks_streams=True,
        applied=made.relay.wake,
        max_records=500,
    )


SERVICE = Service(
    name=NAME,
    title="Automation",
    description="Rules that make tasks for managers and letters to customers out of what happens.",
    migrations=Path(__file__).parent.parent / "migrations",
    settings=AutomationSettings,
    routers=routers,
    components=components,
    subscribes=SOURCES,
)
