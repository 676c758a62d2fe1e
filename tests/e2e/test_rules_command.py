"""``voronka rules`` on the running system: a file is checked, a firing explained, a rule tried on what has happened."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from automation.rules.file import SHIPPED
from embedded.system import System
from voronka.client import Api

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RULE = "contact-new-lead"


async def rules(system: System, *words: str) -> tuple[int, str]:
    """Exit code and stdout of ``voronka rules …``."""
    command = [str(Path(sys.executable).with_name("voronka")), "rules", *words, "--url", system.url("automation")]
    environment = {"VORONKA_KEY": system.secrets.admin_key, "PATH": "", "COLUMNS": "200"}
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def first_task(automation: Api, customer_id: str) -> dict[str, Any]:
    async with asyncio.timeout(240):
        while True:
            tasks = (await automation.get("/tasks", customer_id=customer_id))["tasks"]
            if found := [task for task in tasks if task["cause"] and task["cause"]["rule"] == RULE]:
                return dict(found[0])
            await asyncio.sleep(0.2)


async def test_the_shipped_rules_have_no_faults_and_a_wrong_one_is_told_with_its_place(
    system: System, tmp_path: Path
) -> None:
    code, told = await rules(system, "lint", str(SHIPPED))
    assert (code, told.splitlines()[-1].partition(",")[2]) == (0, " 0 faults")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SHIPPED.read_text("utf-8").replace("event.touch.is_test", "event.touch.is_tset"), "utf-8")
    code, told = await rules(system, "lint", str(wrong))
    assert code == 3
    assert f"wrong.yaml: {RULE}: #/when: character" in told


async def test_a_firing_is_explained_and_found_again_by_a_back_test(system: System) -> None:
    async with Api(system.url("leads"), system.secrets.admin_key) as leads:
        lead = await leads.post("/leads", {"name": "Проба правил", "phones": ["+79005550177"]})
    async with Api(system.url("automation"), system.secrets.admin_key) as automation:
        event = (await first_task(automation, lead["customer_id"]))["cause"]["event_id"]

    code, explained = await rules(system, "explain", RULE, event)
    assert code == 0
    assert "yes  !event.touch.is_test" in explained
    assert "action task: done" in explained

    today = datetime.now(UTC)
    since, until = (f"{today + timedelta(days=days):%Y-%m-%d}" for days in (-1, 1))
    code, found = await rules(system, "backtest", RULE, "--since", since, "--until", until, "--json")
    told = json.loads(found)["found"]
    assert code == 0
    assert told["matches"] == told["effects"]["task"]["task.created.v1"] >= 1
    assert told["missing"] == 0
