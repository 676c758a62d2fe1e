"""Keeps an installation of the release that is checked out: its databases, its secrets and what it answers.

    python tests/former/make.py tests/former/2026-11-23

Run it at the revision of a release, before the next one changes a schema. ``tests/e2e/test_former_release.py`` goes on
with each folder beside this file under the present code. The people in it are the demo's: nobody.
"""

from __future__ import annotations

import asyncio
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from embedded import postgres
from embedded.system import SERVICES, System
from rich.console import Console
from voronka import demo
from voronka.client import Api
from voronka.embedded_demo import place

REPORTS = [
    "attribution",
    "cash-gaps",
    "channels",
    "contacts",
    "customers",
    "cycles",
    "dynamics",
    "forecast",
    "funnel",
    "losses",
    "mailings",
    "managers",
    "marketing-events",
    "needs",
    "pareto",
    "paths",
    "plans",
    "retention",
    "segments",
    "traits",
]
WAITING = {
    "title": {"ru": "Через годы", "en": "In years to come"},
    "trigger": "deal.opened.v1",
    "when": "",
    "actions": [
        {
            "do": "create_task",
            "id": "call",
            "kind": "call",
            "title": {"ru": "Позвонить", "en": "Call"},
            "timing": {"after": {"days": 3650}},
        }
    ],
}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


async def live(system: System) -> list[dict[str, Any]]:
    """The demo with a rule that waits for years, two cards merged, a note, a document, a task; then every answer."""
    quiet = Console(quiet=True)
    apis = {service: Api(system.url(service), system.secrets.admin_key) for service in SERVICES}
    try:
        await apis["automation"].put("/rules/in-years", WAITING)
        await apis["automation"].post("/rules/in-years/enable", {})
        assert (await demo.story(place(system), system.home, 7, quiet, quiet)).reconciles
        await _more(apis)
        await asyncio.sleep(10)
        return await _answers(apis)
    finally:
        for api in apis.values():
            await api.__aexit__()


async def _more(apis: dict[str, Api]) -> None:
    leads, deals, automation = apis["leads"], apis["deals"], apis["automation"]
    first, second = (await leads.get("/leads", limit=2))["leads"]
    path = f"/customers/{first['customer_id']}"
    await leads.post(f"{path}/merge", {"customer_ids": [second["customer_id"]], "why": "the same family"})
    deal = (await deals.get("/deals", limit=1))["deals"][0]
    await deals.post(f"/deals/{deal['deal_id']}/notes", {"text": "Звонить после шести"})
    named = {"kind": "contract", "title": "Договор", "deal_id": deal["deal_id"]}
    await deals.upload(f"/customers/{deal['customer_id']}/documents", "contract.pdf", PDF, named)
    task = {
        "kind": "call",
        "due_at": "2040-01-01T00:00:00Z",
        "comment": "Поздравить",
        "customer_id": deal["customer_id"],
    }
    await automation.post("/tasks", task, idempotency_key="former")


async def _answers(apis: dict[str, Api]) -> list[dict[str, Any]]:
    """Reports are asked as of now by both clocks, so that no later event may change them."""
    now = datetime.now(UTC).isoformat()
    deals = [deal async for deal in apis["deals"].pages("/deals", "deals")]
    customers = sorted({deal["customer_id"] for deal in deals})
    asked: list[tuple[str, str, dict[str, str]]] = [
        *(("leads", f"/customers/{customer}", {}) for customer in customers),
        *(("deals", f"/deals/{deal['deal_id']}", {}) for deal in deals),
        ("deals", f"/customers/{deals[0]['customer_id']}/documents", {}),
        *(("automation", path, {"limit": "100"}) for path in ("/tasks", "/messages")),
        ("automation", "/firings", {"rule": "in-years", "limit": "100"}),
        *(("analytics", f"/reports/{name}", {"as_of": now, "known_at": now}) for name in REPORTS),
    ]
    return [
        {"service": service, "path": path, "params": params, "answer": await apis[service].get(path, **params)}
        for service, path, params in asked
    ]


def keep(system: System, folder: Path) -> None:
    """The databases as ``pg_dump`` writes them, and the files that belong to them."""
    environment = {**os.environ, "PGPASSWORD": system.postgres.password}
    at = ["-h", "127.0.0.1", "-p", str(system.postgres.port), "-U", postgres.SUPERUSER]
    commands = {"roles": ["pg_dumpall", "--roles-only", "--no-role-passwords"]}
    commands |= {service: ["pg_dump", "-d", f"voronka_{service}"] for service in SERVICES}
    for name, (program, *words) in commands.items():
        sql = subprocess.run([postgres._BIN / program, *at, *words], env=environment, capture_output=True, check=True)
        (folder / f"{name}.sql.xz").write_bytes(lzma.compress(sql.stdout, preset=9))
    shutil.copy(system.home / "secrets.json", folder)
    shutil.copytree(system.home / "documents", folder / "documents")


def main(folder: Path) -> None:
    """Fills a folder, which must not be there yet."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="voronka-former-") as home:
        Path(home).chmod(0o755)
        with System(Path(home) / "system", fsync=False) as system:
            answers = asyncio.run(live(system))
            for service in system.services.values():
                service.stop()
            keep(system, folder)
    (folder / "answers.json.xz").write_bytes(lzma.compress(json.dumps(answers, ensure_ascii=False).encode()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
