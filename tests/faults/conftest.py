"""One running system for as many scenarios as it survives; seeds, numbers and a summary at the end of the run."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from embedded.system import System
from voronka.client import Api
from voronka.selling import hire

from .cables import Cabled
from .invariants import Account, everything_accounted_for
from .ledger import Ledger
from .load import Load

HERE = Path(__file__).parent
SHORT = os.environ.get("VORONKA_FAULTS") == "short"
SEED = int(os.environ.get("VORONKA_FAULTS_SEED") or random.SystemRandom().randrange(1_000_000))
AT_ONCE = 4 if SHORT else 8
"""Customers at a time: two cores have to serve them, and to start again what was killed."""
COMPLAINTS = 12
_lines: list[str] = []

# A stopped process holds its locks until PostgreSQL ends its transaction: soon enough for a test to wait for it.
ENVIRONMENT = {
    "VORONKA_DATABASE_IDLE_SECONDS": "15",
    "VORONKA_DRAIN_SECONDS": "2",
    "VORONKA_SEGMENTS_SECONDS": "1",
    "VORONKA_QUIET_FROM": "00:00",
    "VORONKA_QUIET_TO": "00:00",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that need no running system first, then those that share one, and those that spoil its log at its end: a
    system takes a quarter of a minute to start.
    """
    places = [number for number, item in enumerate(items) if item.path.parent == HERE]
    ours = sorted(
        (items[number] for number in places),
        key=lambda item: [
            "scenario" in getattr(item, "fixturenames", ()),
            *(item.get_closest_marker(mark) is not None for mark in ("durable", "marks_the_log")),
        ],
    )
    for number, item in zip(places, ours, strict=True):
        items[number] = item


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _lines:
        terminalreporter.section(f"faults, VORONKA_FAULTS_SEED={SEED}")
        for line in _lines:
            terminalreporter.write_line(line)


@dataclass
class Scenario:
    """A system with its ledger, and the luck of one test."""

    name: str
    system: System
    ledger: Ledger
    chance: random.Random
    faults: list[str] = field(default_factory=list)
    done: bool = False

    def times(self, short: int, full: int) -> int:
        """How often a fault happens, or how long a load lasts in seconds."""
        return short if SHORT else full

    @asynccontextmanager
    async def load(self, **how: float) -> AsyncIterator[Load]:
        """Customers and managers for as long as the block lasts."""
        load = Load(self.system, self.ledger, self.chance.randrange(2**32), **({"at_once": AT_ONCE} | how))
        async with load.flowing():
            yield load

    @property
    def cabled(self) -> Cabled:
        """The system of a test that is marked ``durable``, by whose cables the services reach what they stand on."""
        assert isinstance(self.system, Cabled)
        return self.system

    def note(self, fault: str) -> None:
        """Something that was done to the system, for the report."""
        self.faults.append(fault)

    async def accounted_for(self, *, letters_may_repeat: int = 0, **exceptions: Any) -> Account:
        """The end of every scenario. The short version does not wait for leases of workers that died in it."""
        before = self.ledger
        account = await everything_accounted_for(
            self.system,
            before,
            letters_may_repeat=letters_may_repeat,
            hurrying=SHORT and letters_may_repeat > 0,
            **exceptions,
        )
        self.done = True
        tally = {what: self.faults.count(what) for what in dict.fromkeys(self.faults)}
        _lines.append(f"{self.name}: {', '.join(f'{n} x {what}' for what, n in tally.items()) or 'no fault'}")
        _lines.append(
            f"    {account}; {before.requests} HTTP requests so far, sent again after {dict(before.failures)}"
        )
        return account


class Systems:
    """The system that runs now. One that a failed scenario left in disorder is replaced by a new one."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._number = 0
        self._fsync: bool | None = None
        self._running: tuple[System, Ledger] | None = None

    async def running(self, *, fsync: bool) -> tuple[System, Ledger]:
        if self._running is None or self._fsync != fsync:
            self.stop()
            self._number += 1
            home = self._home / f"system-{self._number}"
            system = (Cabled if fsync else System)(home, fsync=fsync, environment=ENVIRONMENT)
            system.start()
            self._running, self._fsync = (system, Ledger()), fsync
            async with Api(system.url("leads"), system.secrets.admin_key) as leads:
                await hire(leads)
        return self._running

    def stop(self) -> None:
        if self._running is not None:
            self._running[0].stop()
            self._running = None


@pytest.fixture(scope="session")
def systems(reachable_tmp: Path) -> Iterator[Systems]:
    systems = Systems(reachable_tmp)
    yield systems
    systems.stop()


@pytest.fixture
async def scenario(request: pytest.FixtureRequest, systems: Systems) -> AsyncIterator[Scenario]:
    """A running system in good order; with fsync and cables where the test is marked ``durable``. The log of one that
    is marked ``marks_the_log`` holds for ever what no other scenario expects, so it ends with it.
    """
    durable = request.node.get_closest_marker("durable") is not None
    system, ledger = await systems.running(fsync=durable)
    name = request.node.name
    began = time.monotonic()
    scenario = Scenario(name, system, ledger, random.Random(f"{SEED}-{name}"))
    print(f"VORONKA_FAULTS_SEED={SEED}, home {system.home}")
    yield scenario
    _lines.append(f"    {time.monotonic() - began:.0f} s")
    if not scenario.done:
        _lines.extend(_last_words(system))
    if not scenario.done and os.environ.get("VORONKA_FAULTS_KEEP"):
        shutil.copytree(system.home / "log", Path(os.environ["VORONKA_FAULTS_KEEP"]) / name, dirs_exist_ok=True)
    if not scenario.done or request.node.get_closest_marker("marks_the_log") is not None:
        systems.stop()


def _last_words(system: System) -> Iterator[str]:
    """What the processes of a system in disorder have complained of lately: nobody sees their logs elsewhere."""
    for path in sorted((system.home / "log").glob("*.log")):
        lines = [line for line in path.read_text(errors="replace").splitlines() if '"level":"info"' not in line]
        yield from (f"    {path.stem}: {line[:500]}" for line in lines[-COMPLAINTS:])
