"""``GET /reports/live``: which reports have changed, as server-sent events
(https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from events.auth import require
from events.problems import Unavailable
from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from analytics.live.standing import Readers, Standing
from analytics.live.telling import Live

RETRY_MS = 2_000

LastEventId = Annotated[
    str | None,
    Header(max_length=500, description="`id` of the last event that was heard; what has changed since comes at once."),
]


class Changed(BaseModel):
    """What has changed since the event before. It says nothing of what stands in a report: read it again."""

    model_config = ConfigDict(frozen=True)

    sources: list[str] = Field(description="Services whose events were applied.")
    facts: list[str] = Field(description="Tables of facts that those may have changed.")
    reports: list[str] = Field(description="Reports that read any of these: `GET /reports/<name>`.")


def router(live: Live, readers: Readers, most_listeners: int) -> APIRouter:
    """The stream. It begins with an event ``now`` (nothing is known to have changed), then tells each ``changed``."""
    routes = APIRouter(tags=["reports"])

    async def a_place() -> None:
        if live.listeners >= most_listeners:
            raise Unavailable("As many as this process serves listen already.", retry_after=5)

    @routes.get(
        "/reports/live",
        summary="Listen which reports change, once a second at most",
        response_class=EventSourceResponse,
        dependencies=[Depends(require("reports:read")), Depends(a_place)],
    )
    async def listen(request: Request, last_event_id: LastEventId = None) -> AsyncIterator[ServerSentEvent]:
        heard, authenticator = last_event_id, request.app.state.authenticator
        async for standing in live.listen(heard, lambda: authenticator.still(request.scope, "reports:read")):
            yield told(standing, heard, readers)
            heard = standing.mark

    return routes


def told(standing: Standing, heard: str | None, readers: Readers) -> ServerSentEvent:
    """The event for who has heard of ``heard`` last; None: of nothing."""
    sources = standing.changed_since(heard) if heard is not None else []
    changed = Changed(
        sources=sources,
        facts=sorted(set().union(*(readers.facts.get(source, ()) for source in sources))),
        reports=sorted(set().union(*(readers.reports.get(source, ()) for source in sources))),
    )
    event = "changed" if heard is not None else "now"
    return ServerSentEvent(data=changed, event=event, id=standing.mark, retry=RETRY_MS)
