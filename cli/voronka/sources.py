"""``voronka sources``: where leads come from, seen from a terminal."""

from __future__ import annotations

import json
from typing import Annotated, Final

import typer
from rich.table import Table

from voronka.client import Api, run
from voronka.options import DEMO, LEADS, AsJson, DryRun, Home, Key, LeadsUrl, Yes, sure, told

app = typer.Typer(no_args_is_help=True, help="Sources of leads: list, show, switch off.")

COLUMNS: Final = ("channel", "name", "active", "direction", "manager_id", "set_up_by", "live_secrets", "webhook_url")

Channel = Annotated[str, typer.Argument(help="Kind of the source, `web_form`.")]
Name = Annotated[str, typer.Argument(help="Name of the source.")]


@app.command("list")
def list_sources(url: LeadsUrl = LEADS, key: Key = "", home: Home = DEMO, as_json: AsJson = False) -> None:
    """List sources with their state. Secrets are never shown. Example: voronka sources list"""

    async def listed(api: Api) -> int:
        found = [source async for source in api.pages("/sources", "sources")]
        made = Table(title="Sources", title_justify="left")
        for column in COLUMNS:
            made.add_column(column, overflow="fold")
        for source in found:
            made.add_row(*("" if source.get(column) is None else str(source[column]) for column in COLUMNS))
        told(found, as_json, made)
        return 0

    run(url, key, home, listed)


@app.command()
def show(channel: Channel, name: Name, url: LeadsUrl = LEADS, key: Key = "", home: Home = DEMO) -> None:
    """Show one source with its options and counts, as JSON. Example: voronka sources show web_form shop"""

    async def shown(api: Api) -> int:
        print(json.dumps(await api.get(f"/sources/{channel}/{name}"), ensure_ascii=False, indent=2))
        return 0

    run(url, key, home, shown)


@app.command("switch-off")
def switch_off(
    channel: Channel,
    name: Name,
    url: LeadsUrl = LEADS,
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take no more requests from a source; nothing is deleted.

    Example: voronka sources switch-off web_form shop --yes
    """

    async def switched(api: Api) -> int:
        found = await api.get(f"/sources/{channel}/{name}")
        if not dry_run:
            sure(f"Take nothing more from {channel}/{name}?", yes)
            found = await api.delete(f"/sources/{channel}/{name}") or found
        told(found, as_json, f"{channel}/{name} {'would be' if dry_run else 'is'} switched off")
        return 0

    run(url, key, home, switched)
