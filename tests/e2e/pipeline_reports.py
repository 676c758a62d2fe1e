"""What reports say of the deals of a real pipeline, and the same counted in its rows, by plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import fmean, median
from typing import Any

from voronka.client import Api

PERIOD = {"from": "2016-10-01", "to": "2017-12-31"}
Figures = dict[str, Any]


@dataclass(frozen=True)
class FileDeal:
    """A row of the file; ``outcome`` is won, lost or open, ``buyer`` the account, or the deal where it has none."""

    product: str
    manager: str
    buyer: str
    opened: date
    closed: date | None
    outcome: str
    value: Decimal

    @property
    def days(self) -> int:
        assert self.closed is not None
        return (self.closed - self.opened).days


def quarter(day: date) -> str:
    return date(day.year, day.month - (day.month - 1) % 3, 1).isoformat()


def total(deals: Iterable[FileDeal]) -> dict[str, Decimal]:
    values = [deal.value for deal in deals]
    return {"USD": sum(values, Decimal(0))} if values else {}


def counted(deals: Sequence[FileDeal], products: Sequence[str]) -> Figures:
    """Figures of the file by report: of what is asked for in all products, of the rest in these."""
    found: Figures = {"needs": {}}
    for product in sorted({deal.product for deal in deals}):
        mine = [deal for deal in deals if deal.product == product]
        outcomes = Counter(deal.outcome for deal in mine)
        found["needs"][product] = {
            "customers": len({deal.buyer for deal in mine}), "deals": len(mine), "won": outcomes["won"],
            "lost": outcomes["lost"], "sold": total(deal for deal in mine if deal.outcome == "won"),
        }  # fmt: skip
    for product in products:
        mine = [deal for deal in deals if deal.product == product]
        found[product] = {
            "managers": managers(mine), "dynamics": dynamics(mine), "cycles": cycles(mine), "losses": losses(mine),
            "forecast": forecast(mine),
        }  # fmt: skip
    return found


def managers(deals: Sequence[FileDeal]) -> Figures:
    found = {}
    for manager in {deal.manager for deal in deals}:
        mine = [deal for deal in deals if deal.manager == manager]
        won = [deal for deal in mine if deal.outcome == "won"]
        lost = sum(deal.outcome == "lost" for deal in mine)
        found[manager] = {
            "sales": len(won), "lost": lost, "sold": total(won), "open_deals": len(mine) - len(won) - lost,
            "win_percent": rounded(100 * len(won) / (len(won) + lost)) if won or lost else None,
        }  # fmt: skip
    return found


def dynamics(deals: Sequence[FileDeal]) -> Figures:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    sold: defaultdict[str, list[FileDeal]] = defaultdict(list)
    for deal in deals:
        found[quarter(deal.opened)]["deals"] += 1
        if deal.closed:
            found[quarter(deal.closed)]["sales" if deal.outcome == "won" else "lost"] += 1
            sold[quarter(deal.closed)] += [deal] if deal.outcome == "won" else []
    return {
        day: {name: numbers[name] for name in ("deals", "sales", "lost")} | {"sold": total(sold[day])}
        for day, numbers in found.items()
    }


def cycles(deals: Sequence[FileDeal]) -> Figures:
    days = [deal.days for deal in deals if deal.outcome == "won"]
    return {"first_sale": {"sales": len(days), "median_days": rounded(median(days)), "mean_days": rounded(fmean(days))}}


def losses(deals: Sequence[FileDeal]) -> Figures:
    lost = [deal for deal in deals if deal.outcome == "lost"]
    middle = rounded(median(deal.days for deal in lost))
    return {"other": {"lost": len(lost), "share_percent": 100.0, "median_days": middle, "amount": total(lost)}}


def forecast(deals: Sequence[FileDeal]) -> Figures:
    won = [deal for deal in deals if deal.outcome == "won"]
    opened = [deal for deal in deals if deal.outcome == "open"]
    sums = {"sold": total(won).get("USD", Decimal(0)), "open_sum": total(opened).get("USD", Decimal(0))}
    return {"USD": {"sales": len(won), "open_deals": len(opened), **sums}}


def rounded(number: float) -> float:
    """To one decimal, as reports do: a half goes up."""
    return float(Decimal(str(number)).quantize(Decimal("0.1"), "ROUND_HALF_UP"))


KEYS = {"managers": "manager", "dynamics": "day", "cycles": "deal_type", "losses": "reason", "forecast": "currency"}
MONEY = {"sold", "amount", "open_sum"}


async def reported(api: Api, expected: Figures) -> Figures:
    """The same figures as the service tells them: what the file has rows of, by the fields that the file can tell."""
    wanted = expected["needs"]
    rows = (await api.get("/reports/needs", **PERIOD))["rows"]
    found: Figures = {
        "needs": {row["value"]: told(row, wanted[row["value"]]) for row in rows if row["value"] in wanted}
    }
    for product in expected.keys() - {"needs"}:
        found[product] = {}
        for report, key in KEYS.items():
            wanted = expected[product][report]
            more = {"grain": "quarter"} if report == "dynamics" else {}
            rows = (await api.get(f"/reports/{report}", **PERIOD, product=product, **more))["rows"]
            found[product][report] = {row[key]: told(row, wanted[row[key]]) for row in rows if row[key] in wanted}
    return found


def told(row: Figures, like: Figures) -> Figures:
    return {name: money(row[name]) if name in MONEY else row[name] for name in like}


def money(value: Any) -> Any:
    return {name: Decimal(each) for name, each in value.items()} if isinstance(value, dict) else Decimal(value)
