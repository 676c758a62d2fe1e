"""One person's data through the whole system: the trace goes from the form to the report, and in spans, logs and
metrics nobody finds who it was.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest
import pytest_asyncio
from embedded.system import SERVICES, System
from events import metrics
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from span_receiver import Received, SpanReceiver
from voronka.client import Api

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NAME, SURNAME, LETTERS, WORDS = "Канарейка", "Приметная", "kanareika.primetnaya", "пятьдесят два ульяновских табурета"
PHONE = "9037774411"
SEEN_AS = (NAME, SURNAME, LETTERS, WORDS, PHONE, "777-44-11", "777 44 11")
MOST_SERIES = 3_000
SECONDS = 240


@dataclass(frozen=True)
class Journey:
    """A request of one person, and what became of it."""

    system: System
    trace: str
    caller: str
    spans: list[Received]

    def has(self, service: str, name: str) -> bool:
        return any(span.service == f"voronka-{service}" and re.match(name, span.name) for span in self.spans)


@asynccontextmanager
async def client(system: System, service: str) -> AsyncIterator[httpx2.AsyncClient]:
    key = {"Authorization": f"Bearer {system.secrets.admin_key}"}
    async with httpx2.AsyncClient(base_url=system.url(service), headers=key, timeout=30, trust_env=False) as http:
        yield http


EXPECTED = (
    ("leads", r"POST /in/"),
    ("leads", r"intake leads"),
    ("leads", r"publish voronka\.leads\.v1"),
    ("leads", r"apply leads\.reactions"),
    ("automation", r"apply automation\.rules"),
    ("automation", r"task "),
    ("automation", r"call SMTP"),
    ("automation", r"publish voronka\.automation\.v1"),
    ("analytics", r"apply sales\."),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def journey(system: System, traces: SpanReceiver) -> Journey:
    """A form is sent by a caller who traces, and then all else that a person's data get into."""
    trace, caller = secrets.token_hex(16), secrets.token_hex(8)
    traced = {"traceparent": f"00-{trace}-{caller}-01"}
    form = {
        "key": system.secrets.channel_secret,
        "request_id": secrets.token_hex(8),
        "name": f"{NAME} {SURNAME}",
        "phone": f"+7{PHONE}",
        "email": f"{LETTERS}@example.org",
        "message": WORDS,
        "landing_page": "https://example.com/?utm_source=yandex",
    }
    async with client(system, "leads") as leads:
        answer = await leads.post("/in/web_form/demo", json=form, headers=traced)
        assert answer.status_code < 300, answer.text
        await _what_goes_wrong(leads, form)
        found = Journey(system, trace, caller, [])
        async with asyncio.timeout(SECONDS):
            while not all(found.has(*one) for one in EXPECTED):
                await asyncio.sleep(0.1)
                found = Journey(system, trace, caller, traces.of(trace))
    return found


async def _what_goes_wrong(leads: httpx2.AsyncClient, form: dict[str, str]) -> None:
    """Refused, malformed, unknown, doubled: each is where values like to get into logs."""
    await leads.post("/in/web_form/demo", json=form)
    await leads.post("/in/web_form/demo", json=form | {"key": "wrong", "request_id": "2"})
    await leads.post(f"/in/web_form/{LETTERS}", content=f"{WORDS} {PHONE}".encode())
    await leads.post("/in/web_form/demo", content=b'{"phone": "+7' + PHONE.encode())
    await leads.post("/leads", json={"name": NAME, "phones": [f"+7{PHONE}"], "surname": SURNAME})
    await leads.post("/leads", json={"name": NAME, "phones": [f"{PHONE}x"], "text": WORDS})
    await leads.get(f"/customers/{PHONE}")
    await leads.get(f"/nowhere/{LETTERS}", params={"phone": PHONE})
    await leads.get("/customers", params={"phone": f"+7{PHONE}", "q": SURNAME})


async def test_one_trace_goes_from_the_form_through_kafka_to_the_report(journey: Journey) -> None:
    ids = {span.id for span in journey.spans}
    assert {span.parent for span in journey.spans} <= {journey.caller, *ids}
    (request,) = [span for span in journey.spans if span.name.startswith("POST /in/")]
    assert request.parent == journey.caller
    assert "demo" not in request.attributes["http.route"]


async def test_a_caller_finds_the_events_of_his_trace(journey: Journey) -> None:
    """What spans show is what the log holds: the traceparent stands in the envelope of every event."""
    async with Api(journey.system.url("leads"), journey.system.secrets.admin_key) as leads:
        page = await leads.get("/events", limit=1000)
        events = page["events"]
        while page["more"]:
            page = await leads.get("/events", limit=1000, cursor=page["next"])
            events += page["events"]
    assert "lead.captured.v1" in {one["type"] for one in events if journey.trace in json.dumps(one)}


def _shown(texts: Iterable[str]) -> set[str]:
    return {canary for text in texts for canary in SEEN_AS if canary in text}


async def test_spans_tell_nobody_who_it_was(journey: Journey, traces: SpanReceiver) -> None:
    assert _shown(body.decode("utf-8", "replace") for body in traces.bodies) == set()
    keys = {name for span in traces.spans for name in span.attributes}
    assert keys <= {
        "http.request.method", "http.route", "http.response.status_code", "url.template", "server.address",
        "decisions", "requests", "events", "tasks",
    }  # fmt: skip


async def test_logs_are_json_and_tell_nobody_who_it_was(journey: Journey) -> None:
    for service in SERVICES:
        text = (journey.system.home / "log" / f"{service}.log").read_text(encoding="utf-8", errors="replace")
        assert _shown([text, text.encode().decode("unicode_escape", "replace")]) == set(), service
        for line in text.splitlines():
            said = json.loads(line)
            assert {"timestamp", "level", "event", "service"} <= said.keys()


async def _pages(system: System) -> dict[str, str]:
    pages = {}
    for service in SERVICES:
        async with client(system, service) as http:
            pages[service] = (await http.get("/metrics")).text
    return pages


async def test_metrics_tell_what_happened_and_nobody_who_it_was(journey: Journey) -> None:
    pages = await _pages(journey.system)
    assert _shown(pages.values()) == set()
    assert LETTERS.split(".")[0] not in "".join(pages.values())
    known = {row.name.removesuffix("_total"): row for row in metrics.CATALOGUE}
    for page in pages.values():
        families: list[Metric] = [one for one in text_string_to_metric_families(page) if one.name.startswith("voronka")]
        for family in families:
            row = known[family.name]
            assert all(set(sample.labels) - {"le"} == set(row.labels) for sample in family.samples), family.name
        assert sum(len(family.samples) for family in families) < MOST_SERIES
    captured = r'voronka_log_events_total\{service="leads",type="lead\.captured\.v1"\} [1-9]'
    assert re.search(captured, pages["leads"])
    assert 'voronka_log_events_total{service="automation",type="webhook.disabled.v1"} 0.0' in pages["automation"]


async def test_prometheus_finds_nothing_to_say_against_the_metrics(journey: Journey) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is not there: install the package prometheus")
        pytest.skip("promtool is not there")
    for service, page in (await _pages(journey.system)).items():
        ours = "".join(line for line in page.splitlines(keepends=True) if "voronka_" in line)
        checked = await asyncio.to_thread(
            subprocess.run, [promtool, "check", "metrics"], input=ours, capture_output=True, text=True
        )
        assert checked.returncode == 0, f"{service}: {checked.stdout}{checked.stderr}"
