"""The analytics service: facts from every event, reports on them, and the schema ``bi``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from events.app import Component, Runtime, Service
from events.kafka import KafkaConfig
from events.projection import Projection
from fastapi import APIRouter

from analytics import api
from analytics.operations import operations
from analytics.projections import Projections
from analytics.settings import Settings
from analytics.verification import Verifier

SALES = Projection("sales", 1, ("leads", "deals", "automation"), Path(__file__).parent / "sales")


def _routers(runtime: Runtime) -> Sequence[APIRouter]:
    return [api.reports(runtime, SALES), operations(runtime, [SALES])]


def _components(runtime: Runtime) -> Sequence[Component]:
    kafka = KafkaConfig.of(runtime.settings)
    return [Projections(runtime, kafka, [SALES]), Verifier(runtime, kafka, [SALES])]


SERVICE = Service(
    name="analytics",
    title="Voronka: analytics",
    description="Reports on leads, deals and payments, computed from facts; rebuild and verification of projections.",
    migrations=Path(__file__).parents[1] / "migrations",
    settings=Settings,
    routers=_routers,
    components=_components,
    subscribes=SALES.sources,
)
