"""Reading a sales pipeline that was exported as CSV files: deals, and the accounts, products and managers behind them.

Pure: files in, what is to be sent out. A row that cannot be a deal is kept with the reason. A date without a time is
noon in UTC, which is that day in every business time zone but the outermost; a deal without a date is in work and was
there when the file was made, so it counts from the latest date that the file knows. A deal without an account gets a
customer of its own, who can be merged with another as soon as somebody knows who it was.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

Row = dict[str, str]


class Unfit(Exception):
    """The row cannot be a deal; the message says why."""


@dataclass(frozen=True)
class Account:
    """A customer of the file. ``tags`` None: a deal names it, but the file of accounts does not."""

    key: str
    name: str
    first_seen: str
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True)
class SalesFiles:
    """What the files come to, ready to be sent. ``deals`` name their customer by the account's key."""

    source: str
    currency: str
    accounts: Sequence[Account]
    managers: Sequence[Mapping[str, Any]]
    products: Sequence[Mapping[str, Any]]
    prices: Mapping[str, Decimal]
    deals: Sequence[tuple[int, str, Mapping[str, Any]]]
    rejected: Sequence[tuple[int, Row, str]]
    rows: int


def read_files(
    mapping: Mapping[str, Any], deals: Path, accounts: Path | None, products: Path | None, teams: Path | None
) -> SalesFiles:
    """Reads all files. Raises ``OSError``, ``UnicodeDecodeError`` and ``KeyError`` for a column that is not there."""
    reader = _Reader(mapping)
    tags = {reader.account(row): reader.tags_of(row) for row in rows_of(accounts)} if accounts else {}
    listed = [reader.product(row) for row in rows_of(products)] if products else []
    prices = {product["title"]: price for product, price in listed}
    rows = rows_of(deals)
    latest = max(filter(None, (reader.latest(row) for row in rows)), default=None)
    found, rejected, seen = [], [], set()
    for line, row in enumerate(rows, 2):
        try:
            account, deal = reader.deal(row, prices, latest)
            if deal["external_id"] in seen:
                raise Unfit("the file has a deal of this id above")
            seen.add(deal["external_id"])
            found.append((line, account, deal))
        except Unfit as unfit:
            rejected.append((line, row, str(unfit)))
    managers = [reader.manager(row) for row in rows_of(teams)] if teams else []
    return SalesFiles(
        mapping["source"],
        mapping["currency"],
        _accounts(found, tags),
        managers,
        [product for product, _ in listed],
        {code_of(title): price for title, price in prices.items()},
        [(line, account[0], deal) for line, account, deal in found],
        rejected,
        len(rows),
    )


