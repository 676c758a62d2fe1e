"""The network between the services and what they stand on: cut, half-open, frozen, slow, reset. Nobody is restarted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from embedded.system import System

from .breaking import wait_until_ready
from .cables import Cable
from .conftest import SHORT, Scenario

pytestmark = [pytest.mark.faults, pytest.mark.durable, pytest.mark.timeout(900)]

LETTERS_AT_ONCE = 16
SLOW_SECONDS = 0.05


def _processes(system: System) -> Mapping[str, int]:
    return {name: service.pid for name, service in system.services.items()}


async def _half_open(cable: Cable) -> None:
    """The other host vanishes and one with its address takes its place: connections to the first are dead for ever."""
    await asyncio.to_thread(cable.cut)
    await asyncio.sleep(1)
    await asyncio.to_thread(cable.plug_into, cable.target)


async def _everything_happens_to(cable: Cable, scenario: Scenario, what: str) -> None:
    """One trouble after the other, with load flowing. That of half-open connections is part of every failover, so for
    PostgreSQL the short version leaves it to that.
    """
    for _ in range(scenario.times(2, 10)):
        await asyncio.sleep(scenario.chance.uniform(0.3, 1.5))
        await asyncio.to_thread(cable.reset)
        scenario.note(f"connections to {what} reset")
    await asyncio.to_thread(cable.slow_down, SLOW_SECONDS)
    await asyncio.sleep(scenario.times(3, 20))
    await asyncio.to_thread(cable.slow_down, 0)
    scenario.note(f"{what} slow")
    for trouble in (cable.cut, cable.freeze) * scenario.times(1, 4):
        await asyncio.to_thread(trouble)
        await asyncio.sleep(scenario.times(7, 40))
        await asyncio.to_thread(cable.mend)
        scenario.note(f"{what} {'cut off' if trouble == cable.cut else 'frozen'}")
        await wait_until_ready(scenario.system)
    for _ in range(0 if SHORT and what == "PostgreSQL" else scenario.times(1, 4)):
        await _half_open(cable)
        scenario.note(f"connections to {what} half-open")
        await wait_until_ready(scenario.system)


async def test_a_network_that_fails_between_services_and_broker_or_database_hangs_nobody_and_loses_nothing(
    scenario: Scenario,
) -> None:
    """While the broker cannot be reached, every request is taken. While PostgreSQL cannot, senders are told soon that
    nothing was stored: none gives up waiting for his answer.
    """
    system, ledger = scenario.cabled, scenario.ledger
    before, failed_before = _processes(system), ledger.failures.copy()
    async with scenario.load():
        await _everything_happens_to(system.to_broker, scenario, "the broker")
        assert ledger.failures == failed_before
        await _everything_happens_to(system.to_postgres, scenario, "PostgreSQL")

    assert _processes(system) == before
    failed = ledger.failures - failed_before
    assert failed["intake of leads: 503"]
    assert not [what for what in failed if what.startswith("intake") and "Timeout" in what], failed
    await scenario.accounted_for(letters_may_repeat=LETTERS_AT_ONCE * scenario.times(6, 40))
