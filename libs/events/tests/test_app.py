"""The life of a service: what starts, what a stop waits for, what a fault does; as a process too."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
import pytest
from embedded.process import free_port
from events.app import Runtime, Service, build
from events.request_head import MOST_HEAD_BYTES
from events.settings import Role, Settings
from serving import ADMIN_KEY, Serve


class Worker:
    """Finishes its piece of work before it stops."""

    role: Role = "worker"

    def __init__(self, seconds: float, name: str = "worker") -> None:
        self.seconds, self.name = seconds, name
        self.finished = False

    async def run(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        await asyncio.sleep(self.seconds)
        self.finished = True

    def last_progress(self) -> float:
        return time.monotonic()

    async def ready(self) -> str | None:
        return None


async def test_a_stop_lets_all_parts_finish_together_and_closes_the_pool(
    new_database: Callable[[], Awaitable[str]], no_migrations: Path
) -> None:
    workers = [Worker(0.3, name) for name in map(str, range(40))]
    service = Service("stops", "Stops", "For tests.", no_migrations, components=lambda _: workers)
    app = build(service, Settings(database_url=await new_database()))
    async with app.running() as runtime:
        await asyncio.sleep(0.01)
        before = time.perf_counter()
    assert time.perf_counter() - before < 10, "one after the other they would take 12 s"
    assert all(worker.finished for worker in workers)
    assert runtime.pool.is_closing()


async def test_a_part_that_does_not_stop_is_cancelled_in_the_end(
    new_database: Callable[[], Awaitable[str]], no_migrations: Path
) -> None:
    worker = Worker(60)
    service = Service("hangs", "Hangs", "For tests.", no_migrations, components=lambda _: [worker])
    app = build(service, Settings(database_url=await new_database(), stop_seconds=0.2))
    before = time.perf_counter()
    async with app.running():
        pass
    assert time.perf_counter() - before < 30
    assert not worker.finished


async def test_what_the_parts_opened_is_closed_when_they_have_stopped(
    new_database: Callable[[], Awaitable[str]], no_migrations: Path
) -> None:
    worker, seen = Worker(0.05), []

    def components(runtime: Runtime) -> list[Worker]:
        async def close() -> None:
            seen.append(worker.finished)

        runtime.closing.push_async_callback(close)
        return [worker]

    service = Service("closes", "Closes", "For tests.", no_migrations, components=components)
    async with build(service, Settings(database_url=await new_database())).running():
        assert seen == []
    assert seen == [True]


async def test_connections_have_their_limits_and_utc(serve: Serve) -> None:
    serving = await serve(settings={"database_statement_seconds": 2, "database_lock_seconds": 1.5})
    expected = {
        "timezone": "UTC",
        "statement_timeout": "2s",
        "lock_timeout": "1500ms",
        "idle_in_transaction_session_timeout": "20s",
        "transaction_timeout": "1min",
        "application_name": "voronka-demo",
    }
    shown = {name: await serving.runtime.pool.fetchval("SELECT current_setting($1)", name) for name in expected}
    assert shown == expected


async def test_behind_pgbouncer_no_statement_is_kept_and_no_limit_is_asked_for(serve: Serve) -> None:
    serving = await serve(settings={"database_statement_cache": 0})
    assert await serving.runtime.pool.fetchval("SHOW lock_timeout") == "0"
    for _ in range(3):
        await serving.runtime.pool.fetchval("SELECT $1::int", 1)
    assert await serving.runtime.pool.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''") == 0


async def test_a_fault_of_the_life_itself_is_reported(serve: Serve) -> None:
    class Impossible(BaseException):
        pass

    class Bomb(Worker):
        async def run(self, stopping: asyncio.Event) -> None:
            await asyncio.sleep(0.05)
            raise Impossible

    called = asyncio.Event()
    serving = await serve(components=lambda _: [Bomb(0)])
    serving.app.on_failure = called.set
    await asyncio.wait_for(called.wait(), 60)
    assert serving.app.failure is not None


# --- as a process

SCRIPT = """
import asyncio, sys, time
from pathlib import Path
from fastapi import APIRouter, Depends
from events.app import Service, run
from events.auth import public

