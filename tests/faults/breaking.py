"""What can be done to the processes of a running system."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from embedded.process import ChildProcess, free_port
from embedded.system import ROOT, SERVICES, System

START_SECONDS = 120.0


async def start(process: ChildProcess) -> None:
    """Starts it and waits until it is ready."""
    await asyncio.to_thread(process.start, START_SECONDS)


async def is_ready(url: str) -> bool:
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        try:
            return (await http.get(f"{url}/readyz")).status_code == 200
        except httpx2.TransportError:
            return False


async def wait_until_ready(system: System, *names: str, seconds: float = START_SECONDS) -> None:
    """Until all of these services (none named: every one) are ready; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        for name in names or SERVICES:
            while not await is_ready(system.url(name)):
                await asyncio.sleep(0.1)


def another(system: System, name: str, **environment: str) -> tuple[ChildProcess, str]:
    """One more process of a service on a port of its own, not started, and its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = ChildProcess(
        f"another {name}",
        [sys.executable, "-m", name],
        log=system.home / "log" / f"another-{name}.log",
        env=system.environment(name) | {"VORONKA_PORT": str(port), **environment},
        cwd=ROOT,
    )
    return process, url


@asynccontextmanager
async def another_running(system: System, name: str, **environment: str) -> AsyncIterator[tuple[ChildProcess, str]]:
    """The same, started and ready; stopped at the end."""
    process, url = another(system, name, **environment)
    await asyncio.to_thread(process.start)
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await is_ready(url):
                await asyncio.sleep(0.1)
        yield process, url
    finally:
        await asyncio.to_thread(process.stop)


@asynccontextmanager
async def frozen(process: ChildProcess) -> AsyncIterator[None]:
    """SIGSTOP, and SIGCONT at the end: for the process no time has passed."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)
