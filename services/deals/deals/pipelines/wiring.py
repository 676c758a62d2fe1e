"""The parts of pipelines that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Runtime
from fastapi import APIRouter

from deals.pipelines import api
from deals.pipelines.files import load
from deals.pipelines.pipeline import Pipelines
from deals.settings import DealsSettings


class PipelinesWiring:
    """Pipelines by HTTP, and for the rules of deals."""

    def __init__(self, runtime: Runtime) -> None:
        settings: DealsSettings = runtime.settings
        self.pipelines: Pipelines = load(settings.pipelines_path)

    def routers(self) -> Sequence[APIRouter]:
        """``/pipelines``."""
        return [api.routes(self.pipelines)]
