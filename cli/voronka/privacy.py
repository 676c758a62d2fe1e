"""``voronka privacy``: erase a person, with the act and the log that prove it; hand over all that is known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from voronka import erasure_act, personal_export
from voronka.client import Api, Refused, Unreachable, stored_key
from voronka.options import DEMO, SERVICES, AsJson, DryRun, Home, Key, Yes, sure, told, url_of

app = typer.Typer(no_args_is_help=True, help="Personal data: erase a person, hand over what is known, see how far.")

POLL_SECONDS = 0.5
ERASED = "customer.erased.v1"

Customer = Annotated[UUID, typer.Argument(help="Any card of the person.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit: name the occasion, not the person.")]


class Ground(StrEnum):
    """Of the duty to erase; what each is in the law stands in the act."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    PURPOSE_ACHIEVED = "purpose_achieved"
    UNLAWFUL_PROCESSING = "unlawful_processing"
    SUBJECT_DEMAND = "subject_demand"
    RETENTION_ENDED = "retention_ended"


class Services:
    """All four services, and the errors of a command that talks to them."""

    def __init__(self, apis: dict[str, Api]) -> None:
        self.apis = apis

    @property
    def leads(self) -> Api:
        """Who knows the cards of a person, and erases."""
        return self.apis["leads"]

    async def held(self, customer_ids: Sequence[str]) -> list[dict[str, Any]]:
        """What each service keeps of the person."""
        asked = (api.get("/personal-data", customer_id=list(customer_ids)) for api in self.apis.values())
        return list(await asyncio.gather(*asked))

    async def log(self, customer_ids: Sequence[str]) -> list[dict[str, Any]]:
        """The events of the erasure of these cards."""
        found = []
        for customer_id in customer_ids:
            after, more = 0, True
            while more:
                page = await self.leads.get(f"/events/streams/{customer_id}", after=after)
                found += [event for event in page["events"] if event["type"] == ERASED]
                more = page["more"]
                after = page["events"][-1]["streamversion"] if page["events"] else after
        return found


def run(key: str, home: Path, reason: str, work: Callable[[Services], Awaitable[int]]) -> NoReturn:
    """Ends the command with the exit code of ``work``, or with 1 and the reason where a service refuses or is away."""

    async def called() -> int:
        async with AsyncExitStack() as stack:
            given = key or stored_key(home)
            apis = {name: await stack.enter_async_context(Api(url_of(name), given, reason=reason)) for name in SERVICES}
            return await work(Services(apis))

    try:
        raise typer.Exit(asyncio.run(called()))
    except (Refused, Unreachable) as error:
        Console(stderr=True).print(f"[red]{error}")
        raise typer.Exit(1) from None


