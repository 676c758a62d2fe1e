"""``voronka keys``: API keys of every service, and the replacement of the master key that wraps the customers' keys.

API keys are each service's own; ``--service`` says whose. The master key is replaced in three steps, each with a
restart of leads: both keys given, the next one as VORONKA_OTHER_MASTER_KEY; then the two exchanged, and
``voronka keys rotate-master`` until nothing is left; then the old one taken away (docs/privacy.md).
To replace the index key: the new one is given to every process, then ``voronka keys rotate-index``.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from voronka.client import Api, Refused, run
from voronka.options import DEMO, LEADS, AsJson, DryRun, Home, Key, LeadsUrl, ServiceName, Yes, sure, told, url_of

app = typer.Typer(no_args_is_help=True, help="API keys: list, make, revoke, replace; master and index key: rotate.")

SOON = timedelta(days=30)

KeyId = Annotated[str, typer.Argument(help="As listed.")]
Days = Annotated[int | None, typer.Option(min=1, help="Days after which it stops working; empty: never.")]


@app.command("list")
def list_keys(service: ServiceName = "leads", key: Key = "", home: Home = DEMO, as_json: AsJson = False) -> None:
    """List API keys with what they may do, when they were used, and when they end. Exit code 3 if one ends soon.

    Example: voronka keys list --service deals
    """

    async def listed(api: Api) -> int:
        found = await api.get("/api-keys")
        told(found, as_json, _table(found, datetime.now(UTC)))
        return 3 if any(ends_soon(one, datetime.now(UTC)) for one in found) else 0

    run(url_of(service), key, home, listed)


@app.command()
def make(
    name: Annotated[str, typer.Argument(help="Who holds it; stands as the actor in events.")],
    role: Annotated[list[str], typer.Option("--role", help="What it may do; may be given again.")],
    direction: Annotated[list[str] | None, typer.Option("--direction", help="Line of business; empty: all.")] = None,
    scope: Annotated[list[str] | None, typer.Option("--scope", help="Narrows it to this permission.")] = None,
    days: Days = None,
    service: ServiceName = "leads",
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make an API key and print it: it is shown this once and not kept.

    Example: voronka keys make web-team --role integration --days 90
    """
    new = _new(name, role, direction or ["*"], scope or [], days)

    async def made(api: Api) -> int:
        if dry_run:
            told(new, as_json, f"a key would be made for {name}: {', '.join(role)}")
            return 0
        found = await api.post("/api-keys", new)
        told(found, as_json, found["key"])
        return 0

    run(url_of(service), key, home, made)


@app.command()
def revoke(
    key_id: KeyId,
    service: ServiceName = "leads",
    key: Key = "",
    home: Home = DEMO,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Revoke an API key; other processes may take it for half a minute more.

    Example: voronka keys revoke 1f2e3d4c5b6a
    """
    sure(f"Revoke the key {key_id} of {service}?", yes or dry_run)

    async def revoked(api: Api) -> int:
        if dry_run:
            one = await _known(api, key_id)
            told(one, as_json, f"{key_id} of {one['name']} would be revoked")
            return 0
        await api.delete(f"/api-keys/{key_id}")
        told({"id": key_id, "revoked": True}, as_json, f"{key_id} is revoked")
        return 0

    run(url_of(service), key, home, revoked)


@app.command()
def rotate(
    key_id: KeyId,
    days: Days = None,
    overlap_hours: Annotated[int, typer.Option(min=0, max=720, help="How long the old one works on.")] = 24,
    service: ServiceName = "leads",
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Replace a key by one that may do the same, and print it. The old one works for a while, until all have the new.

    Example: voronka keys rotate 1f2e3d4c5b6a --days 90
    """
    rotation = {"overlap_seconds": overlap_hours * 3600, "expires_at": _in(days)}

    async def rotated(api: Api) -> int:
        if dry_run:
            one = await _known(api, key_id)
            told(one, as_json, f"{key_id} of {one['name']} would work {overlap_hours} hours beside its successor")
            return 0
        found = await api.post(f"/api-keys/{key_id}/rotate", rotation)
        told(found, as_json, found["key"])
        return 0

    run(url_of(service), key, home, rotated)


@app.command("rotate-master")
def rotate_master(
    url: LeadsUrl = LEADS, key: Key = "", home: Home = DEMO, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Wrap all customers' keys, and the secrets of sources, by the master key that is in force.

    Broken off, it may be started again. Exit code 3 if a key opens with none of the master keys.

    Example: voronka keys rotate-master --dry-run
    """

    async def rotated(api: Api) -> int:
        sums = {"checked": 0, "rewrapped": 0, "sources": 0, "unreadable": 0}
        after: str | None = None
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("keys", total=None)
            while True:
                portion = await api.post("/keyring/rotate", {"after": after, "dry_run": dry_run})
                sums = {name: count + portion[name] for name, count in sums.items()}
                progress.update(bar, total=portion["total"], completed=sums["checked"])
                after = portion["next"]
                if after is None:
                    break
        told(sums, as_json, ", ".join(f"{name} {count}" for name, count in sums.items()))
        return 3 if sums["unreadable"] else 0

    run(url, key, home, rotated)


@app.command("rotate-index")
def rotate_index(
    url: LeadsUrl = LEADS, key: Key = "", home: Home = DEMO, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Make all blind indexes anew by the next index key, and wait until it is done.

    Every process of leads must have that key, as the last of VORONKA_LATER_INDEX_KEYS. Broken off, the service goes on.

    Example: voronka keys rotate-index --dry-run
    """

    async def rotated(api: Api) -> int:
        state = await api.get("/keyring/index-key")
        if not dry_run:
            state = await api.post("/keyring/index-key/replacement")
            with Console(stderr=True).status("blind indexes are made anew"):
                while state["form"] < state["wanted"] or state["is_moving"]:
                    await asyncio.sleep(1)
                    state = await api.get("/keyring/index-key")
        told(state, as_json, f"{state['form']} of {state['newest']} later index keys are in force")
        return 0

    run(url, key, home, rotated)


def ends_soon(key: dict[str, Any], now: datetime) -> bool:
    """Does this key stop working within 30 days?"""
    ends = key["expires_at"] and datetime.fromisoformat(key["expires_at"])
    return bool(ends and not key["revoked_at"] and now < ends < now + SOON)


async def _known(api: Api, key_id: str) -> dict[str, Any]:
    for one in await api.get("/api-keys"):
        if one["id"] == key_id:
            return dict(one)
    raise Refused(f"There is no key {key_id}.")


def _new(name: str, roles: list[str], directions: list[str], scopes: list[str], days: int | None) -> dict[str, Any]:
    return {"name": name, "roles": roles, "directions": directions, "scopes": scopes, "expires_at": _in(days)}


def _in(days: int | None) -> str | None:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat() if days else None


def _table(keys: list[dict[str, Any]], now: datetime) -> Table:
    made = Table(title="API keys", title_justify="left")
    for column in ("id", "held by", "roles", "lines of business", "used", "ends"):
        made.add_column(column, overflow="fold")
    for key in keys:
        ends = "revoked" if key["revoked_at"] else (key["expires_at"] or "never")[:10]
        if key["source"] == "configuration":
            ends = "by configuration"
        elif ends_soon(key, now):
            ends = f"[yellow]{ends}"
        elif key["expires_at"] and datetime.fromisoformat(key["expires_at"]) <= now:
            ends = f"[red]{ends}"
        used = (key["last_used_at"] or "")[:16]
        made.add_row(key["id"], key["name"], ", ".join(key["roles"]), ", ".join(key["directions"]), used, ends)
    return made
