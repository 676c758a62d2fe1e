"""The parts of live reports that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from events.app import Component, Runtime
from events.projection import Projection
from fastapi import APIRouter

from analytics.live import api
from analytics.live.standing import Readers
from analytics.live.telling import Live
from analytics.reports.catalogue import REPORTS
from analytics.reports.statement import statement


class LiveWiring:
    """Those who listen, and the part that looks for them: one and the same in a process."""

    def __init__(self, runtime: Runtime, sales: Projection) -> None:
        self._live = _live(runtime, sales)
        self._most_listeners = runtime.settings.live_listeners
        self._sales = sales

    def components(self) -> Sequence[Component]:
        """The part that looks."""
        return [self._live]

    def routers(self) -> Sequence[APIRouter]:
        """``/reports/live``."""
        readers = Readers.of(self._sales, tables_of_reports())
        return [api.router(self._live, readers, self._most_listeners)]


def tables_of_reports() -> dict[str, frozenset[str]]:
    """What each report reads: tables, views and functions of a build."""
    return {report.name: statement(report.name, "", report.forms).tables for report in REPORTS}


@lru_cache(maxsize=8)
def _live(runtime: Runtime, sales: Projection) -> Live:
    return Live(runtime.pool, sales, runtime.stopping)
