"""``voronka demo``: the main job, end to end, on running services; then the numbers, and whether they reconcile."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from voronka import feeding, selling, tables
from voronka.client import Api, Refused, Unreachable, stored_key
from voronka.selling import Salesroom

SETTLE_SECONDS = 120.0

admin_key = stored_key


class Place(BaseModel):
    """Where the four services run, and what the demo must know to play their customers, channels and banks there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    leads: str
    deals: str
    automation: str
    analytics: str
    admin_key: str
    channel_secret: str
    payment_secret: str
    mail: Path | None = None
    """Maildir of a catcher of letters, if they are to be counted."""


@dataclass
class Services:
    """Clients of the four services."""

    leads: Api
    deals: Api
    automation: Api
    analytics: Api


@dataclass(frozen=True)
class Balance:
    """Where every request has gone."""

    captured: int
    leads: int
    repeats: int
    duplicates: int
    quarantined: int
    ignored: int

    @property
    def reconciles(self) -> bool:
        """captured = reported + quarantined + repeats, to the last request."""
        return self.captured == self.leads + self.repeats + self.duplicates + self.quarantined + self.ignored

    @property
    def exit_code(self) -> int:
        return 0 if self.reconciles else 3


def run(at: Path, home: Path, *, seed: int) -> int:
    """The demo on services that run already: ``at`` is a file with a :class:`Place` as JSON. Returns the exit code."""
    console, errors = consoles()
    try:
        place = Place.model_validate_json(at.read_bytes())
    except (OSError, ValidationError) as error:
        errors.print(f"[red]{at} does not say where the services are: {type(error).__name__}")
        return 2
    try:
        balance = asyncio.run(story(place, home, run_seed(home, seed), console, errors))
    except (Refused, Unreachable, TimeoutError) as error:
        errors.print(f"[red]{type(error).__name__}: {error}")
        return 1
    return balance.exit_code


def consoles() -> tuple[Console, Console]:
    """Where results go and where progress goes."""
    return Console(width=None if sys.stdout.isatty() else 130), Console(stderr=True)


def run_seed(home: Path, seed: int) -> int:
    """Another one with every run on this folder, so that another run brings other people."""
    path = home / "runs.json"
    number = json.loads(path.read_text()) + 1 if path.exists() else 0
    path.write_text(json.dumps(number))
    return seed * 100 + int(number)


async def story(place: Place, home: Path, seed: int, console: Console, errors: Console) -> Balance:
    """Everything that happens, told on ``errors`` as it goes on, and the reports on ``console``."""
    key = place.admin_key
    async with (
        Api(place.leads, key) as leads,
        Api(place.deals, key) as deals,
        Api(place.automation, key) as automation,
        Api(place.analytics, key) as analytics,
    ):
        services = Services(leads, deals, automation, analytics)
        with progress_on(errors) as progress:
            await selling.hire(leads)
            await selling.distribute(leads)
            requests = feeding.sendings(seed, place.channel_secret, datetime.now(UTC))
            bar = progress.add_task("Leads by seven channels at once", total=len(requests))
            await asyncio.gather(
                feeding.feed(leads, requests, _advance(progress, bar)),
                feeding.feed_file(home, leads.url, key, seed),
            )
            await _understood(leads)
            bar = progress.add_task("Managers assign and qualify", total=(await leads.get("/counts"))["new"])
            qualified, _ = await selling.process_leads(leads, seed, _advance(progress, bar))
            opened = await selling.opened_deals(deals, qualified)
            bar = progress.add_task("Deals, payments, losses", total=len(opened))
            await Salesroom(deals, place.payment_secret, seed).sell(opened, _advance(progress, bar))
            bar = progress.add_task("Reports catch up, letters leave", total=1)
            balance = await _settled(services)
            progress.advance(bar)
        await _show(place, services, balance, console)
        return balance


async def _understood(leads: Api) -> None:
    async with asyncio.timeout(SETTLE_SECONDS):
        while (await leads.get("/counts"))["pending"]:
            await asyncio.sleep(0.1)


async def _settled(services: Services) -> Balance:
    """The balance, once analytics has everything and every letter is sent; or as it is after a minute."""
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while True:
        stored, projected = await services.leads.get("/counts"), await services.analytics.get("/counts")
        report = await services.analytics.get("/reports/channels")
        balance = Balance(
            captured=stored["accepted"],
            leads=sum(row["leads"] for row in report["rows"]),
            repeats=sum(row["repeats"] for row in report["rows"]),
            duplicates=stored["duplicates"],
            quarantined=stored["quarantined"] + stored["discarded"],
            ignored=stored["ignored"],
        )
        letters = 0 < projected["messages"] == projected["sent_messages"] + projected["failed_messages"]
        if (balance.reconciles and letters) or asyncio.get_running_loop().time() > deadline:
            return balance
        await asyncio.sleep(0.2)


async def _show(place: Place, services: Services, balance: Balance, console: Console) -> None:
    console.print(tables.funnel(await services.analytics.get("/reports/funnel")))
    console.print(tables.channels(await services.analytics.get("/reports/channels")))
    quarantined = [item async for item in services.leads.pages("/quarantined-requests", "requests")]
    console.print(tables.quarantine(quarantined))
    console.print(
        tables.balance(
            balance.captured, balance.leads, balance.repeats, balance.duplicates, balance.quarantined, balance.ignored
        )
    )
    counts, lag = await services.analytics.get("/counts"), await services.analytics.get("/lag")
    caught = f" ({len(list(place.mail.glob('new/*')))} caught in {place.mail})" if place.mail else ""
    console.print(
        f"Automation: {counts['tasks']} tasks made, {counts['sent_messages']} letters sent{caught},"
        f" {counts['failed_messages']} without an address."
    )
    console.print(f"Money: {counts['payments']} payments, {counts['unmatched_payments']} of them wait for a person.")
    console.print(
        f"From capture to report: p50 {lag['p50_ms']:.0f} ms, p99 {lag['p99_ms']:.0f} ms ({lag['leads']} leads)."
    )


def progress_on(console: Console) -> Progress:
    """A bar for every step."""
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _advance(progress: Progress, bar: TaskID) -> Any:
    return lambda: progress.advance(bar)
