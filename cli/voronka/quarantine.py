"""``voronka quarantine``: events that a service could not apply, seen and put right from a terminal.

Each service has its own quarantine: ``--service`` says whose. What to do when: deploy/runbooks/quarantine.md.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from voronka.client import Api, run
from voronka.options import DEMO, AsJson, DryRun, Home, Key, Yes, told, url_of
from voronka.set_apart import giving_up, showing

app = typer.Typer(no_args_is_help=True, help="Events that a service could not apply: see, apply again, give up.")

LIST = "/quarantine/events"

Url = Annotated[str, typer.Option(help="Address of the service; empty: that of --service.")]
Service = Annotated[str, typer.Option(help="Whose quarantine it is: leads, deals, automation or analytics.")]
Consumer = Annotated[str | None, typer.Option(help="Only of this consumer, `deals.reactions`.")]
Type = Annotated[str | None, typer.Option("--type", help="Only of this type, `lead.captured.v1`.")]
Reason = Annotated[str | None, typer.Option(help="Only with this reason, `ValidationError`.")]
EventId = Annotated[str, typer.Argument(help="As listed: consumer:source:shard:position.")]


@app.command("list")
def list_events(
    service: Service = "leads",
    url: Url = "",
    key: Key = "",
    home: Home = DEMO,
    consumer: Consumer = None,
    type_: Type = None,
    reason: Reason = None,
    discarded: Annotated[bool, typer.Option("--discarded", help="Those given up, instead of those that wait.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits, and why. Exit code 3 if something does.

    Example: voronka quarantine list --service analytics --json
    """

    async def listed(api: Api) -> int:
        wanted = {"consumer": consumer, "type": type_, "reason": reason, "discarded": discarded or None}
        found = [event async for event in api.pages(LIST, "events", **wanted)]
        if as_json:
            for event in found:
                print(json.dumps(event, ensure_ascii=False))
        else:
            Console().print(table(found))
        return 3 if found and not discarded else 0

    run(url or url_of(service), key, home, listed)


@app.command()
def show(event: EventId, service: Service = "leads", url: Url = "", key: Key = "", home: Home = DEMO) -> None:
    """Show one event with its envelope and body, as JSON.

    Example: voronka quarantine show deals.reactions:voronka.leads.v1:3:17
    """

    run(url or url_of(service), key, home, showing(f"{LIST}/{event}"))


@app.command()
def replay(
    event: Annotated[str | None, typer.Argument(help="One event; without it all that match.")] = None,
    service: Service = "leads",
    url: Url = "",
    key: Key = "",
    home: Home = DEMO,
    consumer: Consumer = None,
    type_: Type = None,
    reason: Reason = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Apply events again, after a fix. Exit code 3 if some still fail.

    Example: voronka quarantine replay --type lead.captured.v1
    """

    async def replayed(api: Api) -> int:
        wanted = {"consumer": consumer, "type": type_, "reason": reason}
        if dry_run:
            found = [await api.get(f"{LIST}/{event}")] if event else []
            found = found or [one async for one in api.pages(LIST, "events", **wanted)]
            told(found, as_json, table(found))
            return 0
        if event is not None:
            answer = await api.post(f"{LIST}/{event}/replay")
            words = answer["outcome"] if answer["event"] is None else f"failing: {answer['event']['error']}"
            told(answer, as_json, words)
            return 0 if answer["outcome"] == "applied" else 3
        applied = failing = 0
        cursor: str | None = None
        while True:
            portion = await api.post(f"{LIST}/replay", wanted | {"cursor": cursor})
            applied, failing = applied + portion["applied"], failing + portion["failing"]
            cursor = portion["next"]
            if cursor is None:
                break
        told({"applied": applied, "failing": failing}, as_json, f"applied {applied}, still failing {failing}")
        return 3 if failing else 0

    run(url or url_of(service), key, home, replayed)


@app.command()
def discard(
    event: EventId,
    reason: Annotated[str, typer.Option(help="Why it is given up; kept with it.")],
    service: Service = "leads",
    url: Url = "",
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give an event up. It stays stored, and can be applied again all the same.

    Example: voronka quarantine discard deals.reactions:voronka.leads.v1:3:17 --reason "made by a test" --yes
    """

    run(url or url_of(service), key, home, giving_up(f"{LIST}/{event}", event, reason, dry_run, yes, as_json))


def table(events: list[dict[str, Any]]) -> Table:
    """Events and why they wait, for people."""
    made = Table(title="Quarantined events", title_justify="left")
    for column in ("id", "type", "since", "reason", "error"):
        made.add_column(column, overflow="fold")
    for event in events:
        made.add_row(
            event["id"], event["type"] or "no event", event["quarantined_at"][:19], event["reason"], event["error"]
        )
    return made
