"""One service as several processes: every role may run apart, and more than one of each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from embedded.process import ChildProcess, free_port
from embedded.system import ROOT, System
from voronka.client import Api

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@contextmanager
def process(system: System, service: str, roles: str, port: int) -> Iterator[ChildProcess]:
    settings = system.environment(service) | {"VORONKA_PORT": str(port)}
    child = ChildProcess(
        f"{service} as {roles}",
        [sys.executable, "-m", service, "--roles", roles],
        log=system.home / "log" / f"{service}-{roles}.log",
        env=settings,
        cwd=ROOT,
    )
    child.start()
    try:
        yield child
    finally:
        child.stop()


async def test_api_relay_and_worker_of_leads_run_as_processes_of_their_own(system: System) -> None:
    leads_port = system.ports["leads"]
    system.services["leads"].stop()
    try:
        with ExitStack() as stack:
            for roles, port in (("api", leads_port), ("relay", free_port()), ("relay,worker", free_port())):
                stack.enter_context(process(system, "leads", roles, port))
            async with (
                Api(system.url("leads"), system.secrets.admin_key) as leads,
                Api(system.url("analytics"), system.secrets.admin_key) as analytics,
            ):
                before = (await analytics.get("/counts"))["touches"]
                for number in range(20):
                    await leads.post("/leads", {"name": "Роль", "phones": [f"+7900777{number:04d}"]})
                async with asyncio.timeout(240):
                    while (await analytics.get("/counts"))["touches"] != before + 20:
                        await asyncio.sleep(0.1)
    finally:
        system.services["leads"].start(90)
