"""``voronka demo`` where nothing runs yet: the embedded system is started, the demo runs on it, and it stays up."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.process import ProcessFailed, check_free
from embedded.system import DEMO_PORTS, SERVICES, System
from rich.console import Console

from voronka.client import Refused, Unreachable
from voronka.demo import Place, consoles, progress_on, run_seed, story

STARTING_STEPS = 5


def run(home: Path, *, once: bool, seed: int) -> int:
    """Shows everything; returns the exit code."""
    home = home.resolve()
    console, errors = consoles()
    try:
        with _started(home, errors) as system:
            balance = asyncio.run(story(place(system), home, run_seed(home, seed), console, errors))
            _say_where(system, console)
            if not once:
                _wait(console)
    except ProcessFailed as error:
        errors.print(f"[red]{error}")
        return 1
    except (Refused, Unreachable, TimeoutError) as error:
        errors.print(f"[red]{type(error).__name__}: {error}. The services' logs: {home / 'log'}")
        return 1
    return balance.exit_code


def place(system: System) -> Place:
    """The running system as the demo sees it."""
    return Place(
        leads=system.url("leads"),
        deals=system.url("deals"),
        automation=system.url("automation"),
        analytics=system.url("analytics"),
        admin_key=system.secrets.admin_key,
        channel_secret=system.secrets.channel_secret,
        payment_secret=system.secrets.payment_secret,
        mail=system.mail.folder,
    )


@contextmanager
def _started(home: Path, errors: Console) -> Iterator[System]:
    with progress_on(errors) as progress:
        bar = progress.add_task("Starting", total=STARTING_STEPS)

        def report(what: str) -> None:
            progress.update(bar, description=f"Starting {what}", advance=1)

        for port in DEMO_PORTS.values():
            check_free(port)
        system = System(home, ports=DEMO_PORTS, report=report)
        system.start()
        progress.update(bar, description="Started", completed=STARTING_STEPS)
    try:
        yield system
    finally:
        system.stop()


def _say_where(system: System, console: Console) -> None:
    for service in SERVICES:
        console.print(f"  {service:<11} {system.url(service)}/docs   {system.url(service)}/asyncapi", soft_wrap=True)
    console.print(f"API key (role admin): {system.home / 'secrets.json'}, member admin_key", soft_wrap=True)


def _wait(console: Console) -> None:
    console.print("[bold]The system stays up. Ctrl-C ends it; the data stay for the next start.")
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except KeyboardInterrupt:
        console.print("Stopping ...")
