"""Contacts: calls, letters, messages, meetings and visits by day and manager."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import HAPPENING


class ContactsRow(Row):
    """One day of one manager."""

    day: date = Field(description="Day in the business time zone.")
    manager: str | None = Field(description="Id of the manager; null: of nobody that is known.")
    calls_out: int = Field(description="Calls made to customers.")
    calls_in: int = Field(description="Calls of customers.")
    answered_calls: int = Field(description="Calls, in and out, that were answered.")
    missed_calls: int = Field(description="Calls that nobody answered.")
    talk_minutes: float = Field(description="Minutes talked.")
    letters_out: int = Field(description="Letters to customers.")
    letters_in: int = Field(description="Letters of customers.")
    messages: int = Field(description="Messages, in and out.")
    meetings: int = Field(description="Meetings that took place.")
    visits: int = Field(description="Visits that took place.")
    contacts: int = Field(description="All of these.")
    customers: int = Field(description="Customers they were with; merged cards count once.")


class Contacts(Answer[ContactsRow]):
    """Contacts that **took place** in the period: by the day they were registered for, or of planned ones that were "
    "held
    the time they were planned for.
    """


CONTACTS = Report("contacts", Contacts, rolled=HAPPENING)
