"""What can be done to the processes of a running system."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx2
import psutil
from embedded.process import ChildProcess, free_port
from embedded.system import ROOT, SERVICES, System

START_SECONDS = 120.0


async def start(process: ChildProcess) -> None:
    """Starts it and waits until it is ready."""
    await asyncio.to_thread(process.start, START_SECONDS)


async def unready(url: str) -> str | None:
    """Why a process says that it is not ready, None if it is."""
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        try:
            answer = await http.get(f"{url}/readyz")
        except httpx2.TransportError as error:
            return type(error).__name__
        return None if answer.status_code == 200 else answer.text


async def is_ready(url: str) -> bool:
    return await unready(url) is None


async def wait_until_ready(system: System, *names: str, seconds: float = START_SECONDS) -> None:
    """Until all of these services (none named: every one) are ready; raises TimeoutError with the last reason."""
    give_up = time.monotonic() + seconds
    for name in names or SERVICES:
        while (reason := await unready(system.url(name))) is not None:
            if time.monotonic() > give_up:
                raise TimeoutError(f"{name} is not ready after {seconds:g} s: {reason}")
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
async def in_parts(
    system: System, name: str, front: str, back: str, **environment: str
) -> AsyncIterator[tuple[ChildProcess, ChildProcess]]:
    """A service as three processes: one of the roles ``front`` at its usual address, two of the roles ``back``.

    Those two are killed at the end: an embedded broker's group may not survive that one member after the other says
    that it leaves.
    """
    await asyncio.to_thread(system.services[name].stop)
    at_the_front, _ = another(system, name, VORONKA_PORT=str(system.ports[name]), VORONKA_ROLES=front)
    twins = [another(system, name, VORONKA_ROLES=back, **environment) for _ in range(2)]
    processes = [at_the_front, *(process for process, _ in twins)]
    try:
        for process in processes:
            await asyncio.to_thread(process.spawn)
        async with asyncio.timeout(START_SECONDS):
            for url in (system.url(name), *(url for _, url in twins)):
                while not await is_ready(url):
                    await asyncio.sleep(0.1)
        yield twins[0][0], twins[1][0]
    finally:
        for process in processes[1:]:
            await asyncio.to_thread(process.kill)
        await asyncio.to_thread(at_the_front.stop)
        await start(system.services[name])


_HOLDS = """
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.relation = $1::text::regclass AND l.mode = 'RowShareLock' AND l.granted AND a.backend_xid IS NOT NULL
   AND a.client_port = ANY($2::int[])
"""


async def holds_rows(process: ChildProcess, pool: asyncpg.Pool, table: str) -> bool:
    """Whether a transaction of this process has locked rows of a table, as ``SELECT … FOR UPDATE`` does."""
    ports = [connection.laddr.port for connection in psutil.Process(process.pid).net_connections()]
    return bool(await pool.fetchval(_HOLDS, table, ports))


@asynccontextmanager
async def frozen_with(process: ChildProcess, pool: asyncpg.Pool, table: str) -> AsyncIterator[None]:
    """SIGSTOP while a transaction of the process holds rows of a table, and SIGCONT at the end: for the process no
    time has passed.
    """
    async with asyncio.timeout(START_SECONDS):
        os.kill(process.pid, signal.SIGSTOP)
        while not await holds_rows(process, pool, table):
            os.kill(process.pid, signal.SIGCONT)
            await asyncio.sleep(random.uniform(0.0, 0.05))
            os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)
