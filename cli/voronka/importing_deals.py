"""``voronka import deals``: a sales pipeline from CSV files, with its history, into deals and leads.

Accounts become customers and organisations in leads, their agents managers; products go to the catalogue, deals to the
API of imports in portions. Everything is named by what it is called in the files, so running it again adds nothing.
"""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import yaml
from rich.console import Console
from rich.progress import track
from rich.table import Table

from voronka.client import Api, Refused, Unreachable
from voronka.sales_file import Account, Row, SalesFiles, manager_id, read_files

MAPPING = Path(__file__).with_name("sales_pipeline.yaml")
PORTION = 500
PRICE_LIST = "imported"

T = TypeVar("T")


@dataclass(frozen=True)
class Files:
    """The files of a pipeline; without the others, deals are sent as they are."""

    deals: Path
    accounts: Path | None = None
    products: Path | None = None
    teams: Path | None = None
    mapping: Path = MAPPING


def run(
    files: Files,
    *,
    leads_url: str,
    deals_url: str,
    key: str,
    rejected: Path | None,
    dry_run: bool = False,
    as_json: bool = False,
) -> int:
    """Imports a pipeline, or says what would be sent; returns the exit code."""
    errors = Console(stderr=True)
    try:
        if dry_run:
            outcome = asyncio.run(foresee(files, leads_url, deals_url, key))
        else:
            outcome = asyncio.run(import_pipeline(files, leads_url, deals_url, key, rejected))
    except (Refused, Unreachable) as error:
        errors.print(f"[red]{error}")
        return 1
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError) as error:
        errors.print(f"[red]{type(error).__name__}: {error}")
        return 2
    if as_json:
        print(json.dumps(outcome, ensure_ascii=False))
    else:
        Console().print(outcome if dry_run else table(outcome))
    return 3 if outcome["rejected"] else 0


async def import_pipeline(
    files: Files, leads_url: str, deals_url: str, key: str, rejected: Path | None = None
) -> dict[str, Any]:
    """Sends everything; returns counts ``rows, opened, extended, unchanged, rejected`` and ``reasons``."""
    mapping, read = _read(files)
    async with Api(leads_url, key) as leads, Api(deals_url, key) as deals:
        await _set_up_managers(leads, read.managers)
        customers = await _customers(leads, read)
        organisations = await _organisations(leads, read, customers)
        await _set_up_products(deals, read)
        refused = list(read.rejected)
        outcomes: Counter[str] = Counter()
        portions = list(_portions(read.deals))
        for portion in track(portions, "deals", console=Console(stderr=True), transient=True):
            sent = [_deal(deal, customers[account], organisations.get(account)) for _, account, deal in portion]
            answers = await deals.post("/deals/bulk", {"source": read.source, "deals": sent})
            for (line, _, deal), answer in zip(portion, answers, strict=True):
                outcomes[answer["outcome"]] += 1
                if answer["outcome"] == "refused":
                    refused.append((line, {mapping["columns"]["id"]: deal["external_id"]}, answer["reason"]))
    if rejected is not None and refused:
        _write_rejected(rejected, files.deals, sorted(refused, key=lambda one: one[0]))
        print(f"rejected rows: {rejected}", file=sys.stderr)
    return {
        "rows": read.rows,
        **{name: outcomes[name] for name in ("opened", "extended", "unchanged")},
        "rejected": len(refused),
        "reasons": dict(Counter(reason for _, _, reason in refused)),
    }


async def foresee(files: Files, leads_url: str, deals_url: str, key: str) -> dict[str, Any]:
    """What would be sent: managers and products by whether they are there, the rest as the files have it, and the rows
    that cannot be deals. What the services would refuse, or know already, is not foreseen.
    """
    _, read = _read(files)
    async with Api(leads_url, key) as leads, Api(deals_url, key) as deals:
        managers = {one["id"] for one in await leads.get("/managers")}
        products = {one["code"] async for one in deals.pages("/products", "products")}
    known = sum(manager_id(one["name"]) in managers for one in read.managers)
    listed = sum(one["code"] in products for one in read.products)
    return {
        "dry_run": True,
        "rows": read.rows,
        "deals": len(read.deals),
        "customers": len(read.accounts),
        "organisations": sum(account.tags is not None for account in read.accounts),
        "managers": {"new": len(read.managers) - known, "known": known},
        "products": {"new": len(read.products) - listed, "known": listed},
        "rejected": len(read.rejected),
        "reasons": dict(Counter(reason for _, _, reason in read.rejected)),
    }


