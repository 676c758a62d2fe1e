"""A person's calendar: his tasks and planned contacts by day, and as a feed that calendar programs subscribe to.

The feed is iCalendar (RFC 5545) under a signed link, as programs send no API key. It holds what titles hold, never a
name: whoever has the link reads it until it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from events.auth import Principal
from events.calls import directions_of
from events.contracts.leads.interactions import InteractionKind
from events.links import Links
from events.problems import Conflict, FieldError, Invalid, NotFound
from events.sqlfile import sql
from pydantic import BaseModel, Field

from automation.tasks.desk import Tasks, listed
from automation.tasks.models import Task

PURPOSE: Final = "task-calendar"
LINK_DAYS: Final = 365
BEHIND, AHEAD = timedelta(days=30), timedelta(days=180)
MOST_DAYS: Final = 100
MOST_TASKS: Final = 2_000
LENGTH: Final = timedelta(minutes=30)
PRIORITY: Final = {"urgent": 1, "high": 3, "normal": 5, "low": 9}
"""RFC 5545, 3.8.1.9: 1 is the highest, 9 the lowest."""

TITLES: Final[dict[InteractionKind, tuple[str, str]]] = {
    "call": ("Звонок", "Call"),
    "email": ("Письмо", "E-mail"),
    "message": ("Сообщение", "Message"),
    "meeting": ("Встреча", "Meeting"),
    "visit": ("Визит", "Visit"),
}
"""Titles of planned contacts, ru and en; with whom, is read in leads."""

_SQL = Path(__file__).parent / "sql"


class PlannedContact(BaseModel):
    """A meeting, visit, call or letter that leads has planned (`GET /interactions/{interaction_id}` there)."""

    interaction_id: UUID
    kind: InteractionKind
    title: str
    planned_at: datetime
    is_over: bool = Field(description="Somebody has said what came of it.")
    customer_id: UUID | None
    lead_id: UUID | None
    deal_id: UUID | None
    version: int


class Day(BaseModel):
    """The tasks and planned contacts of one day, each by time."""

    day: date
    tasks: list[Task]
    contacts: list[PlannedContact]


class CalendarPage(BaseModel):
    """A person's tasks and contacts by the day on which they are due; days without any are left out."""

    assignee: str
    time_zone: str = Field(description="In which days begin and end.")
    days: list[Day]
    is_cut: bool = Field(description="There may be more: 2,000 tasks or contacts are told. Ask for fewer days.")


class CalendarLink(BaseModel):
    """Where calendar programs read a person's tasks. Whoever has it reads them."""

    url: str
    until: datetime


@dataclass(frozen=True)
class TaskCalendar:
    """Calendars of those whose tasks the caller may see; ``zone`` is that of days. ``links``: None, there are none."""

    tasks: Tasks
    pool: asyncpg.Pool
    zone: str
    links: Links | None
    public_url: str | None

    async def page(self, assignee: str | None, first: date, last: date, principal: Principal) -> CalendarPage:
        """The days from ``first`` to ``last``. Raises ``NotFound`` and ``Invalid``."""
        if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
            fault = FieldError(f"must be `from` or later, {MOST_DAYS} days at most", parameter="query:to")
            raise Invalid("The request has faults.", errors=[fault])
        login, zone = await self._whose(assignee, principal), ZoneInfo(self.zone)
        begins = datetime.combine(first, time(), zone)
        ends = datetime.combine(last + timedelta(days=1), time(), zone)
        days: dict[date, Day] = {}
        seen = None if login == principal.name else directions_of(principal)
        tasks, contacts = await self._between(login, begins, ends, seen)
        is_cut = MOST_TASKS in (len(tasks), len(contacts))
        for task in tasks:
            _day(days, task.due_at, zone).tasks.append(task)
        for contact in contacts:
            _day(days, contact.planned_at, zone).contacts.append(contact)
        return CalendarPage(
            assignee=login, time_zone=self.zone, days=[days[day] for day in sorted(days)], is_cut=is_cut
        )

    async def link(self, assignee: str | None, principal: Principal) -> CalendarLink:
        """A new link, good for a year. Raises ``NotFound`` and ``Conflict``."""
        login = await self._whose(assignee, principal)
        if self.links is None or self.public_url is None:
            raise Conflict("Links need VORONKA_LINK_KEYS and VORONKA_PUBLIC_URL.")
        until = self.tasks.now().replace(microsecond=0) + timedelta(days=LINK_DAYS)
        token = self.links.make(PURPOSE, login, until)
        return CalendarLink(url=f"{self.public_url}/tasks/calendar/{token}.ics", until=until)

    async def feed(self, token: str) -> bytes:
        """The calendar that a link names. Raises ``LinkInvalid`` and ``LinkExpired``, and ``NotFound``."""
        if self.links is None:
            raise NotFound("There are no links.")
        now = self.tasks.now()
        login = self.links.open(PURPOSE, token, now)
        tasks, contacts = await self._between(login, now - BEHIND, now + AHEAD, open_only=True)
        return written(login, tasks, contacts, now)

    async def _whose(self, assignee: str | None, principal: Principal) -> str:
        login = assignee or principal.name
        if not (await self.tasks.reach(principal)).covers(login):
            raise NotFound("There is no such calendar.")
        return login

    async def _between(
        self,
        login: str,
        begins: datetime,
        ends: datetime,
        seen: Sequence[str] | None = None,
        *,
        open_only: bool = False,
    ) -> tuple[list[Task], list[PlannedContact]]:
        asked = login, begins, ends, MOST_TASKS, seen, open_only
        tasks = await self.pool.fetch(sql("tasks_between", _SQL), *asked)
        planned = await self.pool.fetch(sql("planned_between", _SQL), *asked)
        titles = {kind: both[0 if self.tasks.language == "ru" else 1] for kind, both in TITLES.items()}
        contacts = [PlannedContact(**row, title=titles[row["kind"]]) for row in planned]
        return [listed(row) for row in tasks], contacts


def _day(days: dict[date, Day], at: datetime, zone: ZoneInfo) -> Day:
    day = at.astimezone(zone).date()
    return days.setdefault(day, Day(day=day, tasks=[], contacts=[]))


def written(login: str, tasks: Sequence[Task], contacts: Sequence[PlannedContact], now: datetime) -> bytes:
    """Open tasks and planned contacts as events of half an hour (programs that subscribe show no VTODO), a task's
    reminder as an alarm. Contacts take the person's time, tasks do not.
    """
    # 7 MiB with its time zones, and few processes ever write a feed.
    from icalendar import Alarm, Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Voronka//Tasks//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", login)
    for task in tasks:
        if task.state != "open":
            continue
        event = Event()
        event.add("uid", f"{task.task_id}@voronka")
        event.add("dtstamp", now)
        event.add("sequence", task.version)
        event.add("summary", task.title)
        event.add("dtstart", task.due_at)
        event.add("dtend", task.due_at + LENGTH)
        event.add("priority", PRIORITY[task.priority])
        event.add("status", "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        if task.remind_at is not None and task.remind_at <= task.due_at:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", task.title)
            alarm.add("trigger", task.remind_at - task.due_at)
            event.add_component(alarm)
        calendar.add_component(event)
    for contact in contacts:
        if contact.is_over:
            continue
        event = Event()
        event.add("uid", f"{contact.interaction_id}@voronka")
        event.add("dtstamp", now)
        event.add("sequence", contact.version)
        event.add("summary", contact.title)
        event.add("dtstart", contact.planned_at)
        event.add("dtend", contact.planned_at + LENGTH)
        event.add("status", "CONFIRMED")
        event.add("transp", "OPAQUE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
