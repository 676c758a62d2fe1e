"""The network between the services and what they stand on: cut, half-open, frozen, slow, lossy, reset. Nobody is
restarted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import uuid4

import httpx2
import pytest
from embedded.system import System

from .breaking import wait_until_ready
from .cables import Cable
from .conftest import SHORT, Scenario

pytestmark = [pytest.mark.faults, pytest.mark.durable, pytest.mark.timeout(1800)]

LETTERS_AT_ONCE = 16
TROUBLES = ("slow", "lossy", "cut", "frozen", "half_open")
SLOW_SECONDS = 0.05
LOST = 0.03
"""Share of packets: TCP repeats each after 0.2 s, those that are lost again after 0.4 s, and so on."""
COMMANDS = 24
"""More than a process has connections to PostgreSQL."""
TOLD_SECONDS = 50
"""Commands are told within 12 s (docs/disasters.md); the limit of a statement is 60 s, of a client 65 s."""


def _processes(system: System) -> Mapping[str, int]:
    return {name: service.pid for name, service in system.services.items()}


class Troubles:
    """What happens to a cable for so many seconds."""

    @staticmethod
    async def slow(cable: Cable, seconds: float) -> None:
        """A round trip takes a tenth of a second longer."""
        await asyncio.to_thread(cable.slow_down, SLOW_SECONDS)
        await asyncio.sleep(seconds / 2)
        await asyncio.to_thread(cable.slow_down, 0)

    @staticmethod
    async def lossy(cable: Cable, seconds: float) -> None:
        """Single packets vanish."""
        await asyncio.to_thread(cable.lose, LOST)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(cable.mend)

    @staticmethod
    async def cut(cable: Cable, seconds: float) -> None:
        """Packets vanish."""
        await asyncio.to_thread(cable.cut)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(cable.mend)

    @staticmethod
    async def frozen(cable: Cable, seconds: float) -> None:
        """Packets are acknowledged, and nothing comes of them."""
        await asyncio.to_thread(cable.freeze)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(cable.mend)

    @staticmethod
    async def half_open(cable: Cable, _seconds: float) -> None:
        """The other host vanishes and one with its address takes its place: what led to the first is dead for ever."""
        await asyncio.to_thread(cable.cut)
        await asyncio.sleep(1)
        await asyncio.to_thread(cable.plug_into, cable.target)


async def _everything_happens_to(cable: Cable, scenario: Scenario, what: str, *, short: Sequence[str]) -> None:
    """One trouble after the other, with load flowing; ``short`` are those of the short version."""
    for _ in range(scenario.times(1, 10)):
        await asyncio.sleep(scenario.chance.uniform(0.3, 1.5))
        await asyncio.to_thread(cable.reset)
        scenario.note(f"connections to {what} reset")
    for trouble in short if SHORT else TROUBLES * 2:
        await getattr(Troubles, trouble)(cable, scenario.times(4, 20))
        scenario.note(f"{what} {trouble}")
        await wait_until_ready(scenario.system)


async def _commands_are_refused_in_time(scenario: Scenario) -> None:
    """PostgreSQL takes what it is told and answers nobody, until all who ask have been told so."""
    system, asked = scenario.cabled, uuid4()
    headers = {"Authorization": f"Bearer {system.secrets.admin_key}"}
    limits = httpx2.Limits(max_connections=2 * COMMANDS)
    async with httpx2.AsyncClient(timeout=TOLD_SECONDS, headers=headers, limits=limits, trust_env=False) as http:
        await asyncio.to_thread(system.to_postgres.freeze)
        try:
            answers = await asyncio.gather(
                *(http.get(f"{system.url('leads')}/leads/{asked}") for _ in range(COMMANDS)),
                *(http.get(f"{system.url('deals')}/deals/{asked}") for _ in range(COMMANDS)),
            )
        finally:
            await asyncio.to_thread(system.to_postgres.mend)
    told = {(answer.status_code, answer.headers["content-type"]) for answer in answers}
    assert told == {(503, "application/problem+json")}
    scenario.note("PostgreSQL frozen until everybody was told")
    await wait_until_ready(system)


async def test_a_network_that_fails_between_services_and_broker_or_database_hangs_nobody_and_loses_nothing(
    scenario: Scenario,
) -> None:
    """While the broker cannot be reached, every request is taken. While PostgreSQL cannot, senders are told soon that
    nothing was stored: none gives up waiting for his answer.
    """
    system, ledger = scenario.cabled, scenario.ledger
    before, failed_before = _processes(system), ledger.failures.copy()
    async with scenario.load():
        await _everything_happens_to(system.to_broker, scenario, "the broker", short=("lossy", "cut", "half_open"))
        assert ledger.failures == failed_before
        # those that are left out for PostgreSQL are part of each failover
        await _everything_happens_to(system.to_postgres, scenario, "PostgreSQL", short=("slow", "lossy"))
        await _commands_are_refused_in_time(scenario)

    assert _processes(system) == before
    failed = ledger.failures - failed_before
    assert failed["intake of leads: 503"], failed
    assert not [what for what in failed if what.startswith("intake") and "Timeout" in what], failed
    await scenario.accounted_for(letters_may_repeat=LETTERS_AT_ONCE * scenario.times(6, 31))
