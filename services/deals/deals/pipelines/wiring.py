"""The parts of pipelines that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Component, Runtime
from events.store import Store
from fastapi import APIRouter

from deals.pipelines import api
from deals.pipelines.commands import PipelineCommands
from deals.pipelines.files import load
from deals.pipelines.live import LivePipelines
from deals.pipelines.seed import SettingUp
from deals.settings import DealsSettings


class PipelinesWiring:
    """Pipelines by HTTP, and for the rules of deals. Raises at the start for a faulty file of the folder."""

    def __init__(self, runtime: Runtime, store: Store) -> None:
        settings: DealsSettings = runtime.settings
        self.live = LivePipelines()
        self._commands = PipelineCommands(store, self.live)
        self._setting_up = SettingUp(self.live, load(settings.pipelines_path), store, settings.roles)

    def routers(self) -> Sequence[APIRouter]:
        """``/pipelines``."""
        return [api.reading(self._commands), api.writing(self._commands)]

    def components(self) -> Sequence[Component]:
        """What sets up the pipelines that an installation starts with."""
        return [self._setting_up]
