"""Click-to-call: how each telephone exchange is asked to connect an employee with a customer.

The exchange rings the employee first, then the customer. Adapters speak the providers' documented formats through the
outgoing port, and keep no state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID
from xml.sax.saxutils import escape

import orjson
from events.outgoing import Outgoing, Refused
from events.webhooks import Source


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call to make. ``phone`` is the customer's (E.164), ``callback`` where the exchange tells of the call."""

    command_id: UUID
    extension: str
    phone: str = field(repr=False)
    callback: str | None = None


class Exchange(Protocol):
    """One kind of telephone exchange."""

    async def place(self, outgoing: Outgoing, source: Source, wanted: Wanted) -> str | None:
        """Asks for the call; returns the exchange's id of it where its answer names one.

        Raises ``Refused`` where asking again changes nothing, and ``Trouble``.
        """
        ...


class Mango:
    """Mango Office, "API of the virtual PBX": command `callback`, signed like its events.

    Options `api_key`, `api_url` (https://app.mango-office.ru/vpbx when not set), `line_number` (shown to the customer).
    Result 1000 means that the command was taken; the call's events carry its `command_id`.
    """

    async def place(self, outgoing: Outgoing, source: Source, wanted: Wanted) -> str | None:
        command = {
            "command_id": str(wanted.command_id),
            "from": {"extension": wanted.extension},
            "to_number": wanted.phone.removeprefix("+"),
        }
        if line := source.options.get("line_number"):
            command["line_number"] = line
        content = orjson.dumps(command).decode()
        key, salt = _last(source.options.get("api_key", "").split()), _last(source.secrets)
        fields = {
            "vpbx_api_key": key,
            "sign": sha256(f"{key}{content}{salt}".encode()).hexdigest(),
            "json": content,
        }
        url = source.options.get("api_url", "https://app.mango-office.ru/vpbx")
        answer = await outgoing.json("POST", f"{url}/commands/callback", data=fields)
        if str(answer.get("result")) != "1000":
            raise Refused(f"mango: result {str(answer.get('result'))[:20]}")
        return None


class Uis:
    """UIS / CoMagic Call API 4.0, JSON-RPC 2.0: `start.employee_call`, the employee first.

    Options `api_token` (access key), `virtual_phone_number`, `api_url` (https://callapi.uiscom.ru/v4.0 when not set).
    An extension of up to nine digits is the employee's id, a longer one his phone. The call's events carry
    `external_id`.
    """

    async def place(self, outgoing: Outgoing, source: Source, wanted: Wanted) -> str | None:
        is_id = wanted.extension.isdigit() and len(wanted.extension) < 10
        params = {
            "access_token": _option(source, "api_token"),
            "first_call": "employee",
            "virtual_phone_number": _option(source, "virtual_phone_number"),
            "contact": wanted.phone.removeprefix("+"),
            "employee": {"id": int(wanted.extension)} if is_id else {"phone_number": wanted.extension},
            "external_id": str(wanted.command_id),
        }
        call = {"jsonrpc": "2.0", "method": "start.employee_call", "id": str(wanted.command_id), "params": params}
        url = source.options.get("api_url", "https://callapi.uiscom.ru/v4.0")
        answer = await outgoing.json("POST", url, json=call)
        try:
            return str(answer["result"]["data"]["call_session_id"])
        except (KeyError, TypeError):
            raise Refused(f"uis: {_mnemonic(answer)}") from None


class Twilio:
    """Twilio, `POST /2010-04-01/Accounts/{AccountSid}/Calls.json`: the employee's telephone, then `<Dial>` (TwiML).

    Options `account_sid`, `caller_id` (a number of the account), `api_url` (https://api.twilio.com when not set); the
    auth token is the source's secret. The extension is the employee's number without plus.
    """

    async def place(self, outgoing: Outgoing, source: Source, wanted: Wanted) -> str | None:
        account, caller = _option(source, "account_sid"), _option(source, "caller_id")
        fields: dict[str, str | list[str]] = {
            "To": f"+{wanted.extension.removeprefix('+')}",
            "From": caller,
            "Twiml": f'<Response><Dial callerId="{escape(caller)}">{escape(wanted.phone)}</Dial></Response>',
        }
        if wanted.callback is not None:
            fields["StatusCallback"] = f"{wanted.callback}?command_id={wanted.command_id}"
            fields["StatusCallbackEvent"] = ["initiated", "ringing", "answered", "completed"]
        url = f"{source.options.get('api_url', 'https://api.twilio.com')}/2010-04-01/Accounts/{account}/Calls.json"
        answer = await outgoing.json("POST", url, data=fields, auth=(account, _last(source.secrets)))
        sid = answer.get("sid")
        if not isinstance(sid, str):
            raise Refused("twilio: the answer names no call")
        return sid


EXCHANGES: Final[Mapping[str, Exchange]] = MappingProxyType({"mango": Mango(), "uis": Uis(), "twilio": Twilio()})


def _option(source: Source, name: str) -> str:
    try:
        return source.options[name]
    except KeyError:
        raise Refused(f"the source has no option {name}") from None


def _last(live: tuple[str, ...] | list[str]) -> str:
    """The newest of two live secrets stands last."""
    if not live:
        raise Refused("the source has no secret")
    return live[-1]


def _mnemonic(answer: Mapping[str, object]) -> str:
    error = answer.get("error")
    told = error.get("data") if isinstance(error, dict) else None
    mnemonic = told.get("mnemonic") if isinstance(told, dict) else None
    return mnemonic[:60] if isinstance(mnemonic, str) else "the answer names no call"