def rows_of(path: Path) -> list[Row]:
    """The rows of a CSV file with a header, blanks trimmed."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: (value or "").strip() for name, value in row.items() if name} for row in csv.DictReader(file)]


def code_of(title: str) -> str:
    """The code of a product in the catalogue."""
    return re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").upper()


def manager_id(name: str) -> str:
    """The id of a manager: ``Anna Snelling`` is ``anna.snelling``."""
    return re.sub(r"[^a-z0-9-]+", ".", name.casefold()).strip(".")


class _Reader:
    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self._mapping = mapping
        self._columns: Mapping[str, str] = mapping["columns"]
        self._right: Mapping[str, str] = mapping.get("spelling", {})

    def deal(
        self, row: Row, prices: Mapping[str, Decimal], latest: datetime | None
    ) -> tuple[tuple[str, str], dict[str, Any]]:
        """The key and name of its account, and the deal as it is sent. Raises :class:`Unfit`."""
        id_, stage, product = self._cell(row, "id"), self._cell(row, "stage"), self._cell(row, "product")
        if not id_:
            raise Unfit("the row has no id")
        if prices and product not in prices:
            raise Unfit(f"there is no product {product or 'without a name'}")
        ended = {self._mapping["won"]: "won", self._mapping["lost"]: "lost"}.get(stage)
        worked_in = self._mapping["closed_from"] if ended else stage
        if worked_in not in self._mapping["stages"]:
            raise Unfit(f"there is no stage {stage or 'without a name'}")
        opened, closed = self._date(row, "opened"), self._date(row, "closed")
        if ended and (opened is None or closed is None):
            raise Unfit("a closed deal has no date on which it was opened or closed")
        begun = opened or latest
        if begun is None:
            raise Unfit("no deal of the file has a date")
        if closed and closed < begun:
            raise Unfit("it was closed before it was opened")
        value = self._value(row) if ended else prices.get(product)
        if value is None:
            raise Unfit("a closed deal has no value" if ended else "the value is in no file")
        account = self._cell(row, "account")
        deal: dict[str, Any] = {
            "external_id": id_,
            "pipeline": self._mapping["pipeline"],
            "title": f"{product}, {account}" if account else product,
            "value": {"amount": f"{value:.2f}", "currency": self._mapping["currency"]},
            "manager_id": manager_id(self._cell(row, "manager")) or None,
            "visits": [{"stage": self._mapping["stages"][worked_in], "at": begun.isoformat()}],
        }
        if prices:
            deal["lines"] = [{"product": code_of(product), "price": f"{value:.2f}"}]
        if ended and closed:
            why = self._mapping["loss"] if ended == "lost" else {}
            deal["outcome"] = {"kind": ended, "at": closed.isoformat(), **why}
        return (f"account:{account}", account) if account else (f"deal:{id_}", f"{id_}: {product}"), deal

    def latest(self, row: Row) -> datetime | None:
        """The latest date of a row; none where its dates cannot be read."""
        try:
            return max(filter(None, (self._date(row, "opened"), self._date(row, "closed"))), default=None)
        except Unfit:
            return None

    def account(self, row: Row) -> str:
        """The name of an account."""
        return self._spelt(row[self._mapping["accounts"]["name"]])

    def tags_of(self, row: Row) -> tuple[str, ...]:
        """What an account is told from others by."""
        return tuple(self._spelt(row[name]) for name in self._mapping["accounts"]["tags"] if row[name])

    def product(self, row: Row) -> tuple[dict[str, Any], Decimal]:
        """A product as it is sent, and its price."""
        columns = self._mapping["products"]
        title = self._spelt(row[columns["title"]])
        return {"code": code_of(title), "title": title, "kind": "goods"}, Decimal(row[columns["price"]])

    def manager(self, row: Row) -> dict[str, Any]:
        """A manager as he is set up."""
        columns = self._mapping["teams"]
        name = row[columns["manager"]]
        return {"name": name, "department": row[columns["department"]], "teams": [row[columns["team"]]]}

    def _cell(self, row: Row, what: str) -> str:
        return self._spelt(row[self._columns[what]])

    def _spelt(self, text: str) -> str:
        return self._right.get(text, text)

    def _date(self, row: Row, what: str) -> datetime | None:
        text = row[self._columns[what]]
        if not text:
            return None
        try:
            day = datetime.strptime(text, self._mapping["dates"]).date()  # noqa: DTZ007 - noon is added
        except ValueError:
            raise Unfit(f"{text} is no date") from None
        return datetime.combine(day, time(12), UTC)

    def _value(self, row: Row) -> Decimal | None:
        text = row[self._columns["value"]]
        try:
            value = Decimal(text) if text else None
        except InvalidOperation:
            raise Unfit(f"{text} is no value") from None
        if value is not None and not 0 <= value < 10**14:
            raise Unfit(f"{text} is no value of a deal")
        return value


def _accounts(
    found: Sequence[tuple[int, tuple[str, str], Mapping[str, Any]]], tags: Mapping[str, tuple[str, ...]]
) -> list[Account]:
    """The customers that deals name, each with the time of its first deal."""
    accounts: dict[str, Account] = {}
    for _, (key, name), deal in found:
        at = deal["visits"][0]["at"]
        if key not in accounts or at < accounts[key].first_seen:
            accounts[key] = Account(key, name, at, tags.get(name) if key.startswith("account:") else None)
    return list(accounts.values())
