"""Lines of business: what is about a deal, a lead or a customer of another one is as if it were not there.

The SQL function ``is_in_sight`` decides, in lists and here alike; it knows lines of business from the events that the
consumer of webhooks reads, which follow within moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import directions_of
from events.problems import NotFound

COUNTS_ALL: Final = "what a mailing, a sequence or a questionnaire came to counts everybody, and names nobody"
_IN_SIGHT = "SELECT is_in_sight($1, $2, $3, $4)"
_OUT_OF_SIGHT = "SELECT u FROM unnest($1::uuid[]) u WHERE NOT is_in_sight(NULL, NULL, u, $2)"


async def is_seen(
    pool: asyncpg.Pool, principal: Principal, *, deal: UUID | None, lead: UUID | None, customer: UUID | None
) -> bool:
    """May the caller see what is about these?"""
    sees = directions_of(principal)
    return sees is None or bool(await pool.fetchval(_IN_SIGHT, deal, lead, customer, sees))


async def check_customers(pool: asyncpg.Pool, principal: Principal, customers: Sequence[UUID]) -> None:
    """Raises ``NotFound`` where one of the customers is of other lines of business than the caller's."""
    sees = directions_of(principal)
    if sees is not None and await pool.fetch(_OUT_OF_SIGHT, list(customers), sees):
        raise NotFound("There is no such customer.")
