"""The HTTP API of pipelines."""

from __future__ import annotations

from events.auth import require
from fastapi import APIRouter, Depends

from deals.pipelines.pipeline import Pipeline, Pipelines


def routes(pipelines: Pipelines) -> APIRouter:
    """``/pipelines``."""
    router = APIRouter(prefix="/pipelines", tags=["Pipelines"], dependencies=[Depends(require("deals:read"))])

    @router.get("", summary="List pipelines with stages and reasons for loss")
    async def list_pipelines() -> list[Pipeline]:
        return list(pipelines.values())

    return router
