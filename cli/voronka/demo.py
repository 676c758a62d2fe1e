"""``voronka demo``: the main job, end to end, on the embedded system; then the numbers, and whether they reconcile."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from embedded.process import ProcessFailed
from embedded.system import DEMO_PORTS, SERVICES, System
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from voronka import feeding, selling, tables
from voronka.client import Api, Refused, Unreachable, stored_key
from voronka.selling import Salesroom

SETTLE_SECONDS = 60.0
STARTING_STEPS = 5

admin_key = stored_key


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


def run(home: Path, *, once: bool, seed: int) -> int:
    """Shows everything; returns the exit code."""
    home = home.resolve()
    console, errors = Console(width=None if sys.stdout.isatty() else 130), Console(stderr=True)
    try:
        with _started(home, errors) as system:
            balance = asyncio.run(_story(system, seed * 100 + _run_number(home), console, errors))
            if not once:
                _wait(console)
    except ProcessFailed as error:
        errors.print(f"[red]{error}")
        return 1
    except (Refused, Unreachable, TimeoutError) as error:
        errors.print(f"[red]{type(error).__name__}: {error}. The services' logs: {home / 'log'}")
        return 1
    return 0 if balance.reconciles else 3


@contextmanager
def _started(home: Path, errors: Console) -> Iterator[System]:
    with _progress(errors) as progress:
        bar = progress.add_task("Starting", total=STARTING_STEPS)

        def report(what: str) -> None:
            progress.update(bar, description=f"Starting {what}", advance=1)

        system = System(home, ports=DEMO_PORTS, report=report)
        system.start()
        progress.update(bar, description="Started", completed=STARTING_STEPS)
    try:
        yield system
    finally:
        system.stop()


async def _story(system: System, seed: int, console: Console, errors: Console) -> Balance:
    key, secrets = system.secrets.admin_key, system.secrets
    async with (
        Api(system.url("leads"), key) as leads,
        Api(system.url("deals"), key) as deals,
        Api(system.url("automation"), key) as automation,
        Api(system.url("analytics"), key) as analytics,
    ):
        services = Services(leads, deals, automation, analytics)
        with _progress(errors) as progress:
            await selling.hire(leads)
            await selling.distribute(leads)
            requests = feeding.sendings(seed, secrets.channel_secret, datetime.now(UTC))
            bar = progress.add_task("Leads by seven channels at once", total=len(requests))
            await asyncio.gather(
                feeding.feed(leads, requests, _advance(progress, bar)),
                feeding.feed_file(system.home, leads.url, key, seed),
            )
            await _understood(leads)
            bar = progress.add_task("Managers assign and qualify", total=(await leads.get("/counts"))["new"])
            qualified, _ = await selling.process_leads(leads, seed, _advance(progress, bar))
            opened = await selling.opened_deals(deals, qualified)
            bar = progress.add_task("Deals, payments, losses", total=len(opened))
            await Salesroom(deals, secrets.payment_secret, seed).sell(opened, _advance(progress, bar))
            bar = progress.add_task("Reports catch up, letters leave", total=1)
            balance = await _settled(services)
            progress.advance(bar)
        await _show(system, services, balance, console)
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
            quarantined=stored["quarantined"],
            ignored=stored["ignored"],
        )
        letters = 0 < projected["messages"] == projected["sent_messages"] + projected["failed_messages"]
        if (balance.reconciles and letters) or asyncio.get_running_loop().time() > deadline:
            return balance
        await asyncio.sleep(0.2)


async def _show(system: System, services: Services, balance: Balance, console: Console) -> None:
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
    caught = len(system.mail.letters())
    console.print(
        f"Automation: {counts['tasks']} tasks made, {counts['sent_messages']} letters sent ({caught} caught in"
        f" {system.mail.folder}), {counts['failed_messages']} without an address."
    )
    console.print(f"Money: {counts['payments']} payments, {counts['unmatched_payments']} of them wait for a person.")
    console.print(
        f"From capture to report: p50 {lag['p50_ms']:.0f} ms, p99 {lag['p99_ms']:.0f} ms ({lag['leads']} leads)."
    )
    for service in SERVICES:
        console.print(f"  {service:<11} {system.url(service)}/docs   {system.url(service)}/asyncapi", soft_wrap=True)
    console.print(f"API key (role admin): {system.home / 'secrets.json'}, member admin_key", soft_wrap=True)


def _run_number(home: Path) -> int:
    """Counts the runs on this folder, so that another run brings other people."""
    path = home / "runs.json"
    number = json.loads(path.read_text()) + 1 if path.exists() else 0
    path.write_text(json.dumps(number))
    return int(number)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _advance(progress: Progress, bar: TaskID) -> Any:
    return lambda: progress.advance(bar)


def _wait(console: Console) -> None:
    console.print("[bold]The system stays up. Ctrl-C ends it; the data stay for the next start.")
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except KeyboardInterrupt:
        console.print("Stopping ...")
