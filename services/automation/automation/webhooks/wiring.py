"""The parts of webhooks that the service puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.kafka import KafkaConfig
from events.outgoing import Outgoing
from events.privacy import Keys, MasterKey
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from automation.names import Named
from automation.react import React
from automation.settings import AutomationSettings
from automation.webhooks import api, deliveries_api, matching
from automation.webhooks.delivering import PAUSES, Delivering
from automation.webhooks.endpoints import Endpoints
from automation.webhooks.pruning import pruning


class WebhooksWiring:
    """Endpoints and deliveries by HTTP, the consumer that matches events with them, and the worker that sends."""

    def __init__(self, runtime: Runtime, store: Store, keys: Keys, named: Named, now: Callable[[], datetime]) -> None:
        settings: AutomationSettings = runtime.settings
        self._store = store
        self._kafka = KafkaConfig.of(settings)
        self._outgoing = Outgoing(settings.outgoing_private_hosts)
        runtime.closing.push_async_callback(self._outgoing.close)
        key = settings.webhook_key
        self._endpoints = Endpoints(store, MasterKey(key.get_secret_value()) if key else None, named)
        self.delivering = Delivering(store, self._endpoints, self._outgoing, keys, now)

    def routers(self) -> Sequence[APIRouter]:
        """``/webhooks``."""
        return [deliveries_api.router(self._store.pool), api.router(self._endpoints, self._outgoing)]

    def components(self) -> Sequence[Component]:
        """What matches, what sends, and what takes old deliveries away."""
        worker = Worker(
            "automation.webhook-deliveries",
            self._store,
            {matching.KIND: self.delivering},
            give_up_after=2 * len(PAUSES),
        )
        return [matching.consumer(self._store, self._kafka), worker, pruning(self._store.pool)]

    def reactions(self) -> Sequence[React]:
        """The consumer of rules has nothing to do with webhooks."""
        return []
