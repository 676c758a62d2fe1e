"""The parts of questionnaires that the service puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.links import Links
from events.privacy import Keys
from events.store import Store
from fastapi import APIRouter

from automation.questionnaires import api
from automation.questionnaires.desk import Answering, QuestionnaireDesk
from automation.react import React
from automation.settings import AutomationSettings


class QuestionnairesWiring:
    """Questionnaires, results, and the page for customers."""

    def __init__(self, runtime: Runtime, store: Store, keys: Keys, now: Callable[[], datetime]) -> None:
        settings: AutomationSettings = runtime.settings
        links = Links(settings.link_keys) if settings.link_keys else None
        self._routers = [
            api.router(QuestionnaireDesk(store, keys, now)),
            api.public_router(Answering(store, keys, links, now), settings.language),
        ]

    def routers(self) -> Sequence[APIRouter]:
        """``/questionnaires`` and ``/public/questionnaires/{token}``."""
        return self._routers

    def components(self) -> Sequence[Component]:
        """Answers come by HTTP."""
        return []

    def reactions(self) -> Sequence[React]:
        """What follows from an answer is for rules to say."""
        return []
