"""``voronka doctor``: is everything in order, and what is to be done where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table

from voronka.client import Refused, Unreachable, ask_all
from voronka.options import DEMO, AsJson, Home, Key, ServiceNames, chosen, told

CLOCK_SECONDS = 5.0
LAG_EVENTS = 10_000
_COLOURS = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def doctor(services: ServiceNames = None, key: Key = "", home: Home = DEMO, as_json: AsJson = False) -> None:
    """Check services, databases, broker, settings, clocks, queues and lag, with the command that mends each fault.

    Exit code 3 if something fails; warnings alone are no failure. Example: voronka doctor --service leads
    """
    found = ask_all(chosen(services), key, home, "/operations/checks", "/operations")
    checks = [check for name, answers in found.items() for check in _of_service(name, answers)]
    checks += between({name: answers[1] for name, answers in found.items() if not isinstance(answers, Exception)})
    told(checks, as_json, table(checks))
    raise SystemExit(3 if any(check["state"] == "fail" for check in checks) else 0)


def _of_service(name: str, answers: Sequence[Any] | Exception) -> list[dict[str, Any]]:
    if isinstance(answers, Unreachable):
        fix = f"start it, or set VORONKA_{name.upper()}_URL"
        return [_check(name, "reachable", "fail", str(answers), fix)]
    if isinstance(answers, Refused):
        return [_check(name, "reachable", "fail", str(answers), "VORONKA_KEY must have the permission operations:read")]
    assert not isinstance(answers, Exception)
    checks, state = answers
    ready = _check(name, "ready", "pass", "", None)
    if not state["ready"]:
        ready = _check(
            name, "ready", "fail", "; ".join(f"{part}: {why}" for part, why in state["reasons"].items()), _LOG
        )
    if why := state["log"]["closed_because"]:
        fix = f"voronka relay take-back --service {name}; read docs/backup-and-restore.md before"
        ready = _check(name, "log", "fail", why, fix)
    return [ready, *({"service": name, **check} for check in checks)]


_LOG = "read the log of the service; what each reason means: docs/backup-and-restore.md, deploy/runbooks"


def between(states: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What no service knows alone: whether clocks differ, whether one broker is meant, who lags behind whom."""
    made = []
    times = {name: datetime.fromisoformat(state["now"]) for name, state in states.items()}
    if len(times) > 1:
        apart = (max(times.values()) - min(times.values())).total_seconds()
        late = apart > CLOCK_SECONDS
        fix = "let the machines' clocks be kept by NTP (chronyc tracking)" if late else None
        made.append(_check("all", "clocks", "warn" if late else "pass", f"{apart:.1f} s apart", fix))
    for name, consumer, source, behind in lags(states):
        if behind > LAG_EVENTS:
            fix = f"start more processes of {name} with the role consumer; voronka status"
            made.append(_check(name, "lag", "warn", f"{consumer} is {behind:,} events behind {source}", fix))
        elif behind < 0:
            fix = f"the database of {source} is older than its log: docs/backup-and-restore.md"
            made.append(
                _check(name, "log", "fail", f"{consumer} has applied {-behind:,} events that {source} lacks", fix)
            )
    return made


def lags(states: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str, int]]:
    """Service, consumer, service it reads, and how many of its events are not applied.

    Negative: in some shard more is applied than there is, and so many events are missing there.
    """
    found = []
    for name, state in states.items():
        for consumer in state["consumers"]:
            source = consumer["source"].split(".")[1]
            if source in states:
                ahead = [head - at for head, at in zip(states[source]["heads"], consumer["positions"], strict=True)]
                missing = sum(min(0, one) for one in ahead)
                found.append((name, consumer["consumer"], source, missing or sum(ahead)))
    return found


def _check(service: str, name: str, state: str, detail: str, fix: str | None) -> dict[str, Any]:
    return {"service": service, "name": name, "state": state, "detail": detail, "fix": fix}


def table(checks: Sequence[Mapping[str, Any]]) -> Table:
    """Checks as people read them."""
    made = Table(title="voronka doctor", title_justify="left")
    for column in ("", "service", "check", "what is", "what to do"):
        made.add_column(column, overflow="fold")
    for check in checks:
        colour = _COLOURS[check["state"]]
        state = f"[{colour}]{check['state'].upper()}[/]"
        made.add_row(state, check["service"], check["name"], check["detail"], check["fix"] or "")
    return made
