"""``voronka doctor``, ``status``, ``events`` and ``relay`` against a service over a socket."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from commands import listening, voronka
from events import fixes
from events.contracts.automation import TaskCompleted
from events.settings import Settings
from events.store import Append, Cause, append_all
from serving import Serve, Serving
from typer.main import get_command
from voronka import doctor
from voronka.client import NotReady
from voronka.doctor import between, lags
from voronka.events import began, tree
from voronka.main import app
from voronka.reference import page

AT = datetime(2026, 3, 2, tzinfo=UTC)
HEADS = [2] * 16


async def told(made: Serving, cause: Cause) -> UUID:
    stream = uuid4()
    async with made.runtime.pool.acquire() as connection, connection.transaction():
        await append_all(connection, [Append(stream, 0, [TaskCompleted(task_id=stream, result="done")], cause, AT)])
    return stream


async def test_a_service_is_looked_at_and_a_story_told_from_a_terminal(serve: Serve) -> None:
    made = await serve(name="automation", settings={"roles": "api", "kafka_bootstrap": "127.0.0.1:1"})
    correlation = uuid4()
    first = await told(made, Cause("key:anna", correlation))
    (row,) = await made.runtime.pool.fetch("SELECT id FROM events")
    await told(made, Cause("rule:x", correlation, row["id"]))
    async with listening(made) as url:

        async def run(*words: str) -> tuple[int, str, str]:
            return await voronka(*words, "--service", "automation", VORONKA_AUTOMATION_URL=url)

        code, out, _ = await run("status", "--json")
        assert (code, sum(json.loads(out)["services"][0]["heads"])) == (0, 2)
        assert "automation" in (await run("status"))[1]

        code, out, _ = await run("doctor", "--json")
        checks = {check["name"]: check for check in json.loads(out)}
        assert (code, checks["broker"]["state"], checks["schema"]["state"]) == (3, "fail", "pass")
        assert "VORONKA_KAFKA_BOOTSTRAP" in (await run("doctor"))[1]

        code, out, _ = await run("events", "trace", str(first), "--json")
        story = json.loads(out)
        assert (code, [event["causation_id"] for event in story["events"]]) == (0, [None, str(row["id"])])
        assert "task.completed.v1" in (await run("events", "trace", str(correlation)))[1]
        assert (await run("events", "trace", str(uuid4())))[0] == 3
        assert json.loads((await run("events", "show", str(first), "--json"))[1])["subject"] == str(first)
        assert len((await run("events", "tail", "--from-start", "--once", "--json"))[1].splitlines()) == 2

        assert json.loads((await run("relay", "status", "--json"))[1])[0]["waiting"] == 2
        await made.runtime.pool.execute("UPDATE relay_cursors SET position = 1")
        assert (await run("relay", "refill", "--shard", "3"))[0] == 2
        assert json.loads((await run("relay", "refill", "--shard", "3", "--dry-run", "--json"))[1])["done"] is False
        assert (await run("relay", "refill", "--shard", "3", "--yes"))[0] == 0
        assert await made.runtime.pool.fetchval("SELECT count(*) FROM relay_cursors WHERE position = 0") == 1


async def test_a_closed_log_is_told_and_readers_are_set_back_before_it_is_opened(serve: Serve) -> None:
    made = await serve(name="leads", settings={"roles": "api", "kafka_bootstrap": "127.0.0.1:1"})
    pool = made.runtime.pool
    await told(made, Cause("test", uuid4()))
    await pool.execute(
        "INSERT INTO watermarks (consumer, source, shard, position, kafka_offset)"
        " SELECT 'leads.reactions', 'voronka.leads.v1', n, 9, 9 FROM generate_series(0, 15) n"
    )
    async with listening(made) as url:
        services = {f"VORONKA_{name}_URL": url for name in ("LEADS", "DEALS", "AUTOMATION", "ANALYTICS")}

        async def run(*words: str) -> tuple[int, str, str]:
            return await voronka(*words, "--service", "leads", **services)

        assert json.loads((await run("relay", "take-back", "--json"))[1])["closed_because"] is None
        await pool.execute("UPDATE log_fence SET closed_because = 'it is older', closed_at = now()")
        assert "voronka relay take-back --service leads" in (await run("doctor"))[1]
        assert (await run("relay", "open"))[0] == 2
        assert (await run("relay", "open", "--dry-run"))[0] == 3
        assert await pool.fetchval("SELECT sum(position) FROM watermarks") == 16 * 9
        opening = asyncio.create_task(run("relay", "open", "--yes", "--json"))
        async with asyncio.timeout(60):
            while await pool.fetchval("SELECT wanted FROM log_fence") != "open":
                await asyncio.sleep(0.05)
        # What the relay does.
        await pool.execute("UPDATE log_fence SET wanted = NULL, closed_because = NULL")
        assert (await opening)[0] == 0
        assert await pool.fetchval("SELECT sum(position) FROM watermarks WHERE kafka_offset IS NULL") == 1


async def test_a_service_that_is_away_is_told_with_what_to_do() -> None:
    code, out, _ = await voronka("doctor", "--service", "deals", "--json", VORONKA_DEALS_URL="http://127.0.0.1:1")
    (check,) = json.loads(out)
    assert (code, check["name"], check["state"], "VORONKA_DEALS_URL" in check["fix"]) == (3, "reachable", "fail", True)
    assert (await voronka("status", "--service", "deals", VORONKA_DEALS_URL="http://127.0.0.1:1"))[0] == 1
    assert (await voronka("status", "--service", "nothing"))[0] == 2


@pytest.mark.parametrize(
    ("reason", "mended_by"),
    [
        (
            "Not started: database: schema is at 1001, 1002 is expected: run the migrations.",
            "python -m events.migrate deals",
        ),
        ("Not started: the database does not answer (ConnectionRefusedError).", "pg_isready"),
        ("Not started: starting.", "docker compose logs"),
    ],
)
def test_a_service_that_waits_is_told_with_the_command_for_what_it_waits_for(reason: str, mended_by: str) -> None:
    (check,) = doctor.of_service("deals", NotReady(reason))
    assert (check["name"], check["state"], check["detail"]) == ("ready", "fail", reason)
    assert check["fix"].startswith(mended_by)


COMMANDS = ("voronka ", "python -m ", "psql ", "pg_isready ", "kafka-", "docker compose ", "chronyc ", "du ")


@pytest.mark.parametrize("fix", {**doctor.FIXES, **fixes.FIXES}.values())
def test_what_mends_a_fault_is_a_command_that_there_is_or_a_setting(fix: str) -> None:
    typed = fix.partition("  #")[0]
    set_to = re.match(r"VORONKA_([A-Z_]+)=\S+", typed)
    assert typed.startswith(COMMANDS) or set_to
    if set_to:
        assert set_to[1].lower() in {*Settings.model_fields, "key"}
    for words in re.findall(r"voronka ([a-z][a-z -]*)", fix):
        command: Any = get_command(app)
        for word in words.split():
            if not hasattr(command, "commands"):
                break
            command = command.commands[word]


def state(now: str, consumers: list[dict[str, object]], heads: list[int]) -> dict[str, object]:
    return {"now": now, "consumers": consumers, "heads": heads}


def test_lag_is_known_between_services_and_more_applied_than_there_is_fails() -> None:
    positions = [1] * 15 + [5]
    consumer = {"consumer": "deals.reactions", "source": "voronka.leads.v1", "positions": positions}
    states = {
        "leads": state("2026-03-02T00:00:00Z", [], HEADS),
        "deals": state("2026-03-02T00:01:00Z", [consumer], HEADS),
    }
    assert lags(states) == [("deals", "deals.reactions", "leads", -3)]
    assert [(check["name"], check["state"]) for check in between(states)] == [("clocks", "warn"), ("log", "fail")]
    consumer["positions"] = [1] * 16
    assert lags(states) == [("deals", "deals.reactions", "leads", 16)]


def test_when_a_request_came_is_read_from_its_id() -> None:
    assert began(uuid4()) is None
    moment = began(UUID("01890a5d-ac96-774b-bcce-b302099a8057"))
    assert moment is not None
    assert moment.isoformat(timespec="minutes") == "2023-06-30T03:29+00:00"


def test_a_story_of_nothing_and_one_whose_cause_is_unknown_are_drawn() -> None:
    nothing = {"events": [], "around": [], "whole": True}
    assert tree(UUID(int=1), nothing).children == []
    waits = {"service": "deals", "what": "task", "id": "1", "name": "call", "state": "waits", "reason": None}
    assert len(tree(UUID(int=1), {**nothing, "around": [{**waits, "caused_by": str(uuid4())}]}).children) == 1


def test_the_page_about_the_command_is_what_the_command_says_and_every_command_has_an_example() -> None:
    """If not: `python -m voronka.reference docs/cli.md`."""
    written = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    assert written == page()
    parts = [*written.split("\n## ")[1:], *written.split("\n### ")[1:]]
    commands = [part for part in parts if "COMMAND [ARGS]" not in part]
    assert [part.partition("\n")[0] for part in commands if "Example: " not in part.partition("**Usage**")[0]] == []
