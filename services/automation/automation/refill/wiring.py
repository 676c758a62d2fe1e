"""The parts of the refill that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Component, Runtime
from events.kafka import KafkaConfig
from fastapi import APIRouter

from automation.react import React
from automation.refill import api
from automation.refill.refilling import Refilling, log_of


class RefillWiring:
    """What reads the history, and how far it is."""

    def __init__(self, runtime: Runtime) -> None:
        self._pool = runtime.pool
        self._refilling = Refilling(runtime.pool, log_of(KafkaConfig.of(runtime.settings)))

    def routers(self) -> Sequence[APIRouter]:
        """``/refill``."""
        return [api.router(self._pool)]

    def components(self) -> Sequence[Component]:
        """What reads."""
        return [self._refilling]

    def reactions(self) -> Sequence[React]:
        """Nothing follows from history."""
        return []
