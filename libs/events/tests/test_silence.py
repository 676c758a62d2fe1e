"""A database or broker that says nothing more: its host is gone, or it stands still. Nobody waits for it for long."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import asyncpg
import httpx2
import pytest
from aiokafka.protocol.metadata import MetadataRequest
from events import checks, database, health, intake
from events.app import Runtime
from events.auth import require
from events.database import SILENCE, Connecting, make_pool
from events.intake import Intake, Verdict
from events.kafka import AIOKafkaConnection
from events.settings import Settings
from events.webhooks import Reply
from fastapi import APIRouter, Depends
from serving import Serve

NewDatabase = Callable[[], Awaitable[str]]


@pytest.fixture
async def pool(new_database: NewDatabase) -> AsyncIterator[asyncpg.Pool]:
    settings = Settings(database_url=await new_database())
    async with make_pool(settings, "test", Connecting(asyncio.Event(), lambda _: None)) as pool:
        yield pool


@pytest.mark.skipif(sys.platform != "linux", reason="the options are Linux's")
async def test_the_kernel_gives_up_a_server_whose_packets_stay_away(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        one = connection._transport.get_extra_info("socket")
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        options = {name: one.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in SILENCE}
    assert options == SILENCE


async def test_a_connection_that_does_not_answer_is_broken_off_and_the_others_are_made_anew(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "RELEASE_SECONDS", 0.2)
    async with pool.acquire() as one, pool.acquire() as other:
        before = [await each.fetchval("SELECT pg_backend_pid()") for each in (one, other)]
    async with pool.acquire() as connection:
        frozen = await connection.fetchval("SELECT pg_backend_pid()")
        os.kill(frozen, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await connection.execute("SELECT 1", timeout=0.2)
    try:
        assert await pool.fetchval("SELECT pg_backend_pid()", timeout=30) not in before
    finally:
        os.kill(frozen, signal.SIGCONT)


async def test_who_waits_for_a_database_that_stands_still_is_told_long_before_the_limit_of_a_statement(
    serve: Serve,
) -> None:
    """Those who wait for an answer, and those who wait for a connection; and all goes on when it goes on."""

    def asking(runtime: Runtime) -> Sequence[APIRouter]:
        router = APIRouter()

        @router.get("/asks", dependencies=[Depends(require("leads:read"))])
        async def asks() -> int:
            async with runtime.pool.acquire() as connection, connection.transaction():
                return int(await connection.fetchval("SELECT pg_backend_pid()"))

        return [router]

    limits = {"database_silence_seconds": 1, "database_pool_max": 2, "roles": "api"}
    serving = await serve(routers=asking, settings=limits)
    pool = serving.runtime.pool
    async with pool.acquire() as one, pool.acquire() as other:
        pooled = {await each.fetchval("SELECT pg_backend_pid()") for each in (one, other)}
        everybody = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        async with asyncio.timeout(60):
            while len(ours := {row["pid"] for row in await one.fetch(everybody)}) < 3:
                await asyncio.sleep(0.05)
    assert pooled < ours
    for pid in ours:
        os.kill(pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(50):
            answers = await asyncio.gather(*(serving.admin.get("/asks") for _ in range(6)))
    finally:
        for pid in ours:
            os.kill(pid, signal.SIGCONT)
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) >= 2
    assert {answer.status_code for answer in refused} == {503}
    assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
    async with asyncio.timeout(60):
        while (answer := await serving.admin.get("/asks")).status_code != 200:
            await asyncio.sleep(0.1)
    assert answer.json() not in ours


async def test_a_database_that_reads_and_commits_nothing_is_told_by_the_probe_and_by_the_checks(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a synchronous standby is missing. Whoever asks meanwhile waits for one commit, not each for his own."""
    monkeypatch.setattr(health, "COMMIT_SECONDS", 0.2)
    monkeypatch.setattr(checks, "COMMIT_SECONDS", 0.2)
    serving = await serve(settings={"roles": "api"})
    pool = serving.runtime.pool

    async def probed(status: int) -> str:
        async with asyncio.timeout(60):
            while (answer := await serving.nobody.get("/readyz")).status_code != status:
                await asyncio.sleep(0.05)
        return answer.text

    await probed(200)
    await pool.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    try:
        await pool.execute("SELECT pg_reload_conf()")
        assert "commit: not answered for" in await probed(503)
        made = {check["name"]: check for check in (await serving.admin.get("/operations/checks")).json()}
        assert (made["schema"]["state"], made["commit"]["state"]) == ("pass", "fail")
        assert (await serving.nobody.get("/livez")).status_code == 200
        assert await pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == 1
    finally:
        await pool.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await pool.execute("SELECT pg_reload_conf()")
    await probed(200)


async def test_intake_says_in_time_that_a_request_was_not_stored(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "STORE_SECONDS", 0.2)
    front = Intake(
        "test", pool, lambda _: Verdict(Reply(200, b"ok", "text/plain")), lambda: None,
        max_body_bytes=1000, public_url="https://crm.example",
    )  # fmt: skip
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(front), base_url="http://here") as http:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE intake IN ACCESS EXCLUSIVE MODE")
            answer = await http.post("/in/form/site", content=b"{}")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert (await http.post("/in/form/site", content=b"{}")).status_code == 200
    assert await pool.fetchval("SELECT count(*) FROM intake") == 1


async def test_a_broker_that_does_not_answer_is_not_asked_again_over_the_same_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """aiokafka keeps it for its metadata, and a host that is gone stays the one that is asked."""

    async def known(connection: AIOKafkaConnection) -> None:
        connection._versions = {MetadataRequest.API_KEY: (0, 1)}

    monkeypatch.setattr(AIOKafkaConnection, "_do_version_lookup", known)
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    connection = AIOKafkaConnection(*silent.sockets[0].getsockname(), request_timeout_ms=100)
    await connection.connect()
    try:
        with pytest.raises(TimeoutError):
            await connection.send(MetadataRequest([]))
        assert not connection.connected()
    finally:
        silent.close()
