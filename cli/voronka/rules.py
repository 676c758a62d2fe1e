"""``voronka rules``: rules checked, explained and tried on the past from a terminal. Nothing here switches one on."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.progress import Progress
from rich.tree import Tree

from voronka.client import Api, run
from voronka.options import AUTOMATION, DEMO, AsJson, AutomationUrl, Home, Key

app = typer.Typer(no_args_is_help=True, help="Rules of automation: check them, see why one fired, try one on the past.")

POLL_SECONDS = 0.5

RuleFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML with the key `rules`, a list.")]
RuleId = Annotated[str, typer.Argument(help="Name of the rule.")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"], help="A day is one of UTC.")]


@app.command()
def lint(
    file: RuleFile, url: AutomationUrl = AUTOMATION, key: Key = "", home: Home = DEMO, as_json: AsJson = False
) -> None:
    """Check the rules of a file as they would be checked when saved. Exit code 3 if one has faults.

    Example: voronka rules lint rules.yaml
    """
    rules = _rules(file)

    async def linted(api: Api) -> int:
        faults = []
        for rule_id, definition in rules.items():
            answer = await api.post(f"/rules/{rule_id}/check", definition)
            faults += [{"rule": rule_id, **fault} for fault in answer["faults"]]
        if as_json:
            print(json.dumps(faults, ensure_ascii=False))
        else:
            for fault in faults:
                print(f"{file.name}: {fault['rule']}: {fault['pointer']}: {fault['detail']}")
            print(f"{len(rules)} rules, {len(faults)} faults")
        return 3 if faults else 0

    run(url, key, home, linted)


@app.command()
def explain(
    rule: RuleId,
    event: Annotated[str, typer.Argument(help="Id of the event.")],
    version: Annotated[int | None, typer.Option(help="Version to ask; empty: the one that was in force.")] = None,
    url: AutomationUrl = AUTOMATION,
    key: Key = "",
    home: Home = DEMO,
    as_json: AsJson = False,
) -> None:
    """Why a rule fired for an event, or did not: each part of its conditions with its value.

    Example: voronka rules explain welcome-letter 01890a5d-ac96-774b-bcce-b302099a8057
    """

    async def explained(api: Api) -> int:
        answer = await api.get(f"/rules/{rule}/explanation", event_id=event, version=version)
        if as_json:
            print(json.dumps(answer, ensure_ascii=False))
        else:
            Console().print(tree(answer))
        return 0

    run(url, key, home, explained)


@app.command()
def backtest(
    rule: RuleId,
    since: Day,
    until: Day,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="YAML with `rules`: try the rule of this name there."),
    ] = None,
    url: AutomationUrl = AUTOMATION,
    key: Key = "",
    home: Home = DEMO,
    as_json: AsJson = False,
) -> None:
    """What a rule would have done, from a day on until before another. Nothing is done.

    Example: voronka rules backtest welcome-letter --since 2026-01-01 --until 2026-02-01 --file rules.yaml
    """
    definition = _rules(file).get(rule) if file else None
    if file and definition is None:
        raise typer.BadParameter(f"{file.name} has no rule {rule}")
    body = {"since": _moment(since), "until": _moment(until), "definition": definition}

    async def tried(api: Api) -> int:
        begun = await api.post(f"/rules/{rule}/backtests", {name: value for name, value in body.items() if value})
        found = await _until_done(api, f"/rules/{rule}/backtests/{begun['backtest_id']}")
        if as_json:
            print(json.dumps(found, ensure_ascii=False))
        else:
            Console().print(summary(found))
        return 0 if found["state"] == "done" else 1

    run(url, key, home, tried)


async def _until_done(api: Api, path: str) -> dict[str, Any]:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        shown = progress.add_task("back-test", total=1.0)
        while True:
            found: dict[str, Any] = await api.get(path)
            progress.update(shown, completed=found["progress"])
            if found["state"] in ("done", "failed"):
                return found
            await asyncio.sleep(POLL_SECONDS)


def tree(answer: dict[str, Any]) -> Tree:
    """An explanation as people read it."""
    head = f"{answer['rule']} v{answer['version']} · {answer['event_type']} {answer['event_id']}"
    made = Tree(head)
    made.add(f"in force: {_said(answer['was_in_force'])}")
    made.add(f"its trigger: {_said(answer['is_trigger'])}")
    for name in ("when", "where"):
        if answer[name]:
            _part(made.add(name), answer[name])
    if answer["per_customer"]:
        made.add(f"cap: {answer['per_customer']}")
    for action in answer["actions"]:
        shown = made.add(": ".join(filter(None, (f"action {action['action']}", action["outcome"], action["reason"]))))
        if action["still"]:
            _part(shown.add("still"), action["still"])
    return made


def _part(made: Tree, part: dict[str, Any]) -> None:
    here = made.add("  ".join(filter(None, (_said(part["value"]), part["text"], part["why"]))))
    for name, value in part["asked"].items():
        here.add(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    for inner in part["parts"]:
        _part(here, inner)


def _said(holds: bool | None) -> str:
    return {True: "yes", False: "no", None: "?"}[holds]


def summary(found: dict[str, Any]) -> Tree:
    """What a back-test found."""
    told = found["found"]
    made = Tree(f"{found['rule']}: {found['since']} to {found['until']}: {found['state']}")
    for name in (
        "events", "triggers", "matches", "customers", "where_failed", "capped", "messages_capped", "waiting", "missing",
    ):  # fmt: skip
        made.add(f"{name.replace('_', ' ')}: {told[name] if told[name] is not None else 'too many to reckon'}")
    for action, effects in told["effects"].items():
        made.add(f"{action}: " + ", ".join(f"{count} {type_}" for type_, count in effects.items()))
    for reason, count in told["withheld"].items():
        made.add(f"withheld, {reason}: {count}")
    for sample in told["samples"][:5]:
        made.add(f"sample: {sample['recorded_at']} {sample['event_type']} {sample['event_id']}")
    return made


def _rules(file: Path) -> dict[str, dict[str, Any]]:
    """Name and definition of each rule of a file. Raises ``typer.BadParameter``."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        found = {rule["id"]: rule for rule in content["rules"]}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise typer.BadParameter(f"{file.name} is no file of rules: {error}") from None
    own = ("id", "version", "enabled")
    return {id_: {name: value for name, value in rule.items() if name not in own} for id_, rule in found.items()}


def _moment(day: datetime) -> str:
    return (day if day.tzinfo else day.replace(tzinfo=UTC)).isoformat()
