"""The main job through all four services, as processes, on real input."""

from __future__ import annotations

import asyncio
import csv
from collections import Counter
from pathlib import Path

import pytest
from embedded.system import SERVICES, System
from rich.console import Console
from voronka import demo
from voronka.client import Api, Refused
from voronka.embedded_demo import place
from voronka.importing import import_file

ROOT = Path(__file__).parents[2]
X_EDUCATION = ROOT.parent / "shared" / "data" / "x_education_leads.csv"
MAPPING = ROOT / "services" / "leads" / "mappings" / "x_education.yaml"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def api(system: System, service: str) -> Api:
    return Api(system.url(service), system.secrets.admin_key)


async def test_the_main_job_reconciles_to_the_last_request(system: System) -> None:
    quiet = Console(quiet=True)

    balance = await demo.story(place(system), system.home, 7, quiet, quiet)

    assert balance.reconciles
    assert balance.leads > 100
    assert balance.repeats > 5
    assert balance.duplicates > 5
    assert balance.quarantined > 5
    async with api(system, "analytics") as analytics, api(system, "deals") as deals:
        counts = await analytics.get("/counts")
        assert counts["deals"] > 50
        assert counts["won"] > 10
        assert counts["lost"] > 5
        assert counts["payments"] == counts["won"]
        assert counts["tasks"] > 100
        assert counts["sent_messages"] == len(system.mail.letters()) > 50
        assert counts["quarantined"] == {}
        funnel = await analytics.get("/reports/funnel")
        board = await deals.get("/board")
        there_now = {step["stage"]: step["now_there"] for step in funnel["rows"] if step["step"] == "stage"}
        assert {stage["code"]: stage["deals"] for stage in board["stages"] if stage["deals"]} == {
            stage: number for stage, number in there_now.items() if number
        }


async def test_the_segments_of_those_who_paid_stand_on_their_cards(system: System) -> None:
    async with api(system, "analytics") as analytics, api(system, "leads") as leads:
        if not (await analytics.get("/counts"))["payments"]:
            await demo.story(place(system), system.home, 7, Console(quiet=True), Console(quiet=True))
        expected = {row["segment"]: row["customers"] for row in (await analytics.get("/segments"))["segments"]}
        assert min(expected.values()) > 0
        customers = (await analytics.get("/segments/customers", limit=1000))["customers"]
        async with asyncio.timeout(240):
            for customer in customers:
                path = f"/customers/{customer['customer_id']}"
                while (await leads.get(path))["segment"] != customer["segment"]:
                    await asyncio.sleep(0.2)
        said = await analytics.get(f"/segments{path}")
        assert said[-1]["change"]["previous_segment"] == "casual"


async def test_a_real_file_goes_in_once_and_its_report_equals_an_independent_count(system: System) -> None:
    if not X_EDUCATION.exists():
        pytest.skip("the folder with real data is not beside the repository")
    with X_EDUCATION.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["Lead Source"].strip().casefold(), row["Converted"]) for row in csv.DictReader(file)]
    named = [(source if source not in ("", "select") else "unknown", converted) for source, converted in rows]
    expected = {
        channel: (number, sum(of == channel and converted == "1" for of, converted in named))
        for channel, number in Counter(channel for channel, _ in named).items()
    }
    url, key = system.url("leads"), system.secrets.admin_key
    async with api(system, "analytics") as analytics:
        before = await leads_and_qualified(analytics)

        first = await import_file(X_EDUCATION, MAPPING, url, key)
        again = await import_file(X_EDUCATION, MAPPING, url, key)

        assert first["rows"] == 9240
        assert first["captured"] + first["rejected"] == 9240
        assert (again["captured"], again["touched"]) == (0, 0)
        async with asyncio.timeout(240):
            while True:
                now = await leads_and_qualified(analytics)
                added = {
                    channel: (leads - before.get(channel, (0, 0))[0], good - before.get(channel, (0, 0))[1])
                    for channel, (leads, good) in now.items()
                }
                # What was found of a lead comes after the lead itself.
                told = [sum(numbers) for numbers in zip(*added.values(), strict=True)]
                if told == [first["captured"], sum(good for _, good in expected.values())]:
                    break
                await asyncio.sleep(0.2)
        assert {channel: numbers for channel, numbers in added.items() if numbers[0]} == expected


async def leads_and_qualified(analytics: Api) -> dict[str, tuple[int, int]]:
    rows = (await analytics.get("/reports/channels"))["rows"]
    return {row["channel"]: (row["leads"], row["qualified"]) for row in rows}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_tells_its_health_its_api_and_its_events(system: System, service: str) -> None:
    async with api(system, service) as client:
        for path in ("/livez", "/readyz", "/startupz", "/asyncapi.json"):
            assert await client.get(path) is not None
        document = await client.get("/openapi.json")
        assert document["openapi"].startswith("3.1")
        assert len(document["paths"]) > 3


@pytest.mark.parametrize("service", SERVICES)
async def test_nobody_gets_in_without_a_key(system: System, service: str) -> None:
    async with Api(system.url(service), "") as stranger:
        paths = (await stranger.get("/openapi.json"))["paths"]
        for path, methods in paths.items():
            if "get" in methods and "security" in methods["get"]:
                with pytest.raises(Refused, match="401"):
                    await stranger.get(path.replace("{", "").replace("}", ""))


async def test_what_was_stored_is_there_after_a_restart_of_everything(system: System) -> None:
    async with api(system, "analytics") as analytics:
        before = await analytics.get("/counts")

    system.stop()
    system.start()

    async with api(system, "analytics") as analytics, api(system, "leads") as leads:
        after = await analytics.get("/counts")
        # Messages that waited for an address go on waiting: they end when none can be on its way any more.
        assert after | {"failed_messages": 0} == before | {"failed_messages": 0}
        assert after["failed_messages"] >= before["failed_messages"]
        await leads.post("/leads", {"name": "После перезапуска", "phones": ["+79005550101"]})
        async with asyncio.timeout(240):
            while (await analytics.get("/counts"))["leads"] != before["leads"] + 1:
                await asyncio.sleep(0.1)
