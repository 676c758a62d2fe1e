"""``voronka projections``: builds of the read models of analytics; rebuilt and verified from the log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from voronka.client import Api, run
from voronka.options import ANALYTICS, DEMO, AnalyticsUrl, AsJson, DryRun, Home, Key, Yes, sure, told

app = typer.Typer(no_args_is_help=True, help="Read models: see how far they are, rebuild them, verify them.")

LOOK_SECONDS = 0.5

Name = Annotated[str, typer.Argument(help="Name of a projection.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the end, with progress on stderr.")]
Slice = Annotated[
    int | None,
    typer.Option("--slice", min=0, max=15, help="Only this sixteenth: what one shard of the logs tells. Default: all."),
]


@app.command()
def status(url: AnalyticsUrl = ANALYTICS, key: Key = "", home: Home = DEMO, as_json: AsJson = False) -> None:
    """Show every build: its state, how far it is, what blocks it. Exit code 3 if something does.

    Example: voronka projections status
    """

    async def shown(api: Api) -> int:
        builds = await api.get("/projections")
        told(builds, as_json, table(builds))
        return 3 if any(build["blocked_by"] for build in builds) else 0

    run(url, key, home, shown)


@app.command()
def rebuild(
    name: Name = "sales",
    wait: Wait = True,
    url: AnalyticsUrl = ANALYTICS,
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Fill a projection anew beside the live one, which is read until the new one has caught up and takes its place.

    Whatever is killed meanwhile, the filling goes on where it was; run again, the command watches the one under way.
    Exit code 3 if it is blocked or cancelled. Example: voronka projections rebuild sales --yes
    """

    async def rebuilt(api: Api) -> int:
        build = _building(await api.get("/projections"), name)
        if dry_run:
            told(
                {"name": name, "under_way": build is not None},
                as_json,
                "a rebuild is under way" if build else "would begin",
            )
            return 0
        if build is None:
            sure(f"Rebuild {name} from the first event of every log?", yes)
            build = await api.post(f"/projections/{name}/rebuild")
        found = await _until_live(api, build) if wait else build
        told(found, as_json, table([found]))
        return 3 if found["blocked_by"] or found["state"] in ("retired", "dropped") else 0

    run(url, key, home, rebuilt)


@app.command()
def cancel(
    name: Name = "sales",
    url: AnalyticsUrl = ANALYTICS,
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give a rebuild up; its tables are dropped a minute later. The live build is not touched.

    Exit code 3 if there is none.

    Example: voronka projections cancel sales --yes
    """

    async def cancelled(api: Api) -> int:
        build = _building(await api.get("/projections"), name)
        if build is None:
            return 3
        if not dry_run:
            sure(f"Give the rebuild {build['build']} of {name} up?", yes)
            await api.post(f"/projections/{name}/cancel")
        told(build, as_json, f"build {build['build']} {'would be' if dry_run else 'is'} given up")
        return 0

    run(url, key, home, cancelled)


@app.command()
def verify(
    name: Name = "sales",
    wait: Wait = True,
    shard: Slice = None,
    url: AnalyticsUrl = ANALYTICS,
    key: Key = "",
    home: Home = DEMO,
    as_json: AsJson = False,
) -> None:
    """Compute a projection anew from the log and compare it row by row with the live one, which goes on meanwhile.

    Exit code 3 if rows differ; they are named. Example: voronka projections verify sales --json
    """

    async def verified(api: Api) -> int:
        found = await api.post(f"/projections/{name}/verify" + ("" if shard is None else f"?shard={shard}"))
        with Progress(console=Console(stderr=True), transient=True) as progress:
            progress.add_task(f"verifying {name}", total=None)
            while wait and found["state"] == "running":
                await asyncio.sleep(LOOK_SECONDS)
                found = await api.get(f"/verifications/{found['id']}")
        told(found, as_json, compared(found))
        return 1 if found["state"] == "failed" else 3 if found["equal"] is False else 0

    run(url, key, home, verified)


def _building(builds: Sequence[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((build for build in builds if build["name"] == name and build["state"] == "building"), None)


async def _until_live(api: Api, build: dict[str, Any]) -> dict[str, Any]:
    """Watches a build until it is read, is blocked, or is no more."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        shown = progress.add_task(f"{build['name']}, build {build['build']}", total=100)
        while True:
            builds = await api.get("/projections")
            ours = (one for one in builds if (one["name"], one["build"]) == (build["name"], build["build"]))
            found: dict[str, Any] = next(ours, {**build, "state": "dropped"})
            progress.update(shown, completed=found["progress_percent"] or 0)
            if found["state"] != "building" or found["blocked_by"]:
                return found
            await asyncio.sleep(LOOK_SECONDS)


def table(builds: Sequence[dict[str, Any]]) -> Table:
    """Builds as people read them."""
    made = Table(title="Projections", title_justify="left")
    for column in ("projection", "build", "state", "done", "applied", "waiting", "quarantine", "blocked by"):
        made.add_column(column, overflow="fold")
    for build in builds:
        done = "?" if build["progress_percent"] is None else f"{build['progress_percent']:.1f} %"
        waiting = [source["waiting"] for source in build["sources"]]
        made.add_row(
            f"{build['name']} v{build['version']}",
            str(build["build"]),
            build["state"],
            done,
            f"{sum(source['applied'] for source in build['sources']):,}",
            "?" if None in waiting else f"{sum(waiting):,}",
            str(sum(source["quarantined"] for source in build["sources"])),
            build["blocked_by"] or "",
        )
    return made


def compared(found: dict[str, Any]) -> Table:
    """A verification as people read it, with the rows that differ; tables that are rightly empty are left out."""
    outcome = found["error"] or {True: "equal", False: "different", None: found["state"]}[found["equal"]]
    made = Table(title=f"{found['projection']}: {outcome}", title_justify="left")
    for column in ("table", "live rows", "rebuilt rows", "", "rows that differ"):
        made.add_column(column, overflow="fold")
    for one in found["tables"]:
        if one["equal"] and not one["live_rows"]:
            continue
        rows = "\n".join(f"{row['key']}: {row['what']}" for row in one.get("different", ()))
        state = "equal" if one["equal"] else "[bold red]DIFFERENT"
        made.add_row(one["table"], f"{one['live_rows']:,}", f"{one['rebuilt_rows']:,}", state, rows)
    return made
