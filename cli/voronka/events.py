"""``voronka events``: what the services wrote to their logs, and the whole story of one request across them.

Personal data stay sealed: the command has no keys and asks for none.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.tree import Tree

from voronka.client import Api, Refused, Unreachable, run, stored_key
from voronka.options import DEMO, AsJson, Home, Key, ServiceName, ServiceNames, chosen, told, url_of

app = typer.Typer(no_args_is_help=True, help="The logs of the services: follow them, show a stream, trace a request.")

MOST_IDS = 100
EARLIER = timedelta(minutes=5)

Id = Annotated[UUID, typer.Argument(help="Of a request, lead, deal, customer, event, or correlation.")]


@app.command()
def tail(
    service: ServiceName,
    type_: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may be given again.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End when nothing more is there, instead of waiting.")] = False,
    from_start: Annotated[bool, typer.Option(help="Begin at the first event ever, instead of the end.")] = False,
    seconds: Annotated[float, typer.Option(min=0.1, help="Pause between two looks.")] = 1.0,
    key: Key = "",
    home: Home = DEMO,
    as_json: AsJson = False,
) -> None:
    """Print events as they are written, one a line, until Ctrl-C.

    Example: voronka events tail --service leads --type lead.captured.v1
    """

    async def followed(api: Api) -> int:
        cursor: str | None = None
        while True:
            page = await api.get("/events", cursor=cursor, only_new=not from_start, type=type_)
            for event in page["events"]:
                print(json.dumps(event, ensure_ascii=False) if as_json else line(event), flush=True)
            cursor = page["next"]
            if not page["more"]:
                if once:
                    return 0
                await asyncio.sleep(seconds)

    run(url_of(service), key, home, followed)


@app.command()
def show(stream: Id, service: ServiceName, key: Key = "", home: Home = DEMO, as_json: AsJson = False) -> None:
    """Show all events of one stream (a lead, a deal …), with their contents.

    Example: voronka events show 01890a5d-ac96-774b-bcce-b302099a8057 --service deals
    """

    async def shown(api: Api) -> int:
        after, found = 0, []
        while True:
            page = await api.get(f"/events/streams/{stream}", after=after)
            found += page["events"]
            if not page["more"]:
                break
            after = found[-1]["streamversion"]
        for event in found:
            print(json.dumps(event, ensure_ascii=False, indent=None if as_json else 2))
        return 0 if found else 3

    run(url_of(service), key, home, shown)


@app.command()
def trace(
    id: Id,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on; empty: a day ago.")
    ] = None,
    hours: Annotated[float, typer.Option(min=0, help="How long after its first event a story is followed.")] = 24.0,
    services: ServiceNames = None,
    key: Key = "",
    home: Home = DEMO,
    as_json: AsJson = False,
) -> None:
    """Show a request's whole story: what came in, the events of each service and what caused each, what still waits.

    Exit code 3 if nothing is known of the id. Example: voronka events trace 01890a5d-ac96-774b-bcce-b302099a8057
    """
    urls = chosen(services)
    try:
        story = asyncio.run(gathered(id, urls, key or stored_key(home), since.astimezone() if since else None, hours))
    except (Refused, Unreachable) as error:
        Console(stderr=True).print(f"[red]{error}")
        raise typer.Exit(1) from None
    told(story, as_json, tree(id, story))
    raise typer.Exit(0 if story["events"] or story["around"] else 3)


async def gathered(id: UUID, urls: Mapping[str, str], key: str, since: datetime | None, hours: float) -> dict[str, Any]:
    """What all services know of an id, then of the stories it belongs to: ``events``, ``around`` and ``whole``."""
    begin = since or began(id) or datetime.now(UTC) - timedelta(days=1)
    found = await _asked(urls, key, [str(id)], begin, None)
    related = {event["correlation_id"] for event in found["events"]} | {str(id)}
    if related == {str(id)}:
        return found
    first = min(datetime.fromisoformat(event["recorded_at"]) for event in found["events"])
    last = max(datetime.fromisoformat(event["recorded_at"]) for event in found["events"])
    until = max(first + timedelta(hours=hours), last + EARLIER)
    return await _asked(urls, key, sorted(related)[:MOST_IDS], first - EARLIER, until)


def began(id: UUID) -> datetime | None:
    """When an id was made, a little earlier, if it tells (RFC 9562, version 7: milliseconds in its first 48 bits)."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC) - EARLIER if id.version == 7 else None


async def _asked(
    urls: Mapping[str, str], key: str, ids: Sequence[str], since: datetime, until: datetime | None
) -> dict[str, Any]:
    async def asked(url: str) -> dict[str, Any]:
        window = {"since": since.isoformat(), "until": until.isoformat() if until else None}
        async with Api(url, key) as api:
            answer: dict[str, Any] = await api.get("/operations/trace", id=list(ids), **window)
            return answer

    answers = await asyncio.gather(*map(asked, urls.values()))
    events = sorted((event for answer in answers for event in answer["events"]), key=lambda event: event["recorded_at"])
    around = [{"service": answer["service"], **one} for answer in answers for one in answer["around"]]
    return {"events": events, "around": around, "whole": all(answer["whole"] for answer in answers)}


def line(event: Mapping[str, Any]) -> str:
    """An event of the feed in one line, without its contents."""
    about = f"{event['subject']} v{event['streamversion']}"
    return f"{event['recordedtime'][:23]} {event['type']:<32} {about} {event['actor']}"


def tree(id: UUID, story: Mapping[str, Any]) -> Tree:
    """A story by what caused what; the times are those of recording, from the first event on."""
    made = Tree(f"[bold]{id}" + ("" if story["whole"] else "  [yellow](more than is shown)"))
    events = {event["id"]: event for event in story["events"]}
    known = {*events, *(one["id"] for one in story["around"] if one["what"] == "request")}
    children: dict[str | None, list[Mapping[str, Any]]] = defaultdict(list)
    for event in story["events"]:
        children[event["causation_id"] if event["causation_id"] in known else None].append(event)
    waiting: dict[str | None, list[Mapping[str, Any]]] = defaultdict(list)
    for one in story["around"]:
        waiting[one["caused_by"] if one["caused_by"] in known else None].append(one)
    first = datetime.fromisoformat(story["events"][0]["recorded_at"]) if story["events"] else None

    def grow(branch: Tree, cause: str | None) -> None:
        for one in waiting[cause]:
            reason = f": {one['reason']}" if one["reason"] else ""
            here = branch.add(f"[cyan]{one['service']}[/] {one['what']} {one['name'] or ''} {one['state']}{reason}")
            if one["what"] == "request":
                grow(here, one["id"])
        for event in children[cause]:
            assert first is not None
            after = (datetime.fromisoformat(event["recorded_at"]) - first).total_seconds()
            about = f"{event['stream_id']} v{event['version']}"
            here = branch.add(
                f"[green]{event['service']}[/] [bold]{event['type']}[/] +{after:.3f} s {about} {event['actor']}"
            )
            grow(here, event["id"])

    grow(made, None)
    return made
