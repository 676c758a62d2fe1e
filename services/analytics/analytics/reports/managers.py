"""Managers: what they did in a period, what waits for them, and what they sold."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from analytics.reports.filters import Asked
from analytics.reports.report import Answer, Money, Report, Row
from analytics.rollup.calendars import HAPPENING


class ManagerRow(Row):
    """A manager who works here, had anything to do in the period, or has anything left to do."""

    manager: str = Field(description="Id of the manager.")
    department: str | None = Field(description="Department that he is set up in.")
    calls: int = Field(description="Calls of the period, in and out, whatever their result.")
    answered_calls: int = Field(description="Those of them that were answered.")
    talk_minutes: float = Field(description="Minutes talked in the calls.")
    letters: int = Field(description="Letters written to customers in the period.")
    messages: int = Field(description="Messages written to customers in the period.")
    meetings_planned: int = Field(description="Meetings planned for a time in the period, cancelled ones included.")
    meetings_held: int = Field(description="Meetings that took place in the period.")
    contacts: int = Field(description="Calls, letters, messages, meetings and visits that took place, both ways.")
    overdue_contacts: int = Field(
        description="Contacts planned for a time in the period that is over, and neither held, cancelled nor concluded."
    )
    tasks_done: int = Field(description="Tasks completed in the period.")
    tasks_late: int = Field(description="Those of them completed after they were due.")
    open_tasks: int = Field(description="Tasks not completed: the load of today, or of `as_of`.")
    overdue_tasks: int = Field(description="Those of the open tasks that should have been done.")
    leads: int = Field(description="Leads captured in the period that he is responsible for.")
    open_leads: int = Field(description="Leads, whenever captured, that nobody has judged yet.")
    reaction_minutes: float | None = Field(
        description="Median time from a lead's capture to the first answer, minutes: somebody took it, or wrote to, "
        "called "
        "or met the customer. Leads of the period; those without an answer are left out."
    )
    unanswered_leads: int = Field(description="Leads of the period without an answer.")
    open_deals: int = Field(description="Deals in open stages.")
    sales: int = Field(description="Deals won in the period, and still won.")
    lost: int = Field(description="Deals lost in the period, and still lost.")
    win_percent: float | None = Field(description="sales / (sales + lost), percent.")
    contacts_per_sale: float | None = Field(description="contacts / sales.")
    sold: Money = Field(description="Value of the deals won in the period, by currency.")
    revenue: Money = Field(description="Payments less refunds received in the period on his deals, by currency.")
    profit: Money = Field(
        description="What is left of that revenue, of deals whose lines' cost is known: less its tax and the same part "
        "of what the lines cost the firm, by currency. See `costed_deals`."
    )
    paid_deals: int = Field(description="Deals with payments or refunds in the period.")
    costed_deals: int = Field(description="Those of them whose cost is known for every line: `profit` is of these.")
    last_active_at: datetime | None = Field(
        description="His last contact of the period; task completed, or deal won or lost, since it began."
    )
    is_idle: bool = Field(description="Works here, and has done nothing of that for `idle_days`.")


class Managers(Answer[ManagerRow]):
    """Managers by what they **did** in the period (business time) and what they are responsible for as of `as_of`."""


class ManagersAsked(Asked):
    """Also from when on a manager counts as idle."""

    idle_days: int = Field(3, ge=1, le=365, description="Days without activity after which a manager is idle.")


MANAGERS = Report("managers", Managers, ManagersAsked, rolled=HAPPENING)
