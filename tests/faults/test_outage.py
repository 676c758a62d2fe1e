"""A broker that is away for a while: requests are taken, the outage is seen, and it does not flood the log."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

import httpx2
import pytest
from embedded.system import SERVICES, System
from prometheus_client.parser import text_string_to_metric_families

from .conftest import Scenario

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

PUBLISHERS = ("leads", "deals", "automation")
MOST_LINES_A_SECOND = 15
SEEN_SECONDS = 60


def _lines(system: System) -> dict[str, int]:
    return {name: len((system.home / "log" / f"{name}.log").read_bytes().splitlines()) for name in SERVICES}


async def _oldest(system: System) -> Mapping[str, float]:
    """Age of the oldest event that is not in Kafka, by service."""
    found: Counter[str] = Counter()
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
        for name in PUBLISHERS:
            page = (await http.get(f"{system.url(name)}/metrics")).text
            for family in text_string_to_metric_families(page):
                if family.name == "voronka_relay_oldest_seconds":
                    found[name] = family.samples[0].value
    return found


async def test_an_outage_of_the_broker_is_seen_and_does_not_flood_the_log(scenario: Scenario) -> None:
    """What comes of the requests, the next scenario accounts for."""
    system, seconds = scenario.system, scenario.times(12, 60)
    await asyncio.to_thread(system.broker.kill)
    scenario.note(f"{seconds} s without a broker")
    before = _lines(system)
    async with scenario.load():
        await asyncio.sleep(seconds)
        written = {name: lines - before[name] for name, lines in _lines(system).items()}
        async with asyncio.timeout(SEEN_SECONDS):
            while max((await _oldest(system)).values()) < seconds / 2:
                await asyncio.sleep(0.5)
        await asyncio.to_thread(system.broker.start)
    scenario.note(f"lines {written}")

    assert max(written.values()) < MOST_LINES_A_SECOND * seconds
    async with asyncio.timeout(SEEN_SECONDS):
        while max((await _oldest(system)).values()) > 1:
            await asyncio.sleep(0.5)
    scenario.done = True
