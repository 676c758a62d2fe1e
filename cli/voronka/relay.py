"""``voronka relay``: the publication of the logs, and what to do about one that is older than what it has published."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from voronka.client import Api, ask_all, run, stored_key
from voronka.options import DEMO, AsJson, DryRun, Home, Key, ServiceName, ServiceNames, Yes, chosen, sure, told, url_of

app = typer.Typer(no_args_is_help=True, help="The publication of the logs to Kafka.")

LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 600.0


@app.command("status")
def relay_status(services: ServiceNames = None, key: Key = "", home: Home = DEMO, as_json: AsJson = False) -> None:
    """Show how far each log is published. Exit code 1 if a service does not answer.

    Example: voronka relay status
    """
    found = ask_all(chosen(services), key, home, "/operations")
    rows = []
    made = Table(title="Relays", title_justify="left")
    for column in ("service", "events", "published", "to publish", "oldest, s", "shards behind"):
        made.add_column(column, justify="left" if column == "service" else "right")
    for name, answers in found.items():
        if isinstance(answers, Exception):
            made.add_row(name, f"[red]{answers}")
            continue
        (state,) = answers
        relay = state["relay"]
        late = [n for n, (at, head) in enumerate(zip(relay["published"], state["heads"], strict=True)) if at < head]
        rows.append({"service": name, "heads": state["heads"], "shards_behind": late, **relay})
        published, waiting = sum(relay["published"]), relay["waiting"]
        oldest, shards = f"{relay['oldest_seconds']:.1f}", ", ".join(map(str, late)) or "none"
        made.add_row(name, f"{sum(state['heads']):,}", f"{published:,}", f"{waiting:,}", oldest, shards)
    told(rows, as_json, made)
    raise SystemExit(1 if len(rows) < len(found) else 0)


@app.command()
def refill(
    service: ServiceName,
    shard: Annotated[list[int] | None, typer.Option(min=0, max=15, help="May be given again; empty: all 16.")] = None,
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Publish a log again from its first event. Consumers skip what they have applied; nothing happens twice.

    Example: voronka relay refill --service leads --shard 3 --yes
    """

    async def refilled(api: Api) -> int:
        state = await api.get("/operations")
        shards = sorted(set(shard)) if shard else list(range(16))
        events = sum(state["relay"]["published"][one] for one in shards)
        if not dry_run:
            sure(f"Publish {events:,} events of {service} again?", yes)
            await api.post("/operations/relay/refill", {"shards": shards})
        said = {"service": service, "shards": shards, "events": events, "done": not dry_run}
        told(
            said,
            as_json,
            f"{events:,} events of {len(shards)} shards {'would be' if dry_run else 'are'} published again",
        )
        return 0

    run(url_of(service), key, home, refilled)


@app.command("take-back")
def take_back(
    service: ServiceName,
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Read what a restored database lacks out of Kafka into its log, and open it (docs/backup-and-restore.md).

    Exit code 3 if the log stays closed. Example: voronka relay take-back --service leads --yes
    """

    async def taken(api: Api) -> int:
        return await _repaired(api, service, "take-back", dry_run=dry_run, yes=yes, as_json=as_json)

    run(url_of(service), key, home, taken)


@app.command("open")
def open_(
    service: ServiceName,
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a restored database whose topic is gone as well: what it lacks is lost, and all readers are set back.

    Every service must answer. Projections are to be rebuilt afterwards. Exit code 3 if the log stays closed.
    Example: voronka relay open --service leads --yes
    """

    async def opened(api: Api) -> int:
        heads = (await api.get("/operations"))["heads"]
        if not dry_run:
            sure(f"Set all readers of {service} back to {sum(heads):,} events, and lose what they know beyond?", yes)
            for url in chosen(None).values():
                async with Api(url, key or stored_key(home)) as reader:
                    body = {"source": f"voronka.{service}.v1", "positions": heads}
                    await reader.post("/operations/consumers/rewind", body)
        return await _repaired(api, service, "open", dry_run=dry_run, yes=True, as_json=as_json)

    run(url_of(service), key, home, opened)


async def _repaired(api: Api, service: str, action: str, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    found = (await api.get("/operations"))["log"]
    if found["closed_because"] and not dry_run:
        sure(f"{service}: {found['closed_because']}. Do {action}?", yes)
        await api.post("/operations/log/repair", {"action": action})
        with Progress(console=Console(stderr=True), transient=True) as progress:
            progress.add_task(f"{service}: {action}", total=None)
            for _ in range(int(PATIENCE_SECONDS / LOOK_SECONDS)):
                found = (await api.get("/operations"))["log"]
                if not found["wanted"]:
                    break
                await asyncio.sleep(LOOK_SECONDS)
    told(
        found, as_json, f"{service}: {found['closed_because'] or 'the log is open'}; taken back {found['taken_back']:,}"
    )
    return 3 if found["closed_because"] else 0
