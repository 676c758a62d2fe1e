"""The parts of payments that the service puts together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from events.app import Runtime
from events.auth import RawRoute, public
from events.intake import Intake
from events.intake_worker import IntakeWorker
from events.keys_client import KeysClient
from events.sources import Guard, load_sources
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter
from starlette.types import ASGIApp

from deals.payments import api, calendar, commands_api
from deals.payments.asking import ASK, Asking, YooKassaApi
from deals.payments.desk import PaymentDesk
from deals.payments.notifications import Notifications
from deals.payments.owners import Owners
from deals.payments.providers import PROVIDERS
from deals.settings import DealsSettings

GIVE_UP_AFTER = 48
"""Attempts to read a payment, two days with their pauses; YooKassa itself repeats its notifications for one."""


class PaymentsWiring:
    """Payments by HTTP, the door for notifications of providers, and the workers that understand them and ask back."""

    def __init__(self, runtime: Runtime, store: Store, leads: KeysClient) -> None:
        settings: DealsSettings = runtime.settings
        self.sources = sources = load_sources(settings.sources_path, PROVIDERS, least_secrets=1)
        reference = YooKassaApi(settings.yookassa_url)
        runtime.closing.push_async_callback(reference.close)
        self._runtime = runtime
        self._guard = Guard(sources, PROVIDERS)
        self.desk = PaymentDesk(store)
        self.owners = Owners(runtime.pool, leads)
        self.worker = IntakeWorker("deals", store, Notifications(store.service, sources).understand)
        self.asking = Worker(
            "deals.payments", store, {ASK: Asking(store, sources, reference).perform}, give_up_after=GIVE_UP_AFTER
        )

    def routers(self) -> Sequence[APIRouter]:
        """``/payments``."""
        zone = ZoneInfo(self._runtime.settings.business_timezone)
        return [
            calendar.routes(self._runtime.pool, zone, lambda: datetime.now(UTC)),
            api.routes(self.desk),
            commands_api.routes(self.desk),
        ]

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
        proof = public("payment providers prove themselves by their signature, or are asked back")
        return {"/in": RawRoute(intake, proof, "/in/{provider}/{source}")}
