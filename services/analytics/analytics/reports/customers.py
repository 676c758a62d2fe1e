"""Customers: how many there are, how they can be reached, and where they stand."""

from __future__ import annotations

from pydantic import Field

from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import REGISTRATION


class CustomersRow(Row):
    """One line of business. Merged cards are one customer; erased ones are left out."""

    direction: str | None = Field(description="Line of business; null: none.")
    customers: int = Field(description="Customers registered by the end of the period.")
    new_customers: int = Field(description="Those registered in the period.")
    with_email: int = Field(description="Customers with at least one valid e-mail address.")
    emails: int = Field(
        description="Valid e-mail addresses of customers; one that two cards of a person have counts twice."
    )
    with_phone: int = Field(description="Customers with at least one phone.")
    buyers: int = Field(description="Customers with a won deal.")
    in_work: int = Field(description="Customers with a deal in an open stage.")
    monitored: int = Field(
        description="Potential customers at monitoring: a deal in nurture and none in an open stage."
    )


class Customers(Answer[CustomersRow]):
    """The base of customers as of `as_of`."""


CUSTOMERS = Report("customers", Customers, rolled=REGISTRATION)
