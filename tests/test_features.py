"""`docs/features.md` says what there is: every capability once, and nothing it names is made up."""

from __future__ import annotations

import ast
import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import events.contracts  # noqa: F401 - registers the contracts
import orjson
import pytest
from events.event import REGISTRY
from events.reference import SERVICES, never_started
from typer.main import get_command
from voronka.main import app as cli

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "features.md"
VIEWS = ROOT / "services/analytics/analytics/sales/views"

NUMBERS = "1-17 19-30 32 34-41 44-50 54 54a 57-72 74-90 92-127 129-140 142-146 150-152 153b"
UNNUMBERED = (
    "identity consent erasure keys once loops explained back-test as-of bi rebuild scale verify operate observe restore"
)

METHOD = re.compile(r"(GET|PUT|POST|PATCH|DELETE) (/\S*)")


@dataclass(frozen=True)
class Row:
    id: str
    what: str
    where: list[str]
    tests: list[str]
    state: str


def rows() -> list[Row]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    cells = [line.strip("|").split("|") for line in lines if not line.startswith(("| number |", "|---"))]
    return [
        Row(number.strip(), what.strip(), code(where), code(tests), state.strip())
        for number, what, where, tests, state in cells
    ]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


ROWS = rows()
EACH = pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])


def capabilities() -> Iterator[str]:
    for part in NUMBERS.split():
        first, _, last = part.partition("-")
        yield from (f"C{number}" for number in range(int(first), int(last) + 1)) if last else [f"C{first}"]
    yield from UNNUMBERED.split()


async def raw(service: str) -> set[str]:
    return {f"POST {route.label}" for route in never_started(service).raw.values()}


@pytest.fixture(scope="module")
def endpoints() -> set[str]:
    """Every endpoint of the four services: `GET /leads`; raw routes take POST."""
    found: set[str] = set()
    for service in SERVICES:
        paths = orjson.loads((ROOT / f"docs/api/{service}.openapi.json").read_bytes())["paths"]
        found |= {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
        found |= asyncio.run(raw(service))
    return found


def commands() -> set[str]:
    root = get_command(cli)
    groups = root.commands.items()  # type: ignore[attr-defined]
    return {f"voronka {name} {sub}".strip() for name, group in groups for sub in getattr(group, "commands", [""])}


def test_every_capability_stands_there_once() -> None:
    assert Counter(row.id for row in ROWS) == Counter(capabilities())


@EACH
def test_a_row_says_works_partly_or_missing_and_means_it(row: Row) -> None:
    assert row.state in ("works", "partly", "missing")
    assert bool(row.where) == (row.state != "missing"), "what is missing has no place, all else has one"
    assert bool(row.tests) == (row.state != "missing"), "what is missing has no test, all else has one"


async def test_every_place_named_is_there(endpoints: set[str]) -> None:
    def exists(place: str) -> bool:
        if METHOD.fullmatch(place):
            return place in endpoints
        if place.startswith("bi."):
            return (VIEWS / f"{place.removeprefix('bi.')}.sql").is_file()
        return place in REGISTRY or place in commands() or (ROOT / place).is_file()

    made_up = [(row.id, place) for row in ROWS for place in row.where if not exists(place)]
    assert made_up == []


@EACH
def test_every_test_named_is_there(row: Row) -> None:
    for named in row.tests:
        path, _, name = named.partition("::")
        tree = ast.parse((ROOT / path).read_text())
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in functions, named


def test_a_test_that_is_not_there_would_be_noticed(endpoints: set[str]) -> None:
    assert "POST /leads/bulk" in endpoints
    assert "POST /in/{channel}/{source}" in endpoints
    assert "GET /nothing" not in endpoints
    assert "voronka import leads" in commands()
