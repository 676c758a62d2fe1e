"""Whose tasks somebody may see and work on.

His own, and what is nobody's yet; those of a colleague whose deputy he is, while that one is away. With the permission
``tasks:colleagues`` also those of the managers who work in his lines of business (a manager without any works in all of
them), and with all lines of business everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import asyncpg
from events.auth import EVERYTHING, Principal
from events.sqlfile import sql

COLLEAGUES = "tasks:colleagues"
_SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class Reach:
    """Logins whose tasks somebody may see and change; None: everybody's. What is nobody's belongs to all."""

    logins: frozenset[str] | None

    def covers(self, assignee: str | None) -> bool:
        """May a task of this assignee be seen and changed?"""
        return assignee is None or self.logins is None or assignee in self.logins

    @property
    def listed(self) -> list[str] | None:
        """For a query."""
        return None if self.logins is None else sorted(self.logins)


async def reach_of(pool: asyncpg.Pool, principal: Principal) -> Reach:
    """How far somebody's rights go at this moment."""
    oversees = COLLEAGUES in principal.permissions
    if oversees and EVERYTHING in principal.directions:
        return Reach(None)
    directions = sorted(principal.directions) if oversees else None
    rows = await pool.fetch(sql("colleagues", _SQL), principal.name, directions)
    return Reach(frozenset({principal.name, *(row["manager_id"] for row in rows)}))