def routers(runtime):
    router = APIRouter(dependencies=[Depends(public("a test"))])
    @router.get("/slow")
    async def slow(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"
    return [router]

def forgotten(runtime):
    router = APIRouter()
    @router.get("/forgotten")
    async def forgotten() -> str: return ""
    return [router]

class Part:
    name, role = "part", "worker"
    async def run(self, stopping):
        await stopping.wait()
        await asyncio.sleep(0.2)
        print("the part has finished", flush=True)
    def last_progress(self): return time.monotonic()
    async def ready(self): return None

made = {"forgotten": forgotten}.get(sys.argv[2], routers)
service = Service("proc", "Process", "For tests.", Path(sys.argv[1]), routers=made, components=lambda _: [Part()])
run(service, sys.argv[3:])
"""


class Process:
    """The service as a process of its own."""

    def __init__(self, tmp_path: Path, migrations: Path, dsn: str) -> None:
        self.script, self.migrations, self.dsn = tmp_path / "proc.py", migrations, dsn
        self.script.write_text(SCRIPT)
        self.log = tmp_path / "log"
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, routes: str = "", **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(self.script), str(self.migrations), routes, *arguments]
        given = {"VORONKA_DATABASE_URL": self.dsn, "VORONKA_BOOTSTRAP_KEY": ADMIN_KEY}
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                command, env=os.environ | given | environment, stdout=log, stderr=subprocess.STDOUT
            )
        self.started.append(process)
        return process

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def process(
    tmp_path: Path, no_migrations: Path, new_database: Callable[[], Awaitable[str]]
) -> AsyncIterator[Process]:
    made = Process(tmp_path, no_migrations, await new_database())
    yield made
    for one in made.started:
        one.kill()
        one.wait()


async def answering(client: httpx2.AsyncClient, path: str, status: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            if (await client.get(path)).status_code == status:
                return
        except httpx2.TransportError:
            pass
        assert time.monotonic() < until, f"{path} did not answer {status}"
        await asyncio.sleep(0.03)


async def test_sigterm_drains_finishes_requests_and_parts_and_exits_with_0(process: Process, port: int) -> None:
    running = process.start("--port", str(port), VORONKA_DRAIN_SECONDS="0.6")
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await answering(client, "/readyz", 200)
        request = asyncio.create_task(client.get("/slow", params={"seconds": 3}))
        await asyncio.sleep(0.1)
        running.send_signal(signal.SIGTERM)
        await answering(client, "/readyz", 503, seconds=2.5)
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/slow", params={"seconds": 0})).status_code == 200
        assert (await request).json() == "done"
    assert await asyncio.to_thread(running.wait, 60) == 0
    assert "the part has finished" in process.log.read_text()


async def test_an_impatient_second_signal_is_heard(process: Process, port: int) -> None:
    running = process.start("--port", str(port))
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await answering(client, "/readyz", 200)
        request = asyncio.create_task(client.get("/slow", params={"seconds": 60}))
        await asyncio.sleep(0.1)
        running.send_signal(signal.SIGINT)
        await asyncio.sleep(0.3)
        running.send_signal(signal.SIGINT)
        await asyncio.to_thread(running.wait, 20)
        request.cancel()


async def test_every_log_line_of_a_process_is_json(process: Process, port: int) -> None:
    correlation = "0190a8b2-5f0e-7000-8000-000000000001"
    running = process.start("--port", str(port), VORONKA_LOG_REQUESTS="true")
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await answering(client, "/readyz", 200)
        await client.get(
            "/slow", params={"seconds": 0}, headers={"x-correlation-id": "0190a8b2-5f0e-7000-8000-000000000001"}
        )
    running.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(running.wait, 60) == 0
    text = process.log.read_text().splitlines()
    assert [line for line in text if not line.startswith("{")] == ["the part has finished"]
    lines = process.lines()
    assert all(line["service"] == "proc" and line["level"] and line["timestamp"] for line in lines)
    request = next(line for line in lines if line["event"] == "request" and line["route"] == "/slow")
    assert request["correlation_id"] == correlation
    assert ADMIN_KEY not in process.log.read_text()


async def test_a_faulty_configuration_ends_the_process_with_2_and_all_faults(process: Process) -> None:
    running = process.start("--port", "eighty", VORONKA_LOG_LEVEL="LOUD")
    assert await asyncio.to_thread(running.wait, 60) == 2
    text = process.log.read_text()
    assert "VORONKA_PORT" in text
    assert "VORONKA_LOG_LEVEL" in text
    assert "Traceback" not in text


async def test_a_route_that_declares_nothing_ends_the_process(process: Process, port: int) -> None:
    running = process.start("--port", str(port), routes="forgotten")
    assert await asyncio.to_thread(running.wait, 60) != 0
    assert "GET /forgotten" in process.log.read_text()


async def test_settings_are_printed_without_secrets(process: Process) -> None:
    running = process.start("--print-settings", "--roles", "api,relay")
    assert await asyncio.to_thread(running.wait, 60) == 0
    text = process.log.read_text()
    assert "VORONKA_ROLES=api,relay" in text
    assert "VORONKA_BOOTSTRAP_KEY=***" in text
    assert ADMIN_KEY not in text


@pytest.mark.parametrize(("more", "status"), [(0, b"200"), (1, b"431")])
async def test_the_head_of_a_request_has_a_limit(process: Process, port: int, more: int, status: bytes) -> None:
    """Whether it has ended or not: a header without an end would fill the memory."""
    process.start("--port", str(port))
    async with httpx2.AsyncClient() as client:
        await answering(client, f"http://127.0.0.1:{port}/readyz", 200)
    start, end = b"GET /livez HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-Long: ", b"" if more else b"\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start + b"x" * (MOST_HEAD_BYTES - len(start) - len(end) + more) + end)
    async with asyncio.timeout(60):
        answer = await reader.read()
    assert answer.split()[1] == status
    writer.close()


async def test_metrics_can_have_a_port_of_their_own(process: Process, port: int) -> None:
    metrics_port = free_port()
    process.start("--port", str(port), VORONKA_METRICS_PORT=str(metrics_port))
    async with httpx2.AsyncClient() as client:
        await answering(client, f"http://127.0.0.1:{port}/readyz", 200)
        assert (await client.get(f"http://127.0.0.1:{port}/metrics")).status_code == 404
        page = await client.get(f"http://127.0.0.1:{metrics_port}/metrics")
        assert "http_requests_total" in page.text
        assert "process_resident_memory_bytes" in page.text
