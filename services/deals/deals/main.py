"""The deals service: what it consists of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from events import intake_api
from events.app import Component, Runtime, Service
from events.auth import RawRoute, public
from events.consumer import Consumer
from events.intake import Intake
from events.intake_worker import IntakeWorker
from events.kafka import KafkaConfig
from events.keys_client import KeysClient
from events.privacy import CachedKeys
from events.relay import Relay
from events.sources import Guard, load_sources
from events.store import Store
from fastapi import APIRouter
from starlette.types import ASGIApp

from deals import api_deals, api_payments, pipelines
from deals.commands import Commands
from deals.desk import Desk
from deals.notifications import Notifications
from deals.providers import PROVIDERS
from deals.reactions import Reactions
from deals.settings import DealsSettings


@dataclass(frozen=True)
class Parts:
    """What routes and background parts share in one running service."""

    relay: Relay
    store: Store
    guard: Guard
    worker: IntakeWorker
    consumer: Consumer
    commands: Commands
    keys: CachedKeys


@lru_cache(maxsize=8)
def parts(runtime: Runtime) -> Parts:
    """Makes the parts of a service once."""
    settings: DealsSettings = runtime.settings
    found = pipelines.load(settings.pipelines_path)
    kafka = KafkaConfig.of(settings)
    relay = Relay("deals", runtime.pool, kafka)
    store = Store("deals", runtime.pool, relay.wake)
    sources = load_sources(settings.sources_path, PROVIDERS, least_secrets=1)
    client = KeysClient(settings.leads_url, settings.service_key)
    runtime.closing.push_async_callback(client.close)
    keys = CachedKeys(client)
    reactions = Reactions(
        found,
        open_on_qualified=settings.open_deal_on_qualified,
        currency=settings.default_currency,
        forget=keys.forget,
    )
    return Parts(
        relay,
        store,
        Guard(sources, PROVIDERS),
        IntakeWorker("deals", store, Notifications(sources).understand),
        Consumer(
            "deals.reactions", ["leads"], runtime.pool, kafka, reactions.apply, parks_streams=True, applied=relay.wake
        ),
        Commands(store, found),
        keys,
    )


def components(runtime: Runtime) -> Sequence[Component]:
    """The background parts."""
    made = parts(runtime)
    return [made.relay, made.worker, made.consumer]


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    """The HTTP API."""
    made = parts(runtime)
    settings: DealsSettings = runtime.settings
    return [
        api_deals.routes(Desk(runtime.pool, made.commands, made.keys, settings.default_currency)),
        api_payments.routes(runtime.pool, made.commands),
        api_payments.pipeline_routes(runtime.pool, made.commands.pipelines),
        intake_api.router(runtime.pool, made.worker),
    ]


def raw_routes(runtime: Runtime) -> Mapping[str, ASGIApp]:
    """``/in/{provider}/{source}``: where payment providers send their notifications."""
    made = parts(runtime)
    intake = Intake(
        "deals",
        runtime.pool,
        made.guard,
        made.worker.wake,
        max_body_bytes=runtime.settings.max_body_bytes,
        public_url=runtime.settings.public_url,
    )
    return {
        "/in": RawRoute(
            intake, public("payment providers prove themselves by their signature"), "/in/{provider}/{source}"
        )
    }


SERVICE = Service(
    name="deals",
    title="Deals",
    description="Deals through their pipelines, from the first contact to the payment or the reason for a loss.",
    migrations=Path(__file__).parents[1] / "migrations",
    settings=DealsSettings,
    routers=routers,
    components=components,
    raw_routes=raw_routes,
    subscribes=("leads",),
)
