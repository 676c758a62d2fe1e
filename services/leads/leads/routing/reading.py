"""What routing reads: the rules that hold, managers at a moment, facts of leads; and the turns that it leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import orjson
import phonenumbers
from events.contracts.leads import LeadCaptured, WorkingWindow
from events.event import decode
from events.hours import Schedule
from events.privacy import CustomerKey, Keyring
from events.sources import Sources
from events.sqlfile import sql
from events.store import Connection

from leads.routing import versions
from leads.routing.decide import Facts
from leads.routing.desk import Absence, Desk, Manager, Turn
from leads.routing.models import Ruleset

SQL: Final = Path(__file__).parent / "sql"
CALENDAR: Final = "calendar:"
"""Beginning of the names under which calendars of days off are kept."""
LANGUAGE_FIELDS: Final = ("language", "lang", "language_code", "locale")
REGION_FIELDS: Final = ("country", "region", "city")

_LOCK_MANAGERS = "SELECT id FROM managers ORDER BY id FOR UPDATE"
_CAPTURED = "SELECT stream_id, data FROM events WHERE stream_id = ANY($1::uuid[]) AND version = 1"
_LEAD_FIELDS = "SELECT card, field, value FROM card_values WHERE card = ANY($1::uuid[])"


async def read_rules(connection: Connection | asyncpg.Pool) -> tuple[Ruleset, int] | None:
    """The rules that hold and their version; None if none were ever set."""
    found = (await versions.newest(connection, [versions.RULES])).get(versions.RULES)
    return None if found is None else (Ruleset.model_validate(found.content), found.number)


async def read_desk(connection: Connection, rules: Sequence[str], now: datetime, *, locked: bool) -> Desk:
    """The managers now, and the turns under these rules. ``locked``: nobody else gives leads until commit."""
    if locked:
        await connection.execute(_LOCK_MANAGERS)
    rows = await connection.fetch(sql("managers_read", SQL), now)
    calendars = {f"{CALENDAR}{row['calendar']}" for row in rows if row["calendar"]}
    days_off = {
        name.removeprefix(CALENDAR): frozenset(date.fromisoformat(day["date"]) for day in kept.content["days"])
        for name, kept in (await versions.newest(connection, calendars)).items()
    }
    turns: dict[str, dict[str, Turn]] = {}
    for row in await connection.fetch("SELECT * FROM rule_turns WHERE rule = ANY($1::text[])", list(rules)):
        turns.setdefault(row["rule"], {})[row["manager_id"]] = Turn(row["started"], row["finished"])
    return Desk({row["id"]: _manager(row, days_off.get(row["calendar"], frozenset())) for row in rows}, turns)


async def save_turns(connection: Connection, desk: Desk, rules: Collection[str]) -> None:
    """Keeps the turns under these rules as they stand on the desk."""
    turns = [
        (rule, manager_id, turn) for rule in sorted(rules) for manager_id, turn in sorted(desk.turns[rule].items())
    ]
    if turns:
        await connection.execute(
            sql("turns_save", SQL),
            [rule for rule, _, _ in turns],
            [manager_id for _, manager_id, _ in turns],
            [turn.started for _, _, turn in turns],
            [turn.finished for _, _, turn in turns],
        )


def _manager(row: asyncpg.Record, days_off: frozenset[date]) -> Manager:
    windows = [WorkingWindow(**window) for window in orjson.loads(row["working_hours"])]
    absences = [
        Absence(
            datetime.fromisoformat(one["starts"]), datetime.fromisoformat(one["ends"]), one["reason"], one["deputy_id"]
        )
        for one in orjson.loads(row["absences"])
    ]
    return Manager(
        row["id"],
        row["name"],
        Schedule(ZoneInfo(row["time_zone"]), windows, days_off),
        active=row["active"],
        department=row["department"],
        teams=frozenset(row["teams"]),
        directions=frozenset(row["directions"]),
        languages=frozenset(row["languages"]),
        sources=frozenset(row["sources"]),
        open_limit=row["open_limit"],
        weight=row["weight"],
        absences=absences,
        load=row["load"],
        last=row["turn"],
    )


async def read_facts(
    connection: Connection, leads: Sequence[asyncpg.Record], keyring: Keyring, sources: Sources, *, needs_request: bool
) -> dict[UUID, Facts]:
    """The facts of leads by their ids; with ``needs_request`` what their sealed requests tell too."""
    customers = {
        row["customer_id"]: row
        for row in await connection.fetch(sql("customers_to_route", SQL), list({lead["customer_id"] for lead in leads}))
    }
    requests = await _requests(connection, leads, customers, keyring) if needs_request else {}
    facts = {}
    for lead in leads:
        customer = customers[lead["customer_id"]]
        facts[lead["id"]] = Facts(
            lead_id=lead["id"],
            own_manager=customer["own_manager"] if lead["is_returning"] else None,
            default_manager=source.manager_id if (source := sources.get((lead["intake"], lead["source"]))) else None,
            is_blacklisted=customer["is_blacklisted"],
            **{name: lead[name] for name in _OF_LEAD},
            **requests.get(lead["id"], {}),
        )
    return facts


_OF_LEAD: Final = (
    "source", "channel", "intake", "direction", "campaign", "is_returning", "is_test", "temperature", "category",
)  # fmt: skip


async def _requests(
    connection: Connection, leads: Sequence[asyncpg.Record], customers: Mapping[UUID, asyncpg.Record], keyring: Keyring
) -> dict[UUID, dict[str, Any]]:
    ids = [lead["id"] for lead in leads]
    keys = await keyring.read(connection, list(customers))
    bodies = {row["stream_id"]: row["data"] for row in await connection.fetch(_CAPTURED, ids)}
    own: dict[UUID, dict[str, Any]] = {}
    for row in await connection.fetch(_LEAD_FIELDS, ids):
        own.setdefault(row["card"], {})[row["field"]] = orjson.loads(row["value"])
    found = {}
    for lead in leads:
        key, customer = keys.get(lead["customer_id"]), customers[lead["customer_id"]]
        given = _details(bodies[lead["id"]], key) if key else {}
        given |= orjson.loads(customer["fields"]) | own.get(lead["id"], {})
        phones = [key.open(sealed) for sealed in customer["phones"][:1]] if key else []
        found[lead["id"]] = told(given, phones[0] if phones else None)
    return found


def told(given: Mapping[str, Any], phone: str | None) -> dict[str, Any]:
    """Language, regions and further fields, as rules ask for them: casefolded."""
    fields = {
        name.casefold(): str(value).casefold() for name, value in given.items() if isinstance(value, str | int | float)
    }
    language = next((fields[name] for name in LANGUAGE_FIELDS if fields.get(name)), None)
    regions = {fields[name] for name in REGION_FIELDS if fields.get(name)}
    if phone is not None:
        regions |= {code.casefold() for code in _countries(phone)}
    return {
        "language": language.replace("_", "-").partition("-")[0] if language else None,
        "regions": frozenset(regions),
        "fields": fields,
    }


def _details(body: str, key: CustomerKey) -> dict[str, Any]:
    captured = decode(LeadCaptured.type, body.encode())
    assert isinstance(captured, LeadCaptured)
    details = captured.touch.details
    opened = key.open(details) if details else None
    return dict(orjson.loads(opened)) if opened else {}


def _countries(phone: str) -> Sequence[str]:
    try:
        code = phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return ()
    return (code,) if code else ()
