"""The leads service: takes in requests from every channel, keeps one card per person, hands leads to managers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from events import intake_api
from events.app import Component, Runtime, Service
from events.auth import RawRoute, public
from events.intake import Intake
from events.intake_worker import IntakeWorker
from events.kafka import KafkaConfig
from events.privacy import Keyring
from events.relay import Relay
from events.store import Store
from fastapi import APIRouter
from starlette.types import ASGIApp

from leads import admin_api, api, leads_api, new_lead, reactions
from leads.asked.answering import Answering
from leads.capture import Capturer
from leads.card import erasure
from leads.card.wiring import CardWiring
from leads.cards import Cards
from leads.heard import listening
from leads.identity import wiring as identity
from leads.imports import lead_rows, mapping
from leads.imports.becoming import BecameTold, Becoming
from leads.imports.wiring import Imports
from leads.interactions.wiring import Interactions
from leads.lists.wiring import Lists
from leads.marketing import wiring as marketing
from leads.moving import companies
from leads.privacy import erasing
from leads.privacy.wiring import PrivacyWiring
from leads.recording import Recording
from leads.routing.wiring import Routing
from leads.search import wiring as search
from leads.settings import LeadsSettings
from leads.sources.wiring import SourceParts
from leads.understand import Understanding, Webhooks

NAME = "leads"


@dataclass(frozen=True)
class _Parts:
    """What the routes and the background parts of one process share."""

    relay: Relay
    worker: IntakeWorker
    store: Store
    sources: SourceParts
    capturer: Capturer
    recording: Recording
    routing: Routing
    interactions: Interactions
    lists: Lists
    imports: Imports
    card: CardWiring
    privacy: PrivacyWiring


@lru_cache(maxsize=1)
def _parts(runtime: Runtime) -> _Parts:
    settings: LeadsSettings = runtime.settings
    master = settings.master()
    capturer = Capturer(Keyring(master), settings.blind, settings.phone_region)
    relay = Relay(NAME, runtime.pool, KafkaConfig.of(settings))
    store = Store(NAME, runtime.pool, appended=relay.wake)
    sources = SourceParts(runtime, store, master, capturer)
    interactions = Interactions(store, capturer, sources.live, sources.outgoing, settings)
    becoming = Becoming(settings.disqualification_reasons)
    understanding = Understanding(
        capturer,
        Webhooks(sources.live),
        {new_lead.INTAKE: new_lead.parse, mapping.INTAKE: lead_rows.parse},
        interactions.touched,
        {**interactions.recorders, **sources.recorders, BecameTold: becoming},
        sources.contacts.missing,
    )
    lists = Lists(store, capturer)
    return _Parts(
        relay,
        IntakeWorker(NAME, store, sources.knowing(understanding)),
        store,
        sources,
        capturer,
        Recording(store, capturer, interactions.touched),
        Routing(store, capturer.keyring, sources.live, settings.disqualification_reasons),
        interactions,
        lists,
        Imports(store, capturer, lists.desk, becoming),
        CardWiring(runtime, store, capturer, sources.live),
        PrivacyWiring(store, capturer, master),
    )


def _routers(runtime: Runtime) -> Sequence[APIRouter]:
    parts = _parts(runtime)
    pool, capturer = runtime.pool, parts.capturer
    return [
        api.router(parts.recording, pool),
        *parts.sources.routers(),
        *parts.lists.routers(),
        *parts.imports.routers(),
        *parts.interactions.routers(),
        *marketing.routers(parts.store, parts.recording),
        *parts.routing.routers(),
        leads_api.leads_router(pool),
        leads_api.customers_router(pool, Cards(pool, capturer.keyring), capturer.blind, capturer.region),
        *identity.routers(parts.store, capturer, parts.card.desk),
        search.routes(pool, capturer),
        *parts.card.routers(),
        *parts.privacy.routers(),
        admin_api.keys_router(pool, capturer.keyring),
        admin_api.counts_router(pool),
        intake_api.router(pool, parts.worker, parts.sources.live),
    ]


def _components(runtime: Runtime) -> Sequence[Component]:
    parts = _parts(runtime)
    reacting = reactions.consumer(
        parts.store,
        KafkaConfig.of(runtime.settings),
        erasure.forget,
        companies.forget,
        identity.reaction(runtime.settings, parts.capturer).react,
        search.reaction(parts.capturer).react,
        parts.lists.sealed.react,
        listening.forget,
        erasing.forget,
        parts.routing.reactions.react,
    )
    workers = (
        parts.worker,
        parts.routing.worker,
        parts.interactions.worker,
        parts.lists.worker,
        parts.imports.worker,
        parts.card.worker,
        *parts.privacy.workers,
    )
    reasons = runtime.settings.disqualification_reasons
    answering = Answering(parts.capturer.keyring, parts.card.desk.edits, reasons)
    hearing = listening.consumer(
        parts.store, KafkaConfig.of(runtime.settings), answering.react, parts.lists.telling.react
    )
    return [parts.relay, reacting, hearing, *workers, *parts.sources.components(parts.worker)]


def _raw_routes(runtime: Runtime) -> Mapping[str, ASGIApp]:
    parts, settings = _parts(runtime), runtime.settings
    intake = Intake(
        NAME,
        runtime.pool,
        parts.sources.guard,
        parts.worker.wake,
        max_body_bytes=settings.max_inquiry_bytes,
        public_url=settings.public_url,
    )
    return {
        "/in": RawRoute(
            parts.sources.door(intake),
            public("each source is proved by its provider's signature"),
            "/in/{channel}/{source}",
        )
    }


SERVICE = Service(
    name=NAME,
    title="Leads",
    description="Takes in requests from every channel, keeps one card per person, hands leads to managers.",
    migrations=Path(__file__).parents[1] / "migrations",
    settings=LeadsSettings,
    routers=_routers,
    components=_components,
    raw_routes=_raw_routes,
    examples=Path(__file__).parent / "examples.yaml",
    subscribes=("analytics", "automation", "deals", "leads"),
)
