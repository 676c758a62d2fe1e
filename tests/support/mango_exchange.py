"""A Mango Office exchange that tells of calls, signed as the real one does."""

import json
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from leads_system import Running

ANNA = "79123456789"
BORIS = "79031112233"
START = 1_777_636_700
"""Seconds since 1970 of the first call."""


def signed(event: dict[str, Any]) -> bytes:
    text = json.dumps(event)
    sign = sha256(f"exchange-key{text}salt".encode()).hexdigest()
    return urlencode({"vpbx_api_key": "exchange-key", "sign": sign, "json": text}).encode()


def appeared(call: str, number: str = ANNA, at: int = 0) -> dict[str, Any]:
    return {
        "entry_id": call,
        "timestamp": START + at,
        "seq": 1,
        "call_state": "Appeared",
        "location": "ivr",
        "from": {"number": number},
        "to": {"number": "74995013402"},
    }


def picked_up(call: str, number: str = ANNA, at: int = 10, extension: str = "101") -> dict[str, Any]:
    return {
        "entry_id": call,
        "timestamp": START + at,
        "seq": 2,
        "call_state": "Connected",
        "location": "abonent",
        "from": {"number": number},
        "to": {"extension": extension, "number": "sip:a@vpbx.test"},
    }


def summary(
    call: str,
    number: str = ANNA,
    at: int = 0,
    talked: int = 60,
    *,
    outbound: bool = False,
    extension: str = "101",
    **more: Any,
) -> dict[str, Any]:
    customer, employee = {"number": number}, {"extension": extension, "number": "sip:a@vpbx.test"}
    return {
        "entry_id": call,
        "call_direction": 2 if outbound else 1,
        "create_time": START + at,
        "from": employee if outbound else customer,
        "to": customer if outbound else employee,
        "talk_time": START + at + 10 if talked else 0,
        "end_time": START + at + 10 + talked,
        "entry_result": 1 if talked else 0,
        "disconnect_reason": 1110 if talked else 1120,
        **more,
    }


def recorded(call: str, at: int = 80) -> dict[str, Any]:
    return {"entry_id": call, "recording_id": "rec-1", "recording_state": "Completed", "timestamp": START + at}


async def tell(leads: Running, *events: dict[str, Any], wait: bool = True) -> None:
    """Sends events one after the other; with ``wait`` each is understood before the next is sent."""
    for event in events:
        answer = await leads.client.post(
            "/in/mango/main/events",
            content=signed(event),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 200, answer.text
        if wait:
            await leads.settled()
    await leads.settled()
