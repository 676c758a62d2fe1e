"""``voronka requests``: requests of channels and payment providers that were not understood or refused.

They are kept byte for byte; nothing here deletes one. Their bodies hold personal data in the clear.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from voronka.client import Api, run
from voronka.options import DEMO, AsJson, DryRun, Home, Key, Yes, told, url_of
from voronka.set_apart import giving_up, showing

app = typer.Typer(no_args_is_help=True, help="Requests that were not understood: see, correct, take in again, give up.")

LIST = "/quarantined-requests"

Url = Annotated[str, typer.Option(help="Address of the service; empty: that of --service.")]
Service = Annotated[str, typer.Option(help="Whose requests: leads (channels) or deals (payment providers).")]
Channel = Annotated[str | None, typer.Option(help="Only of this channel, `tilda`.")]
Source = Annotated[str | None, typer.Option(help="Only of this source.")]
Reason = Annotated[str | None, typer.Option(help="Only where the reason begins like this.")]
RequestId = Annotated[str, typer.Argument(help="As listed.")]


@app.command("list")
def list_requests(
    service: Service = "leads",
    url: Url = "",
    key: Key = "",
    home: Home = DEMO,
    channel: Channel = None,
    source: Source = None,
    reason: Reason = None,
    discarded: Annotated[bool, typer.Option("--discarded", help="Those given up, instead of those that wait.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what waits, and why; bodies are not shown. Exit code 3 if something does.

    Example: voronka requests list --channel tilda
    """

    async def listed(api: Api) -> int:
        found = await _matching(api, channel, source, reason, "discarded" if discarded else "quarantined")
        told(found, as_json, _table(found))
        return 3 if found and not discarded else 0

    run(url or url_of(service), key, home, listed)


@app.command()
def show(request: RequestId, service: Service = "leads", url: Url = "", key: Key = "", home: Home = DEMO) -> None:
    """Show one request with its body in the clear, as JSON.

    Example: voronka requests show 0198c2f1-0000-7000-8000-000000000001
    """

    run(url or url_of(service), key, home, showing(f"{LIST}/{request}"))


@app.command()
def correct(
    request: RequestId,
    body: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="File with the body as it should have been.")],
    service: Service = "leads",
    url: Url = "",
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put a corrected body beside the original, which is kept. Take it in by `replay` then.

    Example: voronka requests correct 0198c2f1-0000-7000-8000-000000000001 --body mended.txt
    """

    async def corrected(api: Api) -> int:
        found = await api.get(f"{LIST}/{request}")
        if not dry_run:
            found = await api.put(f"{LIST}/{request}/body", {"text": body.read_text()})
        told(found, as_json, f"{request} {'would be' if dry_run else 'is'} corrected")
        return 0

    run(url or url_of(service), key, home, corrected)


@app.command()
def replay(
    request: Annotated[str | None, typer.Argument(help="One request; without it all that match.")] = None,
    service: Service = "leads",
    url: Url = "",
    key: Key = "",
    home: Home = DEMO,
    channel: Channel = None,
    source: Source = None,
    reason: Reason = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take requests in again, after a fix. Exit code 3 if the one named is still not understood.

    All that match are taken soon; refused signatures only where --reason says so. Example: voronka requests replay
    --channel tilda
    """

    async def replayed(api: Api) -> int:
        if dry_run:
            found = [await api.get(f"{LIST}/{request}")] if request else await _matching(api, channel, source, reason)
            told(found, as_json, _table(found))
            return 0
        if request is not None:
            answer = await api.post(f"{LIST}/{request}/replay")
            told(answer, as_json, answer["state"] + (f": {answer['reason']}" if answer["reason"] else ""))
            return 3 if answer["state"] == "quarantined" else 0
        answer = await api.post(f"{LIST}/replay", {"channel": channel, "source": source, "reason": reason})
        told(answer, as_json, f"taken in again: {answer['replayed']}")
        return 0

    run(url or url_of(service), key, home, replayed)


@app.command()
def discard(
    request: RequestId,
    reason: Annotated[str, typer.Option(help="Why it is given up; kept with it.")],
    service: Service = "leads",
    url: Url = "",
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give a request up. It stays stored, and can be taken in again all the same.

    Example: voronka requests discard 0198c2f1-0000-7000-8000-000000000001 --reason "a robot" --yes
    """

    run(url or url_of(service), key, home, giving_up(f"{LIST}/{request}", request, reason, dry_run, yes, as_json))


async def _matching(
    api: Api, channel: str | None, source: str | None, reason: str | None, state: str = "quarantined"
) -> list[Any]:
    wanted = {"channel": channel, "source": source, "reason": reason, "state": state}
    return [request async for request in api.pages(LIST, "requests", **wanted)]


def _table(requests: list[Any]) -> Table:
    made = Table(title="Requests that were not understood", title_justify="left")
    for column in ("id", "since", "channel", "source", "bytes", "reason"):
        made.add_column(column, overflow="fold")
    for request in requests:
        since, size = request["received_at"][:19], str(request["size"])
        made.add_row(request["id"], since, request["channel"], request["source"], size, request["reason"] or "")
    return made
