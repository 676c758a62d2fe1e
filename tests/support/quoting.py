"""Deals with quotes on them, for tests of quotes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from deals.quotes.commands import EXPIRY
from deals_system import System

LINES = {"lines": [{"title": "Сайт", "quantity": "1", "price": "45000", "tax_rate": "20"}]}
OTHER = {
    "lines": [{"title": "Сайт", "quantity": "2", "price": "40000", "tax_rate": "20"}],
    "discount": {"percent": "5"},
}
TODAY = datetime.now(UTC).date()
UNTIL = (TODAY + timedelta(days=7)).isoformat()


async def quoted(system: System, **more: Any) -> tuple[str, dict[str, Any]]:
    """A deal with lines and a quote on it: path of the deal, the quote."""
    deal = await system.opened()
    path = f"/deals/{deal['deal_id']}"
    await system.manager.put(f"{path}/lines", LINES)
    answer = await system.manager.post(f"{path}/quotes", {"valid_until": UNTIL, **more})
    assert answer.status_code == 201, answer.text
    return path, dict(answer.json())


async def types_of(system: System, quote: dict[str, Any]) -> list[str]:
    rows = await system.pool.fetch("SELECT type FROM events WHERE stream_id = $1 ORDER BY version", quote["quote_id"])
    return [row["type"] for row in rows]


_ANOTHER_DAY = """
UPDATE events SET data = jsonb_set(data::jsonb, '{valid_until}', to_jsonb($2::text))::json WHERE stream_id = $1
"""


async def expired(system: System, quote: dict[str, Any], day: str) -> None:
    """The quote's last day was another: as if it had been made long ago."""
    await system.pool.execute("ALTER TABLE events DISABLE TRIGGER USER")
    await system.pool.execute(_ANOTHER_DAY, quote["quote_id"], day)
    await system.pool.execute("ALTER TABLE events ENABLE TRIGGER USER")
    await system.pool.execute("UPDATE tasks SET due_at = now() WHERE kind = $1", EXPIRY)
