"""Managers with customers, and hand-overs of their work awaited."""

import asyncio
from typing import Any
from uuid import uuid4

from leads_system import Running


async def hire(leads: Running, *names: str, **more: Any) -> None:
    for name in names:
        answer = await leads.call("PUT", f"/managers/{name}", json={"name": name.title(), **more})
        assert answer.status_code == 200, answer.text


async def customers_of(leads: Running, manager_id: str, count: int, **fields: Any) -> list[dict[str, Any]]:
    items = [{"id": str(uuid4()), "phones": [f"+7912{uuid4().int % 10**7:07}"], **fields} for _ in range(count)]
    made = (await leads.call("POST", "/leads/bulk", json=items)).json()
    for one in made:
        path = f"/customers/{one['customer_id']}/responsible"
        assert (await leads.call("POST", path, json={"manager_id": manager_id, "reason": "load"})).status_code == 200
    return made  # type: ignore[no-any-return]


async def completed(leads: Running, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(60):
        while True:
            path = f"/hand-overs/{answer.json()['handover_id']}"
            stands = (await leads.call("GET", path)).json()
            if stands["completed_at"] is not None:
                return stands  # type: ignore[no-any-return]
            await asyncio.sleep(0.05)
