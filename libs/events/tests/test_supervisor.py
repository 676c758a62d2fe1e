"""Background parts: restarted with a growing pause, known to move or to stall, stopped in time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from events import logs, supervisor
from events.metrics import COMPONENT_RESTARTS
from events.poller import Poller
from events.settings import Role
from events.supervisor import Supervisor
from structlog.testing import capture_logs


class Part:
    """A component whose run is given as a function."""

    name = "part"
    role: Role = "worker"

    def __init__(self, run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        self._run = run
        self.runs = 0
        self.progress = time.monotonic()

    async def run(self, stopping: asyncio.Event) -> None:
        self.runs += 1
        await self._run(stopping)

    def last_progress(self) -> float:
        return self.progress

    async def ready(self) -> str | None:
        return None


async def works(stopping: asyncio.Event) -> None:
    await stopping.wait()


async def fails(_stopping: asyncio.Event) -> None:
    raise RuntimeError("broken")


async def ends(_stopping: asyncio.Event) -> None:
    return


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of milliseconds instead of seconds."""
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.08)


def restarts(service: str) -> float:
    return COMPONENT_RESTARTS.labels(service, "part")._value.get()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("run", "why"), [(fails, "RuntimeError"), (ends, "ended by itself")])
async def test_a_part_that_fails_or_ends_is_started_again_and_counted(
    run: Callable[[asyncio.Event], Awaitable[None]], why: str
) -> None:
    part, stopping = Part(run), asyncio.Event()
    watched = Supervisor(f"restarts-{why}", part, 60)
    running = asyncio.create_task(watched.run(stopping))
    while part.runs < 4:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.002)
    assert watched.state(time.monotonic()) == f"restarting ({why})"
    assert await watched.ready() == f"is being restarted ({why})"
    stopping.set()
    await asyncio.wait_for(running, 60)
    assert restarts(f"restarts-{why}") >= 3


@pytest.mark.usefixtures("quick")
async def test_pauses_grow_to_the_longest_and_no_further() -> None:
    part, stopping = Part(ends), asyncio.Event()
    with capture_logs() as lines:
        running = asyncio.create_task(Supervisor("pauses", part, 60).run(stopping))
        while part.runs < 8:
            await asyncio.sleep(0.005)
        stopping.set()
        await running
    pauses = [line["pause_seconds"] for line in lines if line["event"] == "component_restarts"]
    assert pauses[:7] == pytest.approx([0.01, 0.02, 0.04, 0.08, 0.08, 0.08, 0.08])


async def test_a_part_ends_when_it_is_told_to_and_is_not_restarted() -> None:
    part, stopping = Part(works), asyncio.Event()
    running = asyncio.create_task(Supervisor("told", part, 60).run(stopping))
    await asyncio.sleep(0.01)
    stopping.set()
    await asyncio.wait_for(running, 60)
    assert part.runs == 1


async def test_a_failure_while_stopping_ends_the_part() -> None:
    async def fails_at_the_end(stopping: asyncio.Event) -> None:
        await stopping.wait()
        raise RuntimeError

    part, stopping = Part(fails_at_the_end), asyncio.Event()
    running = asyncio.create_task(Supervisor("at-the-end", part, 60).run(stopping))
    await asyncio.sleep(0.01)
    stopping.set()
    await asyncio.wait_for(running, 60)
    assert part.runs == 1


async def test_a_part_without_progress_is_stalled_and_with_progress_is_not() -> None:
    part, stopping = Part(works), asyncio.Event()
    watched = Supervisor("stalls", part, 60)
    assert watched.state(time.monotonic()) == "not started"
    running = asyncio.create_task(watched.run(stopping))
    await asyncio.sleep(0.01)
    start = time.monotonic()
    assert watched.state(start + 59) == "running"
    assert watched.state(start + 61) == "stalled"
    part.progress = start + 50
    assert watched.state(start + 61) == "running"
    stopping.set()
    await running


async def test_a_part_being_restarted_is_not_called_stalled() -> None:
    part, stopping = Part(fails), asyncio.Event()
    watched = Supervisor("outage", part, 60)
    running = asyncio.create_task(watched.run(stopping))
    await asyncio.sleep(0.02)
    assert not watched.stalled(time.monotonic() + 10_000)
    stopping.set()
    await running


async def test_a_part_logs_under_its_role() -> None:
    seen: list[str | None] = []

    async def look(stopping: asyncio.Event) -> None:
        seen.append(logs.role.get())
        await stopping.wait()

    stopping = asyncio.Event()
    running = asyncio.create_task(Supervisor("role", Part(look), 60).run(stopping))
    await asyncio.sleep(0.01)
    stopping.set()
    await running
    assert seen == ["worker"]
    assert logs.role.get() is None


async def test_a_part_that_pauses_for_longer_than_a_stall_has_not_stalled_and_one_that_hangs_has() -> None:
    async def hangs() -> int:
        return await asyncio.get_running_loop().create_future()

    async def finds_nothing() -> int:
        return 0

    stopping = asyncio.Event()
    for look, state in ((finds_nothing, "running"), (hangs, "stalled")):
        supervised = Supervisor("leads", Poller("part", look, pause_seconds=600), stall_seconds=0.05)
        running = asyncio.create_task(supervised.run(stopping))
        await asyncio.sleep(0.3)
        assert supervised.state(time.monotonic()) == state
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
