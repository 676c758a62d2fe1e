"""Sends files to a running service as people do."""

import asyncio
import csv
import io
from collections.abc import Sequence
from typing import Any

import orjson
from leads_system import Running

MAPPING = {
    "row_id": "ID",
    "columns": {"name": ["First", "Last"], "phone": "Phone", "email": "Mail", "channel": "Source"},
    "occurred_at": {"column": "Created", "format": "%d.%m.%Y %H:%M", "timezone": "Europe/Moscow"},
    "constants": {"direction": "retail"},
}

STATES: dict[str, Any] = {
    "state": {
        "column": "Status",
        "at": {"column": "Closed", "format": "%d.%m.%Y", "timezone": "Europe/Moscow"},
        "values": {
            "Sold": {"becomes": "qualified", "temperature": "hot"},
            "Junk": {"becomes": "disqualified", "reason": "spam"},
            "Fraud": {"becomes": "disqualified", "reason": "fraud"},
        },
    },
    "manager": {"column": "Owner", "values": {"Anna": "anna", "Boris": "boris", "Somebody else": None}},
}


def row(number: int, **changes: str) -> dict[str, str]:
    """A row of its own person."""
    person = {
        "First": "Анна",
        "Last": f"Петрова-{number}",
        "Phone": f"+7912{number:07}",
        "Mail": f"a{number}@example.com",
    }
    return {"ID": str(number), **person, "Source": "Google", "Created": "05.03.2025 12:30", "City": "Perm", **changes}


def text(rows: Sequence[dict[str, str]]) -> bytes:
    """The rows as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


async def send(leads: Running, content: bytes, *, role: str = "head", mapping: Any = MAPPING, **fields: str) -> Any:
    """The answer to sending a file."""
    named = mapping if isinstance(mapping, str) else orjson.dumps(mapping).decode()
    form = {"kind": "leads", "name": "old", "mapping": named, **fields}
    return await leads.call("POST", "/imports", role, data=form, files={"file": ("leads.csv", content, "text/csv")})


async def ended(leads: Running, import_id: str, role: str = "head") -> dict[str, Any]:
    """The import once it has ended."""
    async with asyncio.timeout(60):
        while True:
            card: dict[str, Any] = (await leads.call("GET", f"/imports/{import_id}", role)).json()
            if card["state"] not in ("queued", "running"):
                return card
            await asyncio.sleep(0.02)


async def imported(leads: Running, content: bytes, **how: Any) -> dict[str, Any]:
    """Sends a file and waits for its end."""
    answer = await send(leads, content, **how)
    assert answer.status_code in (200, 202), answer.text
    return await ended(leads, answer.json()["import_id"], how.get("role", "head"))


def outcomes(card: dict[str, Any]) -> tuple[int, int, int, int]:
    """Captured, touched, duplicates, rejected."""
    return card["captured"], card["touched"], card["duplicates"], card["rejected"]
