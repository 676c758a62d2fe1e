"""The rules of the house that no linter knows. What one library can prove of itself, its own tests prove: golden files
and contracts, made pages, labels of metrics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import events.contracts  # noqa: F401 - registers the contracts
import pytest
from events.event import REGISTRY

ROOT = Path(__file__).parents[1]
FOLDERS = ("libs", "services", "cli", "deploy", "tests", "bench", "docs", ".ci")
TEXTS = (".py", ".sql", ".md", ".yaml", ".yml", ".toml", ".liquid", ".css", ".js", ".xml", ".txt", ".lock", "")
PACKAGES = (
    "libs/events/events",
    *(f"services/{name}/{name}" for name in ("leads", "deals", "automation", "analytics")),
    "cli/voronka",
    "deploy/local/embedded",
)
MOST_LINES = 260
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MENTIONED = re.compile(r"`((?:libs|services|cli|deploy|tests|bench|docs)/[\w./-]+)`")


def texts() -> Iterator[Path]:
    """Every text of the repository, what is made while it runs left out."""
    inside = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    for path in (*ROOT.glob("[!.]*"), *inside):
        if path.is_file() and path.suffix in TEXTS and "__pycache__" not in path.parts:
            yield path


def modules() -> Iterator[Path]:
    return (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def places(pattern: str, paths: Iterator[Path]) -> list[str]:
    """Where a pattern is found, but for this file, which names what must not be there."""
    rule = re.compile(pattern)
    return [
        f"{named(path)}:{number}"
        for path in paths
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if rule.search(line)
    ]


def test_no_module_is_longer_than_a_reader_bears() -> None:
    lines = {named(path): len(path.read_text().splitlines()) for path in modules()}
    assert {name: length for name, length in lines.items() if length > MOST_LINES} == {}


def test_nothing_is_put_off_in_a_comment() -> None:
    assert places(r"\b(TODO|FIXME|XXX|HACK)\b", texts()) == []


def test_services_log_and_do_not_print() -> None:
    assert (
        places(r"(?<![\w.])print\(", (path for path in modules() if named(path).startswith(("libs", "services")))) == []
    )


def test_no_address_of_a_package_registry_stands_anywhere() -> None:
    locks = iter([*ROOT.glob("requirements*.lock"), *ROOT.glob("deploy/*/*.lock")])
    assert places(r"https?://|--index-url|--find-links", locks) == []
    assert places(r"pypi\.org|pythonhosted\.org|registry\.npmjs|repo1\.maven", texts()) == []


def test_no_path_of_the_machine_it_was_written_on_stands_anywhere() -> None:
    route = r"(?<![}…](?=/[w]ork/(?:stages|edits|accept|complete|cancel|history)\b))"
    assert places(rf"(?<![\w.]){route}/(work|home|root|Users)/", texts()) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/*/*/sql/*.sql")), ids=named)
def test_every_sql_file_is_used(path: Path) -> None:
    called = re.compile(rf"\b_?(?:sql|statement)\(\s*[\"']{path.stem}[\"']")
    callers = [one for one in path.parents[1].rglob("*.py") if called.search(one.read_text())]
    assert callers, "no module of its package asks for it"


@pytest.mark.parametrize("path", sorted(ROOT.glob("services/**/on/*.sql")), ids=named)
def test_every_statement_on_an_event_is_for_an_event_that_exists(path: Path) -> None:
    assert re.sub(r"(\.v\d+)\.\d+$", r"\1", path.stem) in REGISTRY


@pytest.mark.parametrize("page", sorted(path for path in texts() if path.suffix == ".md"), ids=named)
def test_every_link_and_every_file_named_in_a_page_is_there(page: Path) -> None:
    text = page.read_text()
    links = [page.parent / link.partition("#")[0] for link in LINK.findall(text) if not re.match(r"\w+:|#", link)]
    mentioned = [ROOT / path for path in MENTIONED.findall(text)]
    assert {named(path.resolve()) for path in (*links, *mentioned) if not path.exists()} == set()