@app.command()
def erase(
    customer: Customer,
    reason: Annotated[str, typer.Option(help="Why; kept as the proof: name the request, not the person.")],
    ground: Annotated[Ground, typer.Option(help="Ground of the law.")] = Ground.CONSENT_WITHDRAWN,
    out: Annotated[Path, typer.Option(help="Folder for the act and the log.")] = Path("erasure"),
    person: Annotated[str, typer.Option(help="For the act: how the person is called. Kept nowhere else.")] = "",
    operator: Annotated[str, typer.Option(help="For the act: the operator of personal data.")] = "",
    address: Annotated[str, typer.Option(help="For the act: the operator's address.")] = "",
    processor: Annotated[str, typer.Option(help="For the act: who processes on the operator's behalf.")] = "",
    by: Annotated[str, typer.Option(help="For the act: name and post of who erases.")] = "",
    seconds: Annotated[float, typer.Option(help="How long to wait for all services.")] = 600.0,
    key: Key = "",
    home: Home = DEMO,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person for ever, in all services, and write the act and the export of the log.

    Run again it erases nothing more and writes the same act. Exit code 3 if some service is not done in time.

    Example: voronka privacy erase 01890a5d-ac96-774b-bcce-b302099a8057 --reason "letter 14 of 2 March" --out act-14
    """
    who = erasure_act.Signatory(operator=operator, address=address, processor=processor, person=person, by=by)

    async def erased(services: Services) -> int:
        found = await services.leads.get(f"/customers/{customer}/erasure")
        ids = found["customer_ids"]
        held = await services.held(ids)
        if dry_run:
            told({"customer_ids": ids, "services": held}, as_json, _table(held, before=True))
            return 0
        if len(found["erased"]) < len(ids):
            sure(f"Erase {len(ids)} card(s) of this person for ever, in all services?", yes)
            found = await services.leads.post(
                f"/customers/{customer}/erasure", {"ground": str(ground), "reason": reason}
            )
        held = await _settled(services, ids, seconds)
        act = erasure_act.act_of(ids, found["erasures"], held, who)
        files = erasure_act.write(out, act, erasure_act.log_of(ids, await services.log(ids), held))
        told({"act": act, "files": list(map(str, files))}, as_json, _table(held, before=False))
        for file in files:
            Console(stderr=True).print(f"written: {file}")
        return 0 if act["complete"] else 3

    run(key, home, reason, erased)


@app.command()
def export(
    customer: Customer,
    out: Annotated[Path, typer.Option(help="ZIP file to write.")] = Path("person.zip"),
    reason: Reason = "",
    key: Key = "",
    home: Home = DEMO,
) -> None:
    """Hand over all that is known of a person: JSON of every service, the documents, a page that lists them.

    Example: voronka privacy export 01890a5d-ac96-774b-bcce-b302099a8057 --out anna.zip --reason "letter 14"
    """

    async def exported(services: Services) -> int:
        found = await services.leads.get(f"/customers/{customer}/erasure")
        ids = found["customer_ids"]
        asked = (api.get("/personal-data/export", customer_id=ids) for api in services.apis.values())
        known = list(await asyncio.gather(*asked))
        files = await personal_export.documents(services.apis["deals"], ids)
        personal_export.write(out, ids, known, files)
        Console(stderr=True).print(f"written: {out}")
        return 0

    run(key, home, reason, exported)


@app.command()
def status(
    customer: Annotated[UUID | None, typer.Argument(help="Any card of a person; empty: all erasures.")] = None,
    key: Key = "",
    home: Home = DEMO,
    as_json: AsJson = False,
) -> None:
    """See which persons were erased, or what each service still keeps of one. Exit code 3 if an erasure is not done.

    Example: voronka privacy status
    """

    async def shown(services: Services) -> int:
        if customer is not None:
            found = await services.leads.get(f"/customers/{customer}/erasure")
            held = await services.held(found["customer_ids"])
            told({**found, "services": held}, as_json, _table(held, before=not found["erased"]))
            return 3 if found["erased"] and not all(one["is_erased"] for one in held) else 0
        erasures = [one async for one in services.leads.pages("/erasures", "erasures")]
        told(erasures, as_json, _erasures(erasures))
        return 3 if any(one["searched_at"] is None for one in erasures) else 0

    run(key, home, "", shown)


async def _settled(services: Services, customer_ids: Sequence[str], seconds: float) -> list[dict[str, Any]]:
    """What is left when all services are done, or when the time is over."""
    until = time.monotonic() + seconds
    with Console(stderr=True).status("erasing") as drawn:
        while True:
            held = await services.held(customer_ids)
            waiting = [one["service"] for one in held if not one["is_erased"]]
            if not waiting or time.monotonic() > until:
                return held
            drawn.update(f"waiting for {', '.join(waiting)}")
            await asyncio.sleep(POLL_SECONDS)


def _table(held: Sequence[dict[str, Any]], *, before: bool) -> Table:
    made = Table(title="What an erasure would do" if before else "What is left", title_justify="left")
    for column in ("service", "store", "what", "rows", "at erasure"):
        made.add_column(column, overflow="fold")
    for one in held:
        for store in one["stores"]:
            if store["rows"]:
                made.add_row(one["service"], store["table"], store["what"], str(store["rows"]), store["ending"])
    return made


def _erasures(erasures: Sequence[dict[str, Any]]) -> Table:
    made = Table(title="Erasures", title_justify="left")
    for column in ("erased", "cards", "ground", "reason", "by", "stored requests"):
        made.add_column(column, overflow="fold")
    for one in erasures:
        searched = f"{one['requests']} emptied" if one["searched_at"] else "being looked through"
        made.add_row(
            one["erased_at"][:19], "\n".join(one["customer_ids"]), one["ground"], one["reason"], one["actor"], searched
        )
    return made
