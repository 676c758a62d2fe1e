"""Every report there is."""

from __future__ import annotations

from typing import Any

from analytics.reports.attribution import ATTRIBUTION
from analytics.reports.cash_gaps import CASH_GAPS
from analytics.reports.channels import CHANNELS
from analytics.reports.contacts import CONTACTS
from analytics.reports.customers import CUSTOMERS
from analytics.reports.cycles import CYCLES
from analytics.reports.dynamics import DYNAMICS
from analytics.reports.forecast import FORECAST
from analytics.reports.funnel import FUNNEL
from analytics.reports.losses import LOSSES
from analytics.reports.mailings import MAILINGS
from analytics.reports.managers import MANAGERS
from analytics.reports.marketing_events import MARKETING_EVENTS
from analytics.reports.needs import NEEDS
from analytics.reports.pareto import PARETO
from analytics.reports.paths import PATHS
from analytics.reports.plans import PLANS
from analytics.reports.report import Report
from analytics.reports.retention import RETENTION
from analytics.reports.segments import SEGMENTS
from analytics.reports.traits import TRAITS

REPORTS: tuple[Report[Any], ...] = (
    FUNNEL,
    CHANNELS,
    ATTRIBUTION,
    PATHS,
    MANAGERS,
    CONTACTS,
    PLANS,
    DYNAMICS,
    FORECAST,
    PARETO,
    LOSSES,
    CYCLES,
    CUSTOMERS,
    RETENTION,
    SEGMENTS,
    TRAITS,
    NEEDS,
    MARKETING_EVENTS,
    MAILINGS,
    CASH_GAPS,
)
BY_NAME = {report.name: report for report in REPORTS}
