"""A person's calendar by HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from events.auth import CurrentPrincipal, public, require
from events.links import LONGEST_TOKEN
from fastapi import APIRouter, Depends, Path, Query, Response

from automation.tasks.calendar import CalendarLink, CalendarPage, TaskCalendar

Assignee = Annotated[str | None, Query(max_length=100, description="Whose; empty: the caller's.")]
PROOF = Depends(public("the link is signed, ends by itself, and was given to a person whose tasks it shows"))


def router(calendar: TaskCalendar) -> APIRouter:
    """``/tasks/calendar``; goes before the routes of one task."""
    routes = APIRouter(prefix="/tasks/calendar", tags=["tasks"])

    @routes.get("", dependencies=[Depends(require("tasks:read"))], summary="A person's tasks by day")
    async def read_calendar(
        principal: CurrentPrincipal,
        first: Annotated[date, Query(alias="from", description="First day.")],
        last: Annotated[date, Query(alias="to", description="Last day; a hundred days at most.")],
        assignee: Assignee = None,
    ) -> CalendarPage:
        return await calendar.page(assignee, first, last, principal)

    @routes.post(
        "/link", status_code=201, dependencies=[Depends(require("tasks:read"))], summary="A link for calendar programs"
    )
    async def make_link(principal: CurrentPrincipal, assignee: Assignee = None) -> CalendarLink:
        return await calendar.link(assignee, principal)

    @routes.get(
        "/{token}.ics",
        dependencies=[PROOF],
        summary="The calendar as a feed (iCalendar)",
        response_class=Response,
        responses={200: {"content": {"text/calendar": {}}, "description": "iCalendar, RFC 5545."}},
    )
    async def read_feed(token: Annotated[str, Path(max_length=LONGEST_TOKEN)]) -> Response:
        content = await calendar.feed(token)
        return Response(content, media_type="text/calendar; charset=utf-8", headers={"cache-control": "private"})

    return routes