def _read(files: Files) -> tuple[dict[str, Any], SalesFiles]:
    mapping = yaml.safe_load(files.mapping.read_text(encoding="utf-8"))
    return mapping, read_files(mapping, files.deals, files.accounts, files.products, files.teams)


async def _set_up_managers(leads: Api, managers: Sequence[Mapping[str, Any]]) -> None:
    """Those that are not there yet: what somebody has set of one stays."""
    there = {one["id"] for one in await leads.get("/managers")} if managers else set()
    for manager in managers:
        if manager_id(manager["name"]) not in there:
            await leads.put(f"/managers/{manager_id(manager['name'])}", dict(manager))


async def _customers(leads: Api, read: SalesFiles) -> dict[str, str]:
    """The customers' ids by account; leads knows an account again by its name in the files."""
    found: dict[str, str] = {}
    for portion in _portions(read.accounts):
        answers = await leads.post("/leads/bulk", [_lead(read.source, account) for account in portion])
        for account, answer in zip(portion, answers, strict=True):
            if answer["outcome"] == "rejected":
                raise Refused(f"{account.name}: {answer['reason']}")
            found[account.key] = answer["customer_id"]
    return found


def _lead(source: str, account: Account) -> dict[str, Any]:
    named = f"{source}:{account.key}"
    return {
        "id": named,
        "person_id": named,
        "name": account.name,
        "kind": "import",
        "channel": source,
        "occurred_at": account.first_seen,
    }


async def _organisations(leads: Api, read: SalesFiles, customers: Mapping[str, str]) -> dict[str, str]:
    """An organisation for each account of the file of accounts, and its customer as who acts for it."""
    found: dict[str, str] = {}
    for account in read.accounts:
        if account.tags is None:
            continue
        new = {"name": account.name, "tags": list(account.tags)}
        card = await leads.post("/organisations", new, idempotency_key=f"{read.source}:{account.key}")
        found[account.key] = card["organisation_id"]
        if not card["persons"]:
            path = f"/organisations/{card['organisation_id']}/persons/{customers[account.key]}"
            await leads.put(path, {"role": "Account", "is_primary": True})
    return found


async def _set_up_products(deals: Api, read: SalesFiles) -> None:
    if not read.products:
        return
    for outcome in await deals.post("/products/bulk", list(read.products)):
        if outcome["outcome"] == "rejected":
            raise Refused(f"{outcome['code']}: {outcome['reason']}")
    first = min((deal["visits"][0]["at"] for _, _, deal in read.deals), default="2000-01-01")[:10]
    opened = {"code": PRICE_LIST, "title": read.source, "currency": read.currency, "tax_included": True}
    price_list = await deals.post("/price-lists", opened)
    prices = [{"product": code, "valid_from": first, "price": f"{price:.2f}"} for code, price in read.prices.items()]
    await deals.post(f"/price-lists/{price_list['price_list_id']}/prices", prices)


def _deal(deal: Mapping[str, Any], customer_id: str, organisation_id: str | None) -> dict[str, Any]:
    return {**deal, "customer_id": customer_id, "organisation_id": organisation_id}


def _portions(items: Sequence[T]) -> Iterator[list[T]]:
    left = iter(items)
    while portion := list(islice(left, PORTION)):
        yield portion


def _write_rejected(path: Path, file: Path, refused: Sequence[tuple[int, Row, str]]) -> None:
    """The rows as they stand in the file, with their line and the reason."""
    with file.open(encoding="utf-8-sig", newline="") as source, path.open("w", encoding="utf-8", newline="") as target:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(target, [*(reader.fieldnames or ()), "_line", "_reason"], extrasaction="ignore")
        writer.writeheader()
        reasons = {line: reason for line, _, reason in refused}
        for line, row in enumerate(reader, 2):
            if line in reasons:
                writer.writerow({**row, "_line": line, "_reason": reasons[line]})


def table(outcome: Mapping[str, Any]) -> Table:
    """What became of the rows, for people."""
    result = Table(title="Import", title_justify="left")
    result.add_column("rows")
    result.add_column("number", justify="right")
    names = {"rows": "in the file", "opened": "new deals", "extended": "went on", "unchanged": "known already"}
    for name, title in names.items():
        result.add_row(title, f"{outcome[name]:,}")
    result.add_row("rejected", f"{outcome['rejected']:,}")
    for reason, count in sorted(outcome["reasons"].items()):
        result.add_row(f"  {reason}", f"{count:,}")
    return result
