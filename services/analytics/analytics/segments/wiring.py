"""The parts of segments that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from events.app import Component, Runtime
from events.kafka import KafkaConfig
from events.projection import Projection
from events.relay import Relay
from events.store import Store
from fastapi import APIRouter

from analytics.segments import api
from analytics.segments.changing import Changes
from analytics.segments.rules import of_settings
from analytics.segments.worker import SegmentsWorker


class SegmentsWiring:
    """What analytics says itself, and segments by HTTP."""

    def __init__(self, runtime: Runtime, sales: Projection) -> None:
        self._runtime = runtime
        self._sales = sales
        self._rules = of_settings(runtime.settings)

    def components(self, kafka: KafkaConfig) -> Sequence[Component]:
        """The worker that tells changes, and the relay that publishes them."""
        relay = Relay(self._runtime.service, self._runtime.pool, kafka)
        store = Store(self._runtime.service, self._runtime.pool, relay.wake)
        changes = Changes(store, self._sales, self._rules)
        return [relay, SegmentsWorker(changes, self._runtime.settings.segments_seconds)]

    def routers(self) -> Sequence[APIRouter]:
        """``/segments``."""
        zone = ZoneInfo(self._runtime.settings.business_timezone)
        return [api.router(self._runtime.pool, self._sales, self._rules, zone)]
