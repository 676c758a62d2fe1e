"""What a machine runs out of: room on the disk, file descriptors. One service, leads, on a disk of its own."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx2
import psutil
import pytest
from embedded.postgres import Postgres
from embedded.system import System
from voronka import samples
from voronka.people import people

from .breaking import wait_until_ready

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

DISK_BYTES, LEFT_BYTES = 400 * 2**20, 8 * 2**20
LARGE = 350_000
AGAIN_SECONDS = 120
SPARE_DESCRIPTORS = 12
CONNECTIONS = 200
MOST_LINES_A_SECOND = 50


@pytest.fixture(scope="module")
def leads(reachable_tmp: Path) -> Iterator[System]:
    """Everything it writes, its log too, is on a file system of 400 MB in memory."""
    home = reachable_tmp / "small-disk"
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "voronka-test", home], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"needs to mount a file system: {mounted.stderr.decode().strip()}")
    try:
        system = System(home, services=("leads",))
        with system:
            yield system
    finally:
        subprocess.run(["umount", "--lazy", home], check=True)


class Sender:
    """Sends forms, each with a key of its own, and knows which were accepted."""

    def __init__(self, system: System, http: httpx2.AsyncClient) -> None:
        self._system, self._http = system, http
        self._numbers = iter(range(1_000_000))
        self.accepted: list[str] = []
        self.statuses: list[int] = []

    async def send(self, length: int = 10) -> int:
        """Status of the answer; 0 if there was none."""
        number = next(self._numbers)
        key = f"form-{number:06}-{id(self)}"
        person = replace(people(1, 1, first=number)[0], message=random.randbytes(length // 2).hex())
        form = samples.web_form(person, key, key=self._system.secrets.channel_secret)
        try:
            answer = await self._http.request(
                form.method, f"{self._system.url('leads')}/in/web_form/demo", content=form.body,
                headers=dict(form.headers),
            )  # fmt: skip
        except httpx2.TransportError:
            self.statuses.append(0)
            return 0
        if answer.is_success:
            self.accepted.append(key)
        self.statuses.append(answer.status_code)
        return answer.status_code

    async def until_accepted(self) -> None:
        """Sends until one is accepted; raises TimeoutError."""
        async with asyncio.timeout(AGAIN_SECONDS):
            while not 200 <= await self.send() < 300:
                await asyncio.sleep(0.2)

    def stored(self) -> set[str]:
        """The keys of all requests in the database."""
        query = "SELECT substring(encode(body, 'escape') from 'form-[0-9]{6}-[0-9]+') FROM intake"
        return set(self._system.postgres.query(query, "voronka_leads").splitlines())


@asynccontextmanager
async def sending(system: System) -> AsyncIterator[Sender]:
    limits = httpx2.Limits(max_keepalive_connections=0)  # each request on a connection of its own
    async with httpx2.AsyncClient(timeout=30, limits=limits, trust_env=False) as http:
        yield Sender(system, http)


async def test_a_full_disk_costs_no_acknowledged_request_and_is_overcome_when_there_is_room(leads: System) -> None:
    service, ballast = leads.services["leads"], leads.home / "ballast"
    async with sending(leads) as sender:
        await sender.until_accepted()
        # when there is nearly no room, and then none
        free = os.statvfs(leads.home).f_bavail * os.statvfs(leads.home).f_frsize
        await asyncio.to_thread(_fill, ballast, free - LEFT_BYTES)
        async with asyncio.timeout(AGAIN_SECONDS):
            while sender.statuses.count(503) < 10:
                await asyncio.gather(*(sender.send(LARGE) for _ in range(4)))
        # then nobody was told what is not true, and the service lives
        assert {status for status in sender.statuses if status >= 300} <= {503, 507}, sender.statuses
        assert 0 not in sender.statuses
        assert service.running
        # and when there is room again, all goes on by itself
        await asyncio.to_thread(ballast.unlink)
        async with supervised(leads.postgres):
            await sender.until_accepted()
        await wait_until_ready(leads, "leads")
        assert service.running
        assert set(sender.accepted) <= sender.stored()


async def test_without_file_descriptors_connections_wait_or_fail_and_nothing_else(leads: System) -> None:
    service = leads.services["leads"]
    process = psutil.Process(service.pid)
    before = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
    log = leads.home / "log" / "leads.log"
    async with sending(leads) as sender:
        await sender.until_accepted()
        lines = log.read_bytes().count(b"\n")
        resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (process.num_fds() + SPARE_DESCRIPTORS, before[1]))
        held: list[asyncio.StreamWriter] = []
        try:
            # when more connections are held open than it may have
            for _ in range(CONNECTIONS):
                with suppress(OSError, TimeoutError):
                    _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", leads.ports["leads"]), 5)
                    held.append(writer)
            await asyncio.sleep(5)
            assert process.num_fds() >= resource.prlimit(service.pid, resource.RLIMIT_NOFILE)[0] - 1
            written = log.read_bytes().count(b"\n") - lines
        finally:
            for writer in held:
                writer.close()
        # then it lives, does not flood its log, and takes requests as soon as they are gone, with the limit as it is
        assert written < MOST_LINES_A_SECOND * 5
        await sender.until_accepted()
        assert service.running
        resource.prlimit(service.pid, resource.RLIMIT_NOFILE, before)
        await wait_until_ready(leads, "leads")
        assert set(sender.accepted) <= sender.stored()


@asynccontextmanager
async def supervised(postgres: Postgres) -> AsyncIterator[None]:
    """It ends itself if it cannot even write its log, and not at once; whoever supervises it starts it again."""

    async def keep_running() -> None:
        while True:
            if not postgres.running:
                with suppress(Exception):
                    postgres.stop("immediate")
                await asyncio.to_thread(postgres.start)
            await asyncio.sleep(0.5)

    keeping = asyncio.create_task(keep_running())
    yield
    keeping.cancel()


def _fill(path: Path, size: int) -> None:
    with path.open("wb") as file, suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, size)
