"""The analytics service: facts from every event, reports on them, and the schema ``bi``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from events import personal_api
from events.app import Component, Runtime, Service
from events.kafka import KafkaConfig
from events.projection import Projection
from fastapi import APIRouter

from analytics import api, personal
from analytics.dashboard import served
from analytics.live.wiring import LiveWiring
from analytics.operations import operations
from analytics.projections import Projections
from analytics.rollup.worker import RollupWorker
from analytics.segments.wiring import SegmentsWiring
from analytics.settings import Settings
from analytics.switch import Switching
from analytics.verification import Verifier

SALES = Projection(
    "sales",
    11,
    ("leads", "deals", "automation", "analytics"),
    Path(__file__).parent / "sales",
    literals=(("timezone", "Europe/Moscow"),),
)


def _sales(runtime: Runtime) -> Projection:
    return replace(SALES, literals=(("timezone", runtime.settings.business_timezone),))


def _routers(runtime: Runtime) -> Sequence[APIRouter]:
    sales = _sales(runtime)
    return [
        *LiveWiring(runtime, sales).routers(),
        api.reports(runtime, sales),
        *SegmentsWiring(runtime, sales).routers(),
        operations(runtime, [sales]),
        personal_api.router(personal.kept(sales), runtime.pool, None),
    ]


def _components(runtime: Runtime) -> Sequence[Component]:
    kafka, sales = KafkaConfig.of(runtime.settings), _sales(runtime)
    return [
        Projections(runtime, kafka, [sales]),
        Switching(runtime, [sales]),
        Verifier(runtime, kafka, [sales]),
        RollupWorker(runtime, sales),
        *SegmentsWiring(runtime, sales).components(kafka),
        *LiveWiring(runtime, sales).components(),
    ]


SERVICE = Service(
    name="analytics",
    title="Voronka: analytics",
    description="Reports on leads, deals and payments, and segments of customers, computed from facts; rebuilds.",
    migrations=Path(__file__).parents[1] / "migrations",
    settings=Settings,
    routers=_routers,
    components=_components,
    raw_routes=lambda runtime: served.routes(runtime.settings.business_timezone),
    subscribes=SALES.sources,
    has_second_wall=False,  # reports have a condition made for every relation: docs/decisions/0025
)
