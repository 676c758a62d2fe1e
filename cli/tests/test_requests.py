"""``voronka requests`` against a service that speaks the real protocol over a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
from commands import listening
from events import intake_api
from events.app import Runtime
from events.intake import Intake, Verdict
from events.intake_worker import IntakeWorker, Settled, Understood
from events.store import Store
from events.webhooks import RawRequest, Reply
from fastapi import APIRouter
from serving import ADMIN_KEY, Serve
from typer.testing import CliRunner
from voronka.main import app

OK = Verdict(Reply(200, b"ok", "text/plain"))


async def understand(_: Any, requests: Sequence[RawRequest]) -> Understood:
    settled = [
        Settled("done") if b"phone" in request.body else Settled("quarantined", "nothing to reach the person by")
        for request in requests
    ]
    return Understood(settled, [])


def worker(runtime: Runtime) -> IntakeWorker:
    return IntakeWorker("leads", Store("leads", runtime.pool), understand)


def routers(runtime: Runtime) -> list[APIRouter]:
    return [intake_api.router(runtime.pool, worker(runtime), {})]


async def test_what_was_not_understood_is_listed_shown_corrected_taken_in_again_and_given_up(
    serve: Serve, tmp_path: Path
) -> None:
    # given three requests without a phone
    made = await serve(name="leads", routers=routers)
    intake = Intake("leads", made.runtime.pool, lambda _: OK, lambda: None, max_body_bytes=1000, public_url=None)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(intake), base_url="http://here") as door:
        for channel, body in (("tilda", b"name=Anna"), ("tilda", b"name=Boris"), ("avito", b"name=Vera")):
            assert (await door.post(f"/in/{channel}/main", content=body)).status_code == 200
    stored = await made.runtime.pool.fetch("SELECT id FROM intake")
    await worker(made.runtime).process([row["id"] for row in stored])
    mended = tmp_path / "mended.txt"
    mended.write_text("name=Anna&phone=1")

    async with listening(made) as url:

        async def run(*words: str) -> tuple[int, Any]:
            given = ["requests", *words, "--url", url, "--key", ADMIN_KEY]
            result = await asyncio.to_thread(CliRunner().invoke, app, given)
            return result.exit_code, json.loads(result.stdout) if "--json" in words else result.stdout

        code, found = await run("list", "--json")
        first, second, third = (request["id"] for request in found)
        # then each step does what it says, and a dry run nothing
        assert code == 3
        assert "tilda" in (await run("list"))[1]
        assert json.loads((await run("show", first))[1])["original_body"] == {"text": "name=Anna", "base64": None}
        assert (await run("replay", first))[0] == 3
        assert (await run("correct", first, "--body", str(mended), "--dry-run"))[0] == 0
        assert (await run("replay", first))[0] == 3
        assert (await run("correct", first, "--body", str(mended)))[0] == 0
        assert await run("replay", first) == (0, "done\n")
        assert (await run("discard", second, "--reason", "a robot"))[0] == 2, "not without being asked"
        assert (await run("discard", second, "--reason", "a robot", "--dry-run"))[0] == 0
        assert (await run("discard", second, "--reason", "a robot", "--yes"))[0] == 0
        assert [one["id"] for one in (await run("list", "--discarded", "--json"))[1]] == [second]
        code, matching = await run("replay", "--channel", "avito", "--dry-run", "--json")
        assert (code, [one["id"] for one in matching]) == (0, [third])
        assert await run("replay", "--channel", "avito", "--json") == (0, {"replayed": 1})
        assert await run("list", "--json") == (0, [])
