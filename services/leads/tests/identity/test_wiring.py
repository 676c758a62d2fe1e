"""Weak matches from a request to the list of suggestions, through a real broker."""

import asyncio
from typing import Any

Run = Any


async def test_namesakes_are_suggested_by_the_running_service(run: Run, broker: Any) -> None:
    roles = frozenset(("api", "worker", "relay", "consumer"))
    async with run(roles=roles, kafka_bootstrap=broker.bootstrap) as leads:
        people = [
            {"id": str(n), "name": name, "phones": [phone]}
            for n, (name, phone) in enumerate(
                [("Анна Петрова", "+79123456789"), ("Петрова Анна", "+79123456798"), ("Борис", "+79123456780")]
            )
        ]
        cards = [item["customer_id"] for item in (await leads.call("POST", "/leads/bulk", json=people)).json()]
        matches: list[dict[str, Any]] = []
        async with asyncio.timeout(60):
            while not matches:
                await asyncio.sleep(0.1)
                matches = (await leads.call("GET", "/customer-matches")).json()["matches"]
        (match,) = matches
        assert {card["customer_id"] for card in match["cards"]} == set(cards[:2])
        assert (match["reasons"][0]["reason"], match["strength"]) == ("name_and_phone", 60)
