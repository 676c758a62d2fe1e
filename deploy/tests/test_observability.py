"""Alerts, their pages and the dashboards: they name what there is, and alerts fire when they should and not before."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import events.contracts  # noqa: F401 - registers the contracts
import pytest
import yaml
from events import metrics
from events.event import REGISTRY
from typer.main import get_command
from voronka.main import app

DEPLOY = Path(__file__).parents[1]
FILES = DEPLOY / "helm" / "voronka" / "files"
RUNBOOKS = DEPLOY / "runbooks"
ALERT_TESTS = sorted((Path(__file__).parent / "alerts").glob("*.yaml"))
SECTIONS = (
    "What it means",
    "What the customer sees",
    "How to look",
    "How to mend it",
    "How to know that it is over",
)
GIVEN_BY_PROMETHEUS = {"namespace", "instance", "pod", "job", "le"}
GIVEN_BY_KUBERNETES = ("kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes")
SELECTOR = re.compile(r"((?:voronka|kubelet)_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
LABEL_LIST = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")


@cache
def alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((FILES / "alerts.yaml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


@cache
def labels_of() -> dict[str, set[str]]:
    """Labels by the name of a series."""
    found = {name: {"namespace", "persistentvolumeclaim"} for name in GIVEN_BY_KUBERNETES}
    for row in metrics.CATALOGUE:
        for suffix in ("_bucket", "_sum", "_count") if row.kind == "histogram" else ("",):
            found[row.name + suffix] = {*row.labels, *GIVEN_BY_PROMETHEUS}
    return found


def queries(dashboard: Path) -> Iterator[tuple[str, str]]:
    """Panel and expression, with Grafana's variables put in."""
    for panel in json.loads(dashboard.read_text())["panels"]:
        for target in panel.get("targets", ()):
            expression = target["expr"].replace("$namespace", ".*").replace("$__rate_interval", "1m")
            yield panel["title"], expression.replace("$__range", "1h")


def expressions() -> dict[str, str]:
    said = {name: rule["expr"] for name, rule in alerts().items()}
    for path in sorted((FILES / "dashboards").glob("*.json")):
        for number, (panel, expression) in enumerate(queries(path)):
            said[f"{path.stem}: {panel} ({number})"] = expression
    return said


@pytest.mark.parametrize("expression", expressions().values(), ids=expressions())
def test_an_expression_names_metrics_labels_and_events_that_there_are(expression: str) -> None:
    known, used = labels_of(), set[str]()
    for name, matchers in SELECTOR.findall(expression):
        assert name in known
        used |= known[name]
        for label, how, value in MATCHER.findall(matchers):
            assert label in known[name], f"{name} has no label {label}"
            if label == "type" and how in ("=", "=~"):
                pattern = value.replace("\\\\", "\\") if how == "=~" else re.escape(value)
                alternatives = [pattern] if "(" in pattern else pattern.split("|")
                assert all(any(re.fullmatch(one, type_) for type_ in REGISTRY) for one in alternatives), value
    for group in LABEL_LIST.findall(expression):
        assert {label.strip() for label in group.split(",")} <= used


@pytest.mark.parametrize("name", alerts())
def test_an_alert_says_how_bad_it_is_what_it_is_and_what_to_do(name: str) -> None:
    rule = alerts()[name]
    assert name.startswith("Voronka")
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    shown = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    grouped = {label.strip() for group in re.findall(r"by\s*\(([^)]*)\)", rule["expr"]) for label in group.split(",")}
    matched = {label for _, matchers in SELECTOR.findall(rule["expr"]) for label, *_ in MATCHER.findall(matchers)}
    assert shown <= grouped | (matched if "absent(" in rule["expr"] else set())


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    named = {rule["annotations"]["runbook_url"] for rule in alerts().values()}
    assert named == {f"runbooks/{path.name}" for path in RUNBOOKS.glob("*.md")}


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_page_answers_the_five_questions_in_order(page: Path) -> None:
    assert tuple(re.findall(r"^## (.+)$", page.read_text(), re.M))[: len(SECTIONS)] == SECTIONS


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_page_names_commands_and_metrics_that_there_are(page: Path) -> None:
    text = page.read_text()
    for words in re.findall(r"`voronka ([^`]+)`", text):
        command: Any = get_command(app)
        given = words.split()
        while hasattr(command, "commands"):
            assert given, f"voronka {words} is no whole command"
            assert given[0] in command.commands, f"voronka {words}"
            command = command.commands[given.pop(0)]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in given if word.startswith("--")} <= options, f"voronka {words}"
    for name in re.findall(r"`(voronka_\w+)", text):
        assert name in labels_of(), name


def test_the_dashboards_are_what_their_short_files_say() -> None:
    make = runpy.run_path(str(DEPLOY / "dashboards" / "make.py"))
    made = make["made"]()
    assert {path.name: path.read_text() for path in (FILES / "dashboards").glob("*.json")} == made
    for text in made.values():
        model = json.loads(text)
        ids = [panel["id"] for panel in model["panels"]]
        assert len(ids) == len(set(ids))
        assert {panel["type"] for panel in model["panels"]} <= {"row", "stat", "timeseries", "bargauge"}
        for place in (panel["gridPos"] for panel in model["panels"]):
            assert place["x"] + place["w"] <= make["ACROSS"]


def test_every_alert_is_tested_to_fire_and_not_to_fire() -> None:
    fired, quiet = set(), set()
    for path in ALERT_TESTS:
        for case in yaml.safe_load(path.read_text())["tests"]:
            for asked in case["promql_expr_test"]:
                (name,) = re.findall(r'alertname="(\w+)"', asked["expr"])
                (fired if asked["exp_samples"] else quiet).add(name)
    assert fired == quiet == set(alerts())


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus' own tool: Debian's package prometheus."""
    path = shutil.which("promtool")
    if path is None:
        pytest.fail("promtool is not there: install the package prometheus")
    return path


@pytest.mark.deploy
def test_prometheus_takes_the_alerts_and_every_expression_of_the_dashboards(promtool: str, tmp_path: Path) -> None:
    panels = tmp_path / "panels.yaml"
    rules = [
        {"record": "voronka:panel", "expr": expression, "labels": {"panel": name}}
        for name, expression in expressions().items()
    ]
    panels.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    checked = subprocess.run(
        [promtool, "check", "rules", str(FILES / "alerts.yaml"), str(panels)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.deploy
@pytest.mark.parametrize("path", ALERT_TESTS, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_not_before(promtool: str, path: Path) -> None:
    tested = subprocess.run([promtool, "test", "rules", str(path)], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout + tested.stderr
