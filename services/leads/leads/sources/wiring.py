"""The parts of sources: what knows them, what receives by them, what fetches by them."""

from collections.abc import Sequence
from typing import Any

from events.app import Component, Runtime
from events.intake_worker import IntakeWorker, Understand, Understood
from events.outgoing import Outgoing
from events.privacy import MasterKey
from events.problems import Unavailable
from events.sources import Guard, load_sources
from events.store import Connection, Store
from events.tasks import Worker
from events.webhooks import RawRequest
from fastapi import APIRouter
from starlette.types import ASGIApp, Receive, Scope, Send

from leads.capture import Capturer
from leads.channels import CHANNELS
from leads.channels.options import faults_of
from leads.moving import answering, previews
from leads.moving import api as moving_api
from leads.moving.companies import CompanyRecorder
from leads.moving.contacts import ContactRecorder
from leads.moving.deals import DealRecorder
from leads.moving.previews import Previews
from leads.moving.surveyors import AmoSurveyor, BitrixSurveyor
from leads.moving.told import AnsweringTold, CompanyTold, ContactTold, DealTold
from leads.pulling.amocrm import AmoCrm
from leads.pulling.asterisk import Asterisk
from leads.pulling.avito import AvitoCalls
from leads.pulling.bitrix24 import Bitrix24
from leads.pulling.fetching import ATTEMPTS, KIND, Fetcher, Fetching, FetchTold, ask
from leads.pulling.imap import Imap
from leads.pulling.meta import MetaLeads
from leads.pulling.polling import Polling, Puller
from leads.pulling.vk import VkLeads
from leads.settings import LeadsSettings
from leads.sources import api
from leads.sources.commands import SourceCommands
from leads.sources.live import LiveSources, Lookout
from leads.sources.showing import SourceView

FIRST_LOOK_SECONDS = 10.0


class SourceParts:
    """Made once a process. ``recorders`` are for what requests only name; ``outgoing`` calls providers."""

    def __init__(self, runtime: Runtime, store: Store, master: MasterKey, capturer: Capturer) -> None:
        settings: LeadsSettings = runtime.settings
        fixed = load_sources(settings.sources_path, CHANNELS, faults_of=faults_of)
        self.live = LiveSources(fixed, runtime.pool, master)
        self.guard = Guard(self.live, CHANNELS)
        self.contacts = ContactRecorder(store.service, capturer.keyring)
        self.recorders: dict[type, Any] = {
            FetchTold: ask,
            ContactTold: self.contacts,
            DealTold: DealRecorder(capturer.keyring, capturer.blind),
            CompanyTold: CompanyRecorder(capturer.keyring),
            AnsweringTold: answering.give,
        }
        self._runtime = runtime
        self._store = store
        self.outgoing = outgoing = Outgoing(settings.outgoing_private_hosts)
        runtime.closing.push_async_callback(outgoing.close)
        meta, amocrm, bitrix24 = MetaLeads(outgoing), AmoCrm(outgoing), Bitrix24(outgoing)
        self._pullers: dict[str, Puller] = {
            "meta": meta,
            "vk": VkLeads(outgoing),
            "avito": AvitoCalls(outgoing),
            "imap": Imap(settings.outgoing_private_hosts),
            "asterisk": Asterisk(settings.outgoing_private_hosts),
            "amocrm": amocrm,
            "bitrix24": bitrix24,
        }
        self._previews = Previews(
            store, self.live, {"amocrm": AmoSurveyor(amocrm), "bitrix24": BitrixSurveyor(bitrix24)}
        )
        self._fetchers: dict[str, Fetcher] = {"meta": meta, "amocrm": amocrm, "bitrix24": bitrix24}
        self._commands = SourceCommands(store, master, self.live)
        self._view = SourceView(runtime.pool, master, self.live, settings.public_url, self._pullers)

    def routers(self) -> Sequence[APIRouter]:
        """``/sources`` and ``/channels``."""
        moving = moving_api.router(self._previews, self.live)
        return [api.reading(self._view), api.changing(self._commands, self._view), moving]

    def components(self, worker: IntakeWorker) -> Sequence[Component]:
        """What keeps the sources up to date, and what fetches by them."""
        fetching = Fetching(self._store, self.live, self._fetchers, worker.wake)
        return [
            Lookout(self.live, self._runtime.settings.roles),
            Polling(self._runtime.pool, self.live, self._pullers, worker.wake),
            Worker("leads.fetching", self._store, {KIND: fetching.fetch}, give_up_after=ATTEMPTS + 1),
            Worker(
                "leads.history", self._store, {previews.KIND: self._previews.step}, concurrency=2, lease_seconds=300
            ),
        ]

    def knowing(self, understand: Understand) -> Understand:
        """Understands with the sources that the requests came by, set up a moment ago in another process maybe."""

        async def understand_known(connection: Connection, requests: Sequence[RawRequest]) -> Understood:
            await self.live.cover(
                connection, {(request.channel, request.source) for request in requests if request.channel in CHANNELS}
            )
            return await understand(connection, requests)

        return understand_known

    def door(self, intake: ASGIApp) -> ASGIApp:
        """The intake, once the sources are known: just after the start a request waits a moment for that."""

        async def receive_known(scope: Scope, receive: Receive, send: Send) -> None:
            if not await self.live.looked(FIRST_LOOK_SECONDS):
                raise Unavailable("The sources are not known yet; send it again.", retry_after=1)
            await intake(scope, receive, send)

        return receive_known
