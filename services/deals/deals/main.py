"""The deals service: what it consists of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from events import intake_api
from events.app import Component, Runtime, Service
from events.consumer import Consumer
from events.intake_worker import IntakeWorker
from events.kafka import KafkaConfig
from events.keys_client import KeysClient
from events.privacy import CachedKeys
from events.relay import Relay
from events.store import Store
from fastapi import APIRouter
from starlette.types import ASGIApp

from deals import reactions
from deals.asked.wiring import AskedWiring
from deals.catalogue.wiring import CatalogueWiring
from deals.customers import reactions as customers
from deals.deal.wiring import DealWiring
from deals.documents.wiring import DocumentsWiring
from deals.exchange.wiring import ExchangeWiring
from deals.handing.wiring import HandingWiring
from deals.imports.wiring import ImportsWiring
from deals.invoices.wiring import InvoicesWiring
from deals.lines.wiring import LinesWiring
from deals.opening.wiring import OpeningWiring
from deals.payments.wiring import PaymentsWiring
from deals.pipelines.wiring import PipelinesWiring
from deals.privacy.wiring import PrivacyWiring
from deals.quotes.wiring import QuotesWiring
from deals.settings import DealsSettings
from deals.targets.wiring import TargetsWiring
from deals.work.wiring import WorkWiring

NAME = "deals"


@dataclass(frozen=True)
class Parts:
    """What the routes and the background parts of one process share."""

    relay: Relay
    store: Store
    keys: CachedKeys
    pipelines: PipelinesWiring
    deal: DealWiring
    opening: OpeningWiring
    handing: HandingWiring
    payments: PaymentsWiring
    catalogue: CatalogueWiring
    invoices: InvoicesWiring
    lines: LinesWiring
    quotes: QuotesWiring
    work: WorkWiring
    imports: ImportsWiring
    targets: TargetsWiring
    documents: DocumentsWiring
    asked: AskedWiring
    privacy: PrivacyWiring
    consumer: Consumer

    @property
    def worker(self) -> IntakeWorker:
        """What understands notifications of providers."""
        return self.payments.worker


@lru_cache(maxsize=8)
def parts(runtime: Runtime) -> Parts:
    """Makes the parts of a service once."""
    settings: DealsSettings = runtime.settings
    kafka = KafkaConfig.of(settings)
    relay = Relay(NAME, runtime.pool, kafka)
    store = Store(NAME, runtime.pool, relay.wake)
    client = KeysClient(settings.leads_url, settings.service_key)
    runtime.closing.push_async_callback(client.close)
    keys = CachedKeys(client)
    pipelines = PipelinesWiring(runtime, store)
    deal = DealWiring(runtime, store, pipelines.live, keys)
    opening = OpeningWiring(runtime, deal.desk, keys)
    handing = HandingWiring(deal.desk)
    work = WorkWiring(store, deal.desk, ZoneInfo(settings.business_timezone))
    imports = ImportsWiring(deal.desk)
    documents = DocumentsWiring(runtime, store, deal.desk)
    invoices = InvoicesWiring(runtime, store, deal.desk)
    asked = AskedWiring(deal.desk, documents.desk, invoices.desk)
    lines = LinesWiring(runtime, deal.desk)
    privacy = PrivacyWiring(store, keys)
    return Parts(
        relay,
        store,
        keys,
        pipelines,
        deal,
        opening,
        handing,
        PaymentsWiring(runtime, store, client),
        CatalogueWiring(runtime, store),
        invoices,
        lines,
        QuotesWiring(runtime, store, deal.desk, lines.pricing),
        work,
        imports,
        TargetsWiring(store),
        documents,
        asked,
        privacy,
        reactions.consumer(
            store,
            kafka,
            customers.react,
            *imports.reactions(),
            *opening.reactions(),
            *handing.reactions(),
            *work.reactions(),
            *documents.reactions(),
            *asked.reactions(),
            *privacy.reactions(),
        ),
    )


def components(runtime: Runtime) -> Sequence[Component]:
    """The background parts."""
    made = parts(runtime)
    return [
        made.relay,
        *made.pipelines.components(),
        *made.deal.components(),
        *made.handing.components(),
        made.worker,
        made.payments.asking,
        made.payments.owners.component(),
        made.invoices.worker,
        made.consumer,
        made.work.worker,
        made.documents.worker,
        made.asked.worker,
        made.quotes.worker,
    ]


def routers(runtime: Runtime) -> Sequence[APIRouter]:
    """The HTTP API."""
    made = parts(runtime)
    return [
        *made.handing.routers(),
        *made.deal.routers(),
        *made.opening.routers(),
        *made.payments.routers(),
        *made.catalogue.routers(),
        *made.invoices.routers(),
        *ExchangeWiring(made.store, made.invoices.commands).routers(),
        *made.lines.routers(),
        *made.quotes.routers(),
        *made.pipelines.routers(),
        *made.work.routers(),
        *made.imports.routers(),
        *made.targets.routers(),
        *made.documents.routers(),
        *made.privacy.routers(),
        intake_api.router(runtime.pool, made.worker, made.payments.sources),
    ]


def raw_routes(runtime: Runtime) -> Mapping[str, ASGIApp]:
    """Where others send to without an API key."""
    return parts(runtime).payments.raw_routes()


SERVICE = Service(
    name=NAME,
    title="Deals",
    description="Deals through their pipelines, from the first contact to the payment or the reason for a loss.",
    migrations=Path(__file__).parents[1] / "migrations",
    settings=DealsSettings,
    routers=routers,
    components=components,
    raw_routes=raw_routes,
    subscribes=reactions.TOPICS,
)
