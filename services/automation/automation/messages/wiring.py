"""The parts of messages that the service puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.privacy import Keys
from events.settings import ConfigurationError
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from automation.messages import api, letters
from automation.messages.sending import GIVE_UP_AFTER, KIND, Sending
from automation.messages.smtp import Server
from automation.react import React
from automation.settings import AutomationSettings


class MessagesWiring:
    """The list by HTTP, and the worker that sends. Raises ConfigurationError where templates cannot be used."""

    def __init__(self, runtime: Runtime, store: Store, keys: Keys, now: Callable[[], datetime]) -> None:
        settings: AutomationSettings = runtime.settings
        try:
            self.templates = letters.Templates(settings.templates_dir or letters.SHIPPED)
        except letters.TemplateInvalid as error:
            raise ConfigurationError(str(error)) from None
        self._pool = runtime.pool
        sending = Sending(
            pool=runtime.pool,
            keys=keys,
            templates=self.templates,
            server=_server(settings),
            sender=settings.sender,
            language=settings.language,
            company=settings.company,
            now=now,
        )
        self._worker = Worker(
            "automation.letters", store, {KIND: sending}, abandoned=sending.abandoned, give_up_after=GIVE_UP_AFTER
        )

    def routers(self) -> Sequence[APIRouter]:
        """``/messages``."""
        return [api.router(self._pool)]

    def components(self) -> Sequence[Component]:
        """What sends."""
        return [self._worker]

    def reactions(self) -> Sequence[React]:
        """Nothing follows from events but what rules say."""
        return []


def _server(settings: AutomationSettings) -> Server:
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        timeout_seconds=settings.smtp_timeout_seconds,
    )
