"""The command ``voronka``. Results go to stdout, progress and warnings to stderr.

Exit codes: 0 all is well, 1 the system could not be reached or refused, 2 the command was called wrongly or was not
confirmed, 3 done, but something needs a person (rows were rejected, numbers do not reconcile, a check failed).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voronka import (
    bi,
    doctor,
    events,
    import_files,
    keys,
    privacy,
    projections,
    quarantine,
    relay,
    requests,
    rules,
    sources,
    status,
)
from voronka import demo as demo_

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Voronka, a CRM made of events."
)
app.command("doctor")(doctor.doctor)
app.command("status")(status.status)
app.add_typer(events.app, name="events")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(requests.app, name="requests")
app.add_typer(projections.app, name="projections")
app.add_typer(relay.app, name="relay")
app.add_typer(rules.app, name="rules")
app.add_typer(sources.app, name="sources")
app.add_typer(import_files.app, name="import")
app.add_typer(bi.app, name="bi")
app.add_typer(privacy.app, name="privacy")
app.add_typer(keys.app, name="keys")


@app.command()
def demo(
    home: Annotated[Path, typer.Option(help="Folder that keeps the demo's data.")] = Path(".voronka"),
    once: Annotated[
        bool, typer.Option("--once", help="End by itself; exit code 0 only if the numbers reconcile.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Makes the same people and the same luck again.")] = 1,
    at: Annotated[
        Path | None,
        typer.Option(help="JSON file: where services run already, and secrets of their sources. Ends by itself."),
    ] = None,
) -> None:
    """The main job on the embedded system, or on services that run: leads from seven channels at once, to a report.

    Example: voronka demo --once
    """
    if at is not None:
        raise typer.Exit(demo_.run(at, home, seed=seed))
    from voronka import embedded_demo  # an installation without the embedded system has the command too

    raise typer.Exit(embedded_demo.run(home, once=once, seed=seed))
