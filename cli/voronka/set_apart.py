"""What was set apart, events or requests, seen and given up one at a time: the same for both."""

from __future__ import annotations

import json

from voronka.client import Api, Command
from voronka.options import sure, told


def showing(path: str) -> Command:
    """Tells what stands at ``path`` whole, as JSON."""

    async def shown(api: Api) -> int:
        print(json.dumps(await api.get(path), ensure_ascii=False, indent=2))
        return 0

    return shown


def giving_up(path: str, name: str, reason: str, dry_run: bool, yes: bool, as_json: bool) -> Command:
    """Gives up what stands at ``path``, once somebody is sure."""

    async def given_up(api: Api) -> int:
        found = await api.get(path)
        if not dry_run:
            sure(f"Give {name} up?", yes)
            found = await api.post(f"{path}/discard", {"reason": reason})
        told(found, as_json, f"{name} {'would be' if dry_run else 'is'} given up")
        return 0

    return given_up
