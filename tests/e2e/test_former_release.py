"""Installations of former releases, kept in ``tests/former``, go on under this one and answer what they answered.

Their databases are there as ``pg_dump`` wrote them; the broker is empty, as after its loss. What time changes (a task
becomes overdue, a customer's next contact due) is not compared.
"""

from __future__ import annotations

import asyncio
import json
import lzma
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brokers import UNHURRIED, broker_of
from embedded import postgres
from embedded.postgres import Postgres
from embedded.system import SERVICES, System
from voronka.client import Api, Unreachable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FORMER = sorted(folder for folder in (Path(__file__).parents[1] / "former").iterdir() if folder.is_dir())
LASTING = {
    "customers": [
        "customer_id",
        "registered_at",
        "name",
        "phones",
        "emails",
        "details",
        "contacts",
        "merged",
        "touches",
    ],
    "deals": [
        "deal_id",
        "number",
        "stage",
        "state",
        "value",
        "paid",
        "opened_at",
        "closed_at",
        "loss_comment",
        "notes",
    ],
    "documents": ["document_id", "kind", "deal_id", "state", "created_at"],
    "tasks": ["task_id", "title", "due_at", "cause", "created_at"],
    "messages": ["message_id", "template", "customer_id", "state"],
    "firings": ["firing_id", "rule", "action", "event_id", "looks_at", "why"],
}
"""What of a record is as true today as it was then; of reports, which are asked as of then, all that was told."""


@pytest.fixture(scope="module", params=FORMER, ids=lambda folder: folder.name)
def revived(request: pytest.FixtureRequest, reachable_tmp: Path, broker_kind: str) -> Iterator[tuple[System, Path]]:
    """The system of this release on the databases of that one, and what is kept of it."""
    kept: Path = request.param
    home = reachable_tmp / kept.name
    home.mkdir()
    shutil.copy(kept / "secrets.json", home)
    shutil.copytree(kept / "documents", home / "documents")
    with Postgres(home / "postgres", fsync=False) as server:
        restore(server, "postgres", lzma.decompress((kept / "roles.sql.xz").read_bytes()), strictly=False)
        for service in SERVICES:
            server.create_database(f"voronka_{service}")
            restore(server, f"voronka_{service}", lzma.decompress((kept / f"{service}.sql.xz").read_bytes()))
    with (
        broker_of(broker_kind, home / "kafka") as broker,
        System(home, services=(), broker=broker, fsync=False, environment=UNHURRIED) as system,
    ):
        for service in SERVICES:
            system.services[service] = system.service(service)
            system.services[service].spawn()
        asyncio.run(open_logs(system))
        for process in system.services.values():
            process.wait_until_ready(120)
        yield system, kept


async def open_logs(system: System) -> None:
    """A log without its topic stays closed until a person says that nothing is missing."""
    for service in SERVICES:
        async with Api(system.url(service), system.secrets.admin_key) as api, asyncio.timeout(120):
            while not (await told_by(api, "/operations"))["log"]["closed_because"]:
                await asyncio.sleep(0.2)
            await api.post("/operations/log/repair", {"action": "open"})


async def told_by(api: Api, path: str) -> Any:
    """An answer of a service that is being started."""
    async with asyncio.timeout(120):
        while True:
            try:
                return await api.get(path)
            except Unreachable:
                await asyncio.sleep(0.2)


def restore(server: Postgres, database: str, script: bytes, *, strictly: bool = True) -> None:
    """``strictly`` not: the superuser of the cluster is among the roles, and is there already."""
    environment = {"PGPASSWORD": server.password, "PATH": ""}
    at = ["-h", "127.0.0.1", "-p", str(server.port), "-U", postgres.SUPERUSER, "-d", database]
    command = [postgres._BIN / "psql", "-Xq", "-v", f"ON_ERROR_STOP={int(strictly)}", *at]
    subprocess.run(command, input=script, env=environment, capture_output=True, check=True)


async def test_what_it_answered_it_answers_still(revived: tuple[System, Path]) -> None:
    system, kept = revived
    entries = json.loads(lzma.decompress((kept / "answers.json.xz").read_bytes()))
    assert {entry["service"] for entry in entries} == set(SERVICES)
    for service in SERVICES:
        async with Api(system.url(service), system.secrets.admin_key) as api:
            for path, params, then in (
                (e["path"], e["params"], e["answer"]) for e in entries if e["service"] == service
            ):
                pairs = zip(records(path, await api.get(path, **params)), records(path, then), strict=True)
                for now, before in pairs:
                    names = LASTING.get(kind_of(path), before)
                    assert {name: now[name] for name in names} == {name: before[name] for name in names}, path


async def test_leads_come_on_and_its_projections_equal_the_log(revived: tuple[System, Path]) -> None:
    system, _ = revived
    key = system.secrets.admin_key
    async with Api(system.url("analytics"), key) as analytics, Api(system.url("leads"), key) as leads:
        before = (await analytics.get("/counts"))["leads"]
        for number in range(10):
            await leads.post("/leads", {"name": "Вера Новикова", "phones": [f"+7900778{number:04d}"]})
        async with asyncio.timeout(240):
            while (await analytics.get("/counts"))["leads"] != before + 10:
                await asyncio.sleep(0.1)
        for name in {build["name"] for build in await analytics.get("/projections")}:
            verification = await analytics.post(f"/projections/{name}/verify")
            async with asyncio.timeout(240):
                while verification["state"] == "running":
                    await asyncio.sleep(0.2)
                    verification = await analytics.get(f"/verifications/{verification['id']}")
            assert verification["equal"], verification


def kind_of(path: str) -> str:
    """``deals`` of ``/deals/…``, ``documents`` of ``/customers/…/documents``."""
    return "documents" if path.endswith("/documents") else path.split("/")[1]


def records(path: str, answer: Any) -> list[dict[str, Any]]:
    """What an answer lists, or itself."""
    if kind_of(path) == "reports":
        return list(answer["rows"])
    return list(answer.get(kind_of(path), [answer])) if isinstance(answer, dict) else answer
