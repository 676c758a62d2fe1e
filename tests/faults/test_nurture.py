"""Sequences, a mailing and a questionnaire while the processes that carry them are killed and stopped: every step of
every customer, every recipient's message and every answer once, as without faults, in the tables and at the provider.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from automation.rules.rule import Rule, Rules
from automation.sequences.exits import Exits
from automation.sequences.shelf import Sequences
from automation_world import Leads, Story, world
from events.contracts.leads import CustomerTagged
from pytest_httpserver import HTTPServer

from .conftest import SEED, SHORT
from .nurture import ASK, ASKED, MAILING, START, WARM_UP, Customers, Operator, Pair, found, processes

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

CUSTOMERS = 60 if SHORT else 600
KNOWN = 10
"""Every so many is known already: the mailing passes him by, and his way through the sequence is shorter."""
TIMES = 2 if SHORT else 8
IDLE_SECONDS = 2
"""After so long PostgreSQL ends the transaction of one who stands still."""
PATIENCE_SECONDS = 240 if SHORT else 800

Databases = Callable[..., Awaitable[str]]


@pytest.fixture
def provider(httpserver: HTTPServer) -> Operator:
    """Who sends SMS; and leads, who has the keys of customers."""
    operator = Operator()
    httpserver.expect_request("/sms", method="POST").respond_with_handler(operator.answer)
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads().answer)
    return operator


async def test_every_step_every_message_and_every_answer_is_there_once_whoever_is_killed_or_stopped(
    new_database: Databases, provider: Operator, httpserver: HTTPServer, tmp_path: Path
) -> None:
    url, chance = httpserver.url_for(""), random.Random(f"{SEED}-nurture")
    plain = await carried_through(await new_database("automation"), provider, url, tmp_path / "plain")
    told_plainly = provider.begins_anew()
    broken = await carried_through(await new_database("automation"), provider, url, tmp_path / "broken", chance)

    known = len(range(0, CUSTOMERS, KNOWN))
    assert len({key for key, *_ in told_plainly}) == len(told_plainly) == 4 * CUSTOMERS - 2 * known
    assert len(plain["answers"]) == CUSTOMERS
    assert plain["tasks"] == []
    assert provider.told == told_plainly
    print(f"{provider.repeats} of {len(provider.told)} messages were handed over again, with the same key")
    for name, rows in plain.items():
        assert broken[name] == rows, name


async def carried_through(
    dsn: str, provider: Operator, url: str, home: Path, chance: random.Random | None = None
) -> dict[str, list[Any]]:
    """What came of it all; with faults where there is ``chance``."""
    story, rules = Story(), Rules((Rule.model_validate(START), Rule.model_validate(ASK)))
    names = [f"c{n}" for n in range(CUSTOMERS)]
    for n, name in enumerate(names):
        story.registered(name, phones=[f"+7916{n:07}"])
        if n % KNOWN == 0:
            story.told(name, CustomerTagged(customer_id=story.customer(name), tags=("vip",)))
    async with (
        world(dsn, rules, others=(Exits(Sequences()).react,)) as automation,
        processes(dsn, url, home, IDLE_SECONDS) as pair,
        Customers(pair) as customers,
    ):
        await automation.deliver(story.records)
        await customers.ask("PUT", "/questionnaires/service", ASKED)
        await customers.ask("PUT", "/sequences/warm-up", WARM_UP)
        await customers.ask("PUT", "/sequences/warm-up/state", {"state": "open"})
        mailing = await customers.ask("POST", "/mailings", MAILING, **{"idempotency-key": "spring"})
        await customers.ask("POST", f"/mailings/{mailing['mailing_id']}/start", {})
        for start in range(0, CUSTOMERS, 50):
            await automation.deliver([one for name in names[start : start + 50] for one in story.captured(name)])
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            group.create_task(customers.answer(provider, CUSTOMERS))
            if chance is not None:
                await break_them(pair, automation.pool, chance)
            while await automation.pool.fetchval("SELECT count(*) FROM tasks"):
                await days_pass(automation.pool)
                await asyncio.sleep(0.3)
        await automation.settle()
        return await found(automation.pool)


async def days_pass(pool: asyncpg.Pool, most: int = CUSTOMERS) -> None:
    """What waits for its hour comes up; work that is in hand is left alone."""
    await pool.execute(
        "UPDATE tasks SET due_at = now() WHERE id IN"
        " (SELECT id FROM tasks WHERE due_at > now() AND leased_until IS NULL ORDER BY id LIMIT $1"
        " FOR UPDATE SKIP LOCKED)",
        most,
    )


async def break_them(pair: Pair, pool: asyncpg.Pool, chance: random.Random) -> None:
    """Kills one and stops the other while there is work in hand, which is taken up by somebody else. After each time
    some more customers are led on, so that there is work for the next.
    """
    for number in range(TIMES):
        killed, stopped = pair.both if number % 2 else reversed(pair.both)
        while not await pool.fetchval("SELECT EXISTS (SELECT FROM tasks WHERE leased_until > now())"):
            await asyncio.sleep(0.01)
        await asyncio.sleep(chance.uniform(0.0, 0.1))
        await asyncio.to_thread(killed.kill)
        os.kill(stopped.pid, signal.SIGSTOP)
        try:
            await asyncio.to_thread(killed.spawn)
            await asyncio.to_thread(killed.wait_until_ready, PATIENCE_SECONDS)
            await asyncio.sleep(IDLE_SECONDS)
            await leases_pass(pool)
            await asyncio.sleep(chance.uniform(0.1, 1.0))
        finally:
            os.kill(stopped.pid, signal.SIGCONT)
        await days_pass(pool, CUSTOMERS // TIMES)


async def leases_pass(pool: asyncpg.Pool) -> None:
    """As if a minute had gone by: leases of the dead are over, and of whoever has work in hand at this moment too."""
    await pool.execute(
        "UPDATE tasks SET leased_until = now() WHERE id IN"
        " (SELECT id FROM tasks WHERE leased_until > now() FOR UPDATE SKIP LOCKED)"
    )
