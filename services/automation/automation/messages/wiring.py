"""The parts of messages that the service puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from events.app import Component, Runtime
from events.links import Links
from events.mailbox import Access
from events.outgoing import Outgoing
from events.poller import Poller
from events.privacy import Keys
from events.settings import ConfigurationError
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from automation.messages import api, letters, public_api, templates_api
from automation.messages.again import SendAgain
from automation.messages.answers import Answers
from automation.messages.media.calls import Api
from automation.messages.media.email import Email
from automation.messages.media.port import Medium
from automation.messages.media.sms import Sms, SmsInvalid, load
from automation.messages.media.telegram import Telegram
from automation.messages.media.whatsapp import WhatsApp
from automation.messages.outcomes import settle_reports
from automation.messages.pace import Pace
from automation.messages.public import Following
from automation.messages.quiet import QuietHours
from automation.messages.request import FORMER_KIND, KIND
from automation.messages.sending import GIVE_UP_AFTER, Sending
from automation.messages.shelf import Shelf
from automation.messages.smtp import Server
from automation.messages.standing import Standing
from automation.messages.templates import TemplateDesk
from automation.messages.tracking import Tracking
from automation.messages.wording import TemplateInvalid
from automation.names import Named
from automation.react import React
from automation.settings import AutomationSettings


class MessagesWiring:
    """Messages and templates by HTTP, what customers do with messages, and the worker that sends.

    Raises ConfigurationError where the provider of SMS cannot be used.
    """

    def __init__(
        self,
        runtime: Runtime,
        store: Store,
        keys: Keys,
        shelf: Shelf,
        named: Named,
        now: Callable[[], datetime],
    ) -> None:
        settings: AutomationSettings = runtime.settings
        try:
            media = _media(runtime, settings)
        except SmsInvalid as error:
            raise ConfigurationError(str(error)) from None
        links = Links(settings.link_keys) if settings.link_keys else None
        zone = ZoneInfo(settings.business_timezone)
        sending = Sending(
            pool=runtime.pool,
            keys=keys,
            shelf=shelf,
            media=media,
            standing=Standing(runtime.pool, _quiet(settings, zone), settings.messages_a_day or None),
            tracking=Tracking(runtime.pool, links, settings.public_url, settings.track_messages),
            pace=Pace(runtime.pool, {name: getattr(settings, f"{name}_per_second") for name in media}),
            language=settings.language,
            zone=zone,
            company=settings.company,
            now=now,
        )
        self._routers = [
            api.router(runtime.pool, SendAgain(store, now)),
            templates_api.router(TemplateDesk(store, shelf.files, named, settings.language, now)),
            public_api.router(Following(store, keys, links, now), settings.language),
        ]
        self._worker = Worker(
            "automation.letters",
            store,
            {KIND: sending, FORMER_KIND: sending},
            abandoned=sending.abandoned,
            give_up_after=GIVE_UP_AFTER,
        )
        self._answers = _answers(settings, store, now)

    def routers(self) -> Sequence[APIRouter]:
        """``/messages``, ``/message-templates`` and ``/public/…``."""
        return self._routers

    def components(self) -> Sequence[Component]:
        """What sends, and what reads the sender's mailbox where there is one."""
        return [self._worker, *self._answers]

    def reactions(self) -> Sequence[React]:
        """What providers tell of messages."""
        return [settle_reports]


def opened_shelf(runtime: Runtime) -> Shelf:
    """The templates. Raises ConfigurationError where those of files cannot be used."""
    settings: AutomationSettings = runtime.settings
    try:
        return Shelf(runtime.pool, letters.Templates(settings.templates_dir or letters.SHIPPED))
    except TemplateInvalid as error:
        raise ConfigurationError(str(error)) from None


def _answers(settings: AutomationSettings, store: Store, now: Callable[[], datetime]) -> list[Component]:
    if not (settings.imap_host and settings.imap_username and settings.imap_password):
        return []
    access = Access(
        host=settings.imap_host,
        port=settings.imap_port,
        user=settings.imap_username,
        password=settings.imap_password.get_secret_value(),
        security=settings.imap_security,
        folder=settings.imap_folder,
    )
    # The host is the operator's own choice, not an API's: it may stand in the private network.
    answers = Answers(store, access, settings.sender.domain, now, frozenset({settings.imap_host}))
    return [Poller("automation.answers", answers.look, settings.imap_every_seconds)]


def _quiet(settings: AutomationSettings, zone: ZoneInfo) -> QuietHours | None:
    if settings.quiet_from == settings.quiet_to:
        return None
    return QuietHours(time.fromisoformat(settings.quiet_from), time.fromisoformat(settings.quiet_to), zone)


def _media(runtime: Runtime, settings: AutomationSettings) -> dict[str, Medium]:
    """E-mail, and whatever else is set up."""
    media: dict[str, Medium] = {"email": Email(server_of(settings), settings.sender)}
    outgoing = Outgoing(settings.outgoing_private_hosts)
    runtime.closing.push_async_callback(outgoing.close)
    if settings.sms_provider_file:
        media["sms"] = Sms(Api(outgoing, "sms"), load(settings.sms_provider_file), settings.sms_secret)
    if settings.telegram_token:
        media["telegram"] = Telegram(Api(outgoing, "telegram"), settings.telegram_token, settings.telegram_url)
    if settings.whatsapp_token and settings.whatsapp_number_id:
        number = settings.whatsapp_number_id, settings.whatsapp_source, settings.whatsapp_url
        media["whatsapp"] = WhatsApp(Api(outgoing, "whatsapp"), settings.whatsapp_token, *number)
    return media


def server_of(settings: AutomationSettings) -> Server:
    """Where letters are handed in."""
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        timeout_seconds=settings.smtp_timeout_seconds,
    )
