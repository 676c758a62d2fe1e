"""The parts of payments that the service puts together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from events.app import Runtime
from events.auth import RawRoute, public
from events.intake import Intake
from events.intake_worker import IntakeWorker
from events.sources import Guard, load_sources
from events.store import Store
from fastapi import APIRouter
from starlette.types import ASGIApp

from deals.payments import api
from deals.payments.desk import PaymentCommands
from deals.payments.notifications import Notifications
from deals.payments.providers import PROVIDERS
from deals.settings import DealsSettings


class PaymentsWiring:
    """Payments by HTTP, the door for notifications of providers, and the worker that understands them."""

    def __init__(self, runtime: Runtime, store: Store) -> None:
        settings: DealsSettings = runtime.settings
        sources = load_sources(settings.sources_path, PROVIDERS, least_secrets=1)
        self._runtime = runtime
        self._guard = Guard(sources, PROVIDERS)
        self._commands = PaymentCommands(store)
        self.worker = IntakeWorker("deals", store, Notifications(sources).understand)

    def routers(self) -> Sequence[APIRouter]:
        """``/payments``."""
        return [api.routes(self._runtime.pool, self._commands)]

    def raw_routes(self) -> Mapping[str, ASGIApp]:
        """``/in/{provider}/{source}``: where payment providers send their notifications."""
        settings: DealsSettings = self._runtime.settings
        intake = Intake(
            "deals",
            self._runtime.pool,
            self._guard,
            self.worker.wake,
            max_body_bytes=settings.max_body_bytes,
            public_url=settings.public_url,
        )
        proof = public("payment providers prove themselves by their signature")
        return {"/in": RawRoute(intake, proof, "/in/{provider}/{source}")}
