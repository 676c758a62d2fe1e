"""What a run found: rows with their targets, as a table for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson
from rich.console import Console
from rich.table import Table

from bench.rounds import Rates

RESULTS = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a row's ratio to its baseline, or on its value."""

    of: Literal["ratio", "value"]
    sign: Literal[">=", "<="]
    bound: float

    def __str__(self) -> str:
        return f"{self.of} {self.sign} {self.bound:,g}"

    def met(self, value: float, ratio: float | None) -> bool:
        """Is it kept? A ratio that could not be measured keeps nothing."""
        measured = value if self.of == "value" else ratio
        if measured is None:
            return False
        return measured >= self.bound if self.sign == ">=" else measured <= self.bound


def at_least(bound: float, of: Literal["ratio", "value"] = "ratio") -> Target:
    """More is better."""
    return Target(of, ">=", bound)


def at_most(bound: float, of: Literal["ratio", "value"] = "value") -> Target:
    """Less is better."""
    return Target(of, "<=", bound)


@dataclass(frozen=True, slots=True)
class Row:
    """One measure. ``spread`` and ``baseline_spread`` are the lowest and the highest of the rounds: the noise."""

    name: str
    value: float | str
    unit: str
    baseline: float | None = None
    target: Target | None = None
    spread: tuple[float, float] | None = None
    baseline_spread: tuple[float, float] | None = None

    @property
    def ratio(self) -> float | None:
        """Value to baseline."""
        return self.value / self.baseline if self.baseline and isinstance(self.value, float) else None

    @property
    def met(self) -> bool | None:
        """None where there is no target."""
        if self.target is None or isinstance(self.value, str):
            return None
        return self.target.met(self.value, self.ratio)

    def as_json(self) -> dict[str, Any]:
        """The row as it stands in the file of results."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "baseline": self.baseline,
            "ratio": self.ratio,
            "target": str(self.target) if self.target else None,
            "met": self.met,
            "spread": self.spread,
            "baseline_spread": self.baseline_spread,
        }


def compared(name: str, unit: str, measured: Rates, baseline: Rates | None = None, target: Target | None = None) -> Row:
    """A row from rounds: the medians of both, and their noise."""
    return Row(
        name,
        measured.median,
        unit,
        baseline.median if baseline else None,
        target,
        measured.spread,
        baseline.spread if baseline else None,
    )


def write(rows: Sequence[Row], path: Path = RESULTS) -> None:
    """The list of rows as JSON."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(orjson.dumps([row.as_json() for row in rows], option=orjson.OPT_INDENT_2) + b"\n")


def show(rows: Sequence[Row], console: Console) -> None:
    """The table, and loudly what misses its target."""
    table = Table(title="Voronka, measured beside the raw ceiling of the same run")
    for heading in ("measure", "value", "rounds", "baseline", "rounds", "ratio", "target", ""):
        table.add_column(heading, justify="left" if heading in ("measure", "target", "") else "right")
    for row in rows:
        table.add_row(
            row.name,
            f"{_number(row.value)} {row.unit}",
            _range(row.spread),
            _number(row.baseline),
            _range(row.baseline_spread),
            "" if row.ratio is None else f"{row.ratio:.2f}",
            str(row.target or ""),
            {None: "", True: "[green]met[/]", False: "[bold red]MISSED[/]"}[row.met],
        )
    console.print(table)
    missed = [row for row in rows if row.met is False]
    for row in missed:
        measured = _number(row.value) if row.target and row.target.of == "value" else f"{row.ratio or 0:.2f}"
        console.print(f"[bold red]MISSED[/] {row.name}: {measured} instead of {row.target}")
    if missed:
        console.print("bench/README.md says what is known about targets that are missed.")


def _number(value: float | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"


def _range(spread: tuple[float, float] | None) -> str:
    return f"{_number(spread[0])}..{_number(spread[1])}" if spread else ""
