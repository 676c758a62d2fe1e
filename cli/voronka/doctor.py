"""``voronka doctor``: is everything in order, and what is to be done where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table

from voronka.client import NotReady, Refused, Unreachable, ask_all
from voronka.options import DEMO, AsJson, Home, Key, ServiceNames, chosen, told

CLOCK_SECONDS = 5.0
LAG_EVENTS = 10_000
FIXES = {
    "reachable": "docker compose up -d {service}  # or where it is: VORONKA_{SERVICE}_URL",
    "refused": "VORONKA_KEY=…  # one with the permission operations:read: voronka keys make",
    "ready": "docker compose logs --tail 100 {service}  # or kubectl logs; what a reason means: deploy/runbooks",
    "index key": "VORONKA_INDEX_KEY=…  # the one that this database had before: docs/privacy.md",
    "later index keys": "VORONKA_LATER_INDEX_KEYS=…  # all that have come, oldest first: docs/privacy.md",
    "master key": "VORONKA_MASTER_KEY=…  # the one that wrapped the keys of this database: docs/privacy.md",
    "schema": "python -m events.migrate {service}",
    "database": 'pg_isready -d "$VORONKA_DATABASE_URL"  # start it',
    "log closed": "voronka relay take-back --service {service}  # read docs/backup-and-restore.md before",
    "clocks": "chronyc makestep  # and keep the machines' clocks by NTP",
    "lag": "VORONKA_ROLES=consumer python -m {service}  # one more of these processes",
    "older": "voronka relay take-back --service {service}  # its database is older than its log:"
    " docs/backup-and-restore.md",
}
"""By what is wrong, beside those of each service (`events.fixes`)."""
REASONS = {
    "VORONKA_INDEX_KEY": "index key",
    "VORONKA_LATER_INDEX_KEYS": "later index keys",
    "VORONKA_MASTER_KEY": "master key",
    "schema is at": "schema",
    "does not answer": "database",
}
"""What a service that is not ready names, and what is wrong then."""
_COLOURS = {"pass": "green", "warn": "yellow", "fail": "bold red"}


def doctor(services: ServiceNames = None, key: Key = "", home: Home = DEMO, as_json: AsJson = False) -> None:
    """Check services, databases, broker, disks, settings, clocks, queues, lag, with the command that mends each fault.

    Exit code 3 if something fails; warnings alone are no failure. Example: voronka doctor --service leads
    """
    found = ask_all(chosen(services), key, home, "/operations/checks", "/operations")
    checks = [check for name, answers in found.items() for check in of_service(name, answers)]
    checks += between({name: answers[1] for name, answers in found.items() if not isinstance(answers, Exception)})
    told(checks, as_json, table(checks))
    raise SystemExit(3 if any(check["state"] == "fail" for check in checks) else 0)


def of_service(name: str, answers: Sequence[Any] | Exception) -> list[dict[str, Any]]:
    """The checks of one service: its answers to both questions, or the fault of asking them."""
    if isinstance(answers, NotReady):
        return [_not_ready(name, str(answers))]
    if isinstance(answers, Unreachable):
        return [_check(name, "reachable", "fail", str(answers), "reachable")]
    if isinstance(answers, Refused):
        return [_check(name, "reachable", "fail", str(answers), "refused")]
    assert not isinstance(answers, Exception)
    checks, state = answers
    ready = _check(name, "ready", "pass", "")
    if not state["ready"]:
        ready = _not_ready(name, "; ".join(f"{part}: {why}" for part, why in state["reasons"].items()))
    if why := state["log"]["closed_because"]:
        ready = _check(name, "log", "fail", why, "log closed")
    return [ready, *({"service": name, **check} for check in checks)]


def _not_ready(name: str, why: str) -> dict[str, Any]:
    """The command that mends it is that of the first of ``REASONS`` that the service names."""
    return _check(name, "ready", "fail", why, next((wrong for said, wrong in REASONS.items() if said in why), "ready"))


def between(states: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What no service knows alone: whether clocks differ, whether one broker is meant, who lags behind whom."""
    made = []
    times = {name: datetime.fromisoformat(state["now"]) for name, state in states.items()}
    if len(times) > 1:
        apart = (max(times.values()) - min(times.values())).total_seconds()
        late = apart > CLOCK_SECONDS
        clocks = "clocks" if late else None
        made.append(_check("all", "clocks", "warn" if late else "pass", f"{apart:.1f} s apart", clocks))
    for name, consumer, source, behind in lags(states):
        if behind > LAG_EVENTS:
            made.append(_check(name, "lag", "warn", f"{consumer} is {behind:,} events behind {source}", "lag"))
        elif behind < 0:
            lacking = f"{consumer} of {name} has applied {-behind:,} events that {source} lacks"
            made.append(_check(source, "log", "fail", lacking, "older"))
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


def _check(service: str, name: str, state: str, detail: str, wrong: str | None = None) -> dict[str, Any]:
    fix = FIXES[wrong].format(service=service, SERVICE=service.upper()) if wrong else None
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
