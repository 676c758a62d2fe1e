"""``voronka import prices``: a price list from CSV or XLSX into the catalogue of deals.

Each row is a product by its code, with its price. What stands there already adds nothing, so a file may be sent again;
a price that is another one is a new entry of the list, from the day that is given. A column ``cost`` says what a unit
costs the firm, in the currency of the list; a cell without one leaves what is known.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from events.spreadsheet import csv_text
from events.table_files import Row, UnreadableFile, portions, rows_of
from rich.console import Console

from voronka.client import Api, Refused, Unreachable

PORTION: Final = 500
FIELDS: Final = ("code", "title", "kind", "unit", "tax_rate", "external_id", "price", "valid_from", "cost")
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class PriceList:
    """The list that prices go to; ``title`` None: the one it has, else its code."""

    code: str
    title: str | None
    currency: str
    tax_included: bool
    valid_from: date


@dataclass(frozen=True)
class Entry:
    """A row of the file as it is sent: the product, and its price where the row has one."""

    line: int
    row: Row
    product: dict[str, Any]
    price: dict[str, Any] | None


def run(
    file: Path,
    mapping: Path | None,
    price_list: PriceList,
    *,
    url: str,
    key: str,
    rejected: Path | None,
    dry_run: bool = False,
    as_json: bool = False,
) -> int:
    """Imports a price list, or says what would be sent; returns the exit code."""
    errors = Console(stderr=True)
    try:
        columns = yaml.safe_load(mapping.read_text(encoding="utf-8")) if mapping else {}
        if dry_run:
            outcome = asyncio.run(foresee(file, columns, price_list, url, key))
        else:
            outcome = asyncio.run(import_prices(file, columns, price_list, url, key, rejected))
    except (Refused, Unreachable) as error:
        errors.print(f"[red]{error}")
        return 1
    except (OSError, UnreadableFile, yaml.YAMLError) as error:
        errors.print(f"[red]{type(error).__name__}: {error}")
        return 2
    if as_json:
        print(json.dumps(outcome, ensure_ascii=False))
    else:
        Console().print(outcome)
    return 3 if outcome["rejected"] else 0


async def import_prices(
    file: Path, mapping: Mapping[str, Any], price_list: PriceList, url: str, key: str, rejected: Path | None = None
) -> dict[str, Any]:
    """Sends everything; returns counts by outcome of products and of prices, and the reasons of rows rejected."""
    products: Counter[str] = Counter()
    prices: Counter[str] = Counter()
    refused: list[tuple[int, Row, str]] = []
    async with Api(url, key) as deals:
        path = f"/price-lists/{await _opened(deals, price_list)}/prices"
        with rows_of(file, None) as rows:
            for portion in portions(rows, PORTION):
                entries = list(_entries(portion, mapping, price_list, refused))
                kept = []
                answers = await deals.post("/products/bulk", [one.product for one in entries]) if entries else []
                for one, answer in zip(entries, answers, strict=True):
                    products[answer["outcome"]] += 1
                    if answer["outcome"] == "rejected":
                        refused.append((one.line, one.row, answer["reason"]))
                    elif one.price:
                        kept.append(one)
                answers = await deals.post(path, [one.price for one in kept]) if kept else []
                for one, answer in zip(kept, answers, strict=True):
                    prices[answer["outcome"]] += 1
                    if answer["outcome"] == "rejected":
                        refused.append((one.line, one.row, answer["reason"]))
    if rejected is not None and refused:
        told = [{**row, "_line": line, "_reason": reason} for line, row, reason in sorted(refused, key=lambda r: r[0])]
        rejected.write_text(csv_text(list(dict.fromkeys(name for row in told for name in row)), told), "utf-8-sig")
        print(f"rejected rows: {rejected}", file=sys.stderr)
    return {
        "products": {name: products[name] for name in ("registered", "changed", "unchanged")},
        "prices": {name: prices[name] for name in ("set", "unchanged")},
        "rejected": len(refused),
        "reasons": dict(Counter(reason for _, _, reason in refused)),
    }


async def foresee(file: Path, mapping: Mapping[str, Any], price_list: PriceList, url: str, key: str) -> dict[str, Any]:
    """What would be sent: products by whether the catalogue has their code, prices, and the rows that cannot be sent.
    What the service itself would refuse is not foreseen.
    """
    products: Counter[str] = Counter()
    prices = 0
    refused: list[tuple[int, Row, str]] = []
    async with Api(url, key) as deals:
        lists = {one["code"] for one in await deals.get("/price-lists")}
        known = {one["code"] async for one in deals.pages("/products", "products")}
        with rows_of(file, None) as rows:
            for portion in portions(rows, PORTION):
                for one in _entries(portion, mapping, price_list, refused):
                    products["known" if one.product["code"] in known else "new"] += 1
                    prices += one.price is not None
    return {
        "dry_run": True,
        "list": "there" if price_list.code in lists else "new",
        "products": {name: products[name] for name in ("new", "known")},
        "prices": prices,
        "rejected": len(refused),
        "reasons": dict(Counter(reason for _, _, reason in refused)),
    }


async def _opened(deals: Api, wanted: PriceList) -> str:
    known = {one["code"]: one["title"] for one in await deals.get("/price-lists")}
    title = wanted.title or known.get(wanted.code, wanted.code)
    terms = {"code": wanted.code, "currency": wanted.currency, "tax_included": wanted.tax_included}
    return str((await deals.post("/price-lists", {**terms, "title": title}))["price_list_id"])


def _entries(
    rows: list[tuple[int, Row]], mapping: Mapping[str, Any], to: PriceList, refused: list[tuple[int, Row, str]]
) -> Iterator[Entry]:
    columns = {field: mapping.get("columns", {}).get(field, field) for field in FIELDS}
    constants = mapping.get("constants", {})
    for line, row in rows:
        given = {field: _cell(row, columns[field]) or constants.get(field) for field in FIELDS}
        try:
            yield _entry(line, row, given, to)
        except ValueError as fault:
            refused.append((line, row, str(fault)))


def _entry(line: int, row: Row, given: Mapping[str, Any], to: PriceList) -> Entry:
    for field in ("code", "title"):
        if not given[field]:
            raise ValueError(f"{field} is empty")
    product = {name: given[name] for name in ("code", "title", "unit", "external_id")}
    product |= {"kind": given["kind"] or "goods", "tax_rate": _number(given["tax_rate"], "tax_rate")}
    if (cost := _number(given["cost"], "cost")) is not None:
        product["cost"] = {"amount": cost, "currency": to.currency}
    price = _number(given["price"], "price")
    try:
        since = date.fromisoformat(given["valid_from"][:10]) if given["valid_from"] else to.valid_from
    except ValueError:
        raise ValueError("valid_from is no day such as 2026-03-01") from None
    entry = {"product": given["code"], "valid_from": since.isoformat(), "price": price} if price is not None else None
    return Entry(line, row, product, entry)


def _cell(row: Row, column: str) -> str | None:
    return (row.get(column) or "").strip() or None


def _number(text: str | None, field: str) -> str | None:
    """A number as people write it in tables: ``1 234,50 ₽``, ``20 %``. Raises ``ValueError``."""
    if text is None:
        return None
    plain = re.sub(r"[\s\u00a0\u202f%₽]|руб\.?|р\.", "", str(text)).replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{field} is not a number")
    return plain
