"""Requests made of the API's own description, valid and not: every call is reached, and none breaks the service."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from events import metrics
from events.app import build
from leads.main import SERVICE
from leads.settings import LeadsSettings
from leads_system import INDEX_KEY, KEYS, MASTER_KEY

EXAMPLES = 2
"""Of each operation and kind; the same ones every time."""

BEGIN, END = "2026-09-10T10:00:00Z", "2026-09-10T18:00:00Z"
FAIR = {"kind": "fair", "name": "Fair", "planned_from": BEGIN, "planned_to": END}
OF_FAIRS = (
    "PUT /marketing-events/{event_id}",
    "POST /marketing-events/{event_id}/cancel",
    "POST /marketing-events/{event_id}/hold",
    "POST /marketing-events/{event_id}/results",
)
"""Calls of which each has an event of its own: one that is cancelled is not held."""

NOTHING = "no such thing is there: in a new system nothing was imported, suggested, dialled or put aside"
FITS = "what is given must fit what is there, or the rest of the request, which no schema says"
NEVER_WELL = {
    **dict.fromkeys(
        (
            "POST /api-keys/{key_id}/rotate",
            "GET /calls/{command_id}",
            "GET /customer-matches/{match_id}",
            "POST /customer-matches/{match_id}/dismiss",
            "POST /customer-matches/{match_id}/merge",
            "GET /imports/{import_id}",
            "GET /imports/{import_id}/rejected.csv",
            "POST /imports/{import_id}/cancel",
            "POST /imports/{import_id}/start",
            "GET /quarantine/events/{event_id}",
            "POST /quarantine/events/{event_id}/discard",
            "POST /quarantine/events/{event_id}/replay",
            "GET /quarantined-requests/{request_id}",
            "PUT /quarantined-requests/{request_id}/body",
            "POST /quarantined-requests/{request_id}/discard",
            "POST /quarantined-requests/{request_id}/replay",
            "POST /operations/log/repair",
            "GET /sources/{channel}/{name}/history/preview",
            "POST /sources/{channel}/{name}/history/preview",
        ),
        NOTHING,
    ),
    **dict.fromkeys(
        (
            "GET /customers",
            "PATCH /leads/{lead_id}/fields",
            "POST /call-entries/{entry_id}/calls",
            "POST /calls",
            "POST /customers/{customer_id}/merge",
            "POST /customers/{customer_id}/split",
            "POST /distribution-rules/try",
            "POST /imports",
            "POST /interactions/{interaction_id}/outcome",
            "POST /interactions/{interaction_id}/reschedule",
            "POST /leads/{lead_id}/postpone",
            "POST /leads/{lead_id}/return",
            "POST /lists/{list_id}/members",
            "POST /lists/{list_id}/members/remove",
            "DELETE /lists/{list_id}/members/{customer_id}",
            "POST /managers/{manager_id}/hand-over/preview",
            "POST /marketing-events/{event_id}/close",
            "POST /marketing-events/{event_id}/participants",
            "PUT /marketing-events/{event_id}/cost",
            "POST /organisations/lookup",
        ),
        FITS,
    ),
    "POST /keyring/index-key/replacement": "no key has come after the one in force",
    **dict.fromkeys(
        ("POST /keys/read", "POST /personal-data/named"), "for services only, and the caller is an administrator"
    ),
}
"""Calls that no generated request gets a good answer from, and why; their good answers are tested one by one."""


@pytest.mark.slow
async def test_no_generated_request_breaks_the_service(new_database: Any, tmp_path: Path) -> None:
    given = [{"key": KEYS["admin"], "name": "admin", "roles": ["admin"], "directions": ["*"]}]
    settings = LeadsSettings(
        database_url=await new_database("leads"),
        master_key=MASTER_KEY,
        index_key=INDEX_KEY,
        api_keys=given,
        roles=frozenset(("api", "worker")),
    )
    config = uvicorn.Config(build(SERVICE, settings), port=0, http="httptools", log_config=None, ws="none")
    server = uvicorn.Server(config)
    before = _counts()
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    (tmp_path / "schemathesis.toml").write_text(await _known(f"http://127.0.0.1:{port}"))
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{port}/openapi.json"]
    options = ["-H", f"Authorization: Bearer {KEYS['admin']}", "--checks", "not_a_server_error", "--no-color"]
    options += ["--phases", "examples,fuzzing", "--mode", "all", "--max-examples", str(EXAMPLES)]
    options += ["--generation-deterministic", "--request-timeout", "20"]
    fuzzing = await asyncio.create_subprocess_exec(
        *command, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path
    )
    output, _ = await fuzzing.communicate()
    async with httpx2.AsyncClient() as client:
        described = (await client.get(f"http://127.0.0.1:{port}/openapi.json")).json()["paths"]
    server.should_exit = True
    await serving
    assert fuzzing.returncode == 0, output.decode()
    assert "generated" in output.decode()
    answered = _answers(_counts() - before)
    calls = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    assert calls - answered.keys() == set(), "never asked"
    assert {call for call, statuses in answered.items() if any(status >= 500 for status in statuses)} == set()
    without = {call for call in calls if not any(200 <= status < 300 for status in answered[call])}
    assert without <= NEVER_WELL.keys()


def _counts() -> Counter[tuple[str, int]]:
    """How often each call was answered with each status, as services of this process count them, in other tests too."""
    found: Counter[tuple[str, int]] = Counter()
    for sample in next(iter(metrics.HTTP_REQUESTS.collect())).samples:
        if sample.name.endswith("_total") and sample.labels["service"] == "leads":
            call = f"{sample.labels['method']} {sample.labels['route']}"
            found[call, int(sample.labels["status"])] += int(sample.value)
    return found


def _answers(counts: Counter[tuple[str, int]]) -> dict[str, set[int]]:
    """Which statuses each call was answered with."""
    found: dict[str, set[int]] = {}
    for call, status in counts:
        found.setdefault(call, set()).add(status)
    return found


async def _known(url: str) -> str:
    """Makes one of each thing, and says which ids are known, so that calls on them find something."""
    headers = {"authorization": f"Bearer {KEYS['admin']}"}
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=20) as client:

        async def made(method: str, path: str, body: Any) -> Any:
            answer = await client.request(method, path, json=body)
            assert answer.is_success, answer.text
            return answer.json()

        await made("PUT", "/managers/anna", {"name": "Anna"})
        await made("PUT", "/call-lists/known", {"title": "Known"})
        await made("PUT", "/calendars/known", {"days": []})
        await made("PUT", "/sources/tilda/known", {"secrets": ["a-secret-of-the-source"]})
        lead = await made("POST", "/leads", {"phones": ["+79123456789"], "name": "Anna"})
        other = await made("POST", "/leads", {"phones": ["+79123456780"], "name": "Boris"})
        await made("POST", "/call-lists/known/leads", {"lead_ids": [lead["lead_id"]]})
        entries = await made("GET", "/call-lists/known/leads", None)
        organisation = await made("POST", "/organisations", {"name": "Rose"})
        planned = {"kind": "call", "customer_id": lead["customer_id"], "planned_at": "2100-01-01T10:00:00Z"}
        interaction = await made("POST", "/interactions", planned)
        handover = await made("POST", "/managers/anna/hand-over", {"reason": "leaver"})
        fairs = {call: await made("POST", "/marketing-events", FAIR) for call in OF_FAIRS}
        held = fairs["POST /marketing-events/{event_id}/results"]
        await made("POST", f"/marketing-events/{held['event_id']}/hold", {"held_from": BEGIN, "held_to": END})
    known = {
        "manager_id": "anna",
        "name": "known",
        "channel": "tilda",
        "lead_id": lead["lead_id"],
        "customer_id": lead["customer_id"],
        "entry_id": entries["entries"][0]["entry_id"],
        "organisation_id": organisation["organisation_id"],
        "interaction_id": interaction["interaction_id"],
        "handover_id": handover["handover_id"],
    }
    parameters = "".join(f'"path.{name}" = "{value}"\n' for name, value in known.items())
    own = [("POST /customers/{customer_id}/erasure", "customer_id", other["customer_id"])]
    own += [(call, "event_id", fair["event_id"]) for call, fair in fairs.items()]
    operations = "".join(
        f'[[operations]]\ninclude-name = "{call}"\nparameters = {{ "path.{name}" = "{value}" }}\n'
        for call, name, value in own
    )
    return f"[parameters]\n{parameters}\n{operations}"
