"""Builds signed requests as the providers would send them: what the demo and the benchmarks feed to the intake.

The signing here is written from the providers' descriptions and shares no code with the channels that check it.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks for an offer."""

    name: str
    phone: str  # as typed, for instance 8 (912) 345-67-89
    email: str
    telegram_id: int
    message: str = "Здравствуйте! Пришлите, пожалуйста, условия."


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP request to a source's address: what follows the address, and what goes with it."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    method: str = "POST"
    suffix: str = ""  # appended to the path of the source's address
    query: str = ""


Utm = Mapping[str, str]  # {"utm_source": "yandex", …}
_FORM = "application/x-www-form-urlencoded"
_NO_UTM: Utm = {}


def web_form(
    person: Person, provider_id: str, *, key: str, utm: Utm = _NO_UTM, page: str = "https://example.com/"
) -> Delivery:
    """A page's script posts JSON with the form's public key."""
    fields = {
        "key": key,
        "request_id": provider_id,
        "name": person.name,
        "phone": person.phone,
        "email": person.email,
        "message": person.message,
        "landing_page": f"{page}?{urlencode(utm)}" if utm else page,
    }
    return Delivery({"content-type": "application/json"}, _json(fields))


def tilda(person: Person, provider_id: str, *, secret: str, utm: Utm = _NO_UTM) -> Delivery:
    """A form block of a Tilda site; the secret stands in the address."""
    fields = {
        "Name": person.name,
        "Phone": person.phone,
        "Email": person.email,
        "Textarea": person.message,
        **utm,
        "tranid": provider_id,
        "formid": "form503416201",
    }
    return Delivery({"content-type": _FORM}, urlencode(fields).encode(), query=urlencode({"key": secret}))


def telegram(person: Person, provider_id: int, *, secret: str, at: datetime, with_phone: bool = False) -> Delivery:
    """A private message to a bot, or the person's own contact when `with_phone`. `provider_id` is the update's id."""
    first, _, last = person.name.partition(" ")
    sender = {"id": person.telegram_id, "is_bot": False, "first_name": first, "language_code": "ru"}
    if last:
        sender["last_name"] = last
    message: dict[str, object] = {
        "message_id": provider_id % 100_000 + 1,
        "from": sender,
        "chat": {"id": person.telegram_id, "first_name": first, "type": "private"},
        "date": int(at.timestamp()),
    }
    if with_phone:
        message["contact"] = {"phone_number": person.phone, "first_name": first, "user_id": person.telegram_id}
    else:
        message["text"] = person.message
    headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret}
    return Delivery(headers, _json({"update_id": provider_id, "message": message}))


def google_ads(person: Person, provider_id: str, *, key: str, click_id: str = "", is_test: bool = False) -> Delivery:
    """A lead form asset of Google Ads. Ids are int64 beyond 2^53 on purpose: Google's are."""
    lead = {
        "lead_id": provider_id,
        "user_column_data": [
            {"column_name": "Full Name", "string_value": person.name, "column_id": "FULL_NAME"},
            {"column_name": "User Email", "string_value": person.email, "column_id": "EMAIL"},
            {"column_name": "User Phone", "string_value": person.phone, "column_id": "PHONE_NUMBER"},
        ],
        "api_version": "1.0",
        "form_id": 9_007_199_254_740_993,
        "campaign_id": 9_007_199_254_740_995,
        "google_key": key,
        "is_test": is_test,
        "gcl_id": click_id,
        "adgroup_id": 20_000_000_000,
        "creative_id": 30_000_000_000,
    }
    return Delivery({"content-type": "application/json"}, _json(lead))


def mango(
    person: Person, provider_id: str, *, api_key: str, salt: str, at: datetime, line: str = "74951234567"
) -> Delivery:
    """An inbound call appears at a Mango Office exchange. `person.phone` is written as digits with the country code."""
    digits = "".join(ch for ch in person.phone if ch.isdigit())
    event = _json(
        {
            "entry_id": provider_id,
            "call_id": f"{provider_id}:1",
            "timestamp": int(at.timestamp()),
            "seq": 1,
            "call_state": "Appeared",
            "location": "ivr",
            "from": {"number": "7" + digits[1:] if digits.startswith("8") and len(digits) == 11 else digits},
            "to": {"number": line, "line_number": line},
        }
    ).decode()
    sign = hashlib.sha256(f"{api_key}{event}{salt}".encode()).hexdigest()
    body = urlencode({"vpbx_api_key": api_key, "sign": sign, "json": event}).encode()
    return Delivery({"content-type": _FORM}, body, suffix="/events/call")


def mailgun(
    person: Person, provider_id: str, *, signing_key: str, at: datetime, recipient: str = "sales@example.com"
) -> Delivery:
    """A letter forwarded by a Mailgun route. `provider_id` becomes its Message-ID."""
    timestamp, token = str(int(at.timestamp())), hashlib.sha256(provider_id.encode()).hexdigest()[:50]
    sender, message_id = f"{person.name} <{person.email}>", f"<{provider_id}@example.com>"
    subject = "Запрос условий"
    fields = {
        "recipient": recipient,
        "sender": person.email,
        "from": sender,
        "subject": subject,
        "body-plain": person.message,
        "stripped-text": person.message,
        "message-headers": json.dumps([["From", sender], ["Subject", subject], ["Message-Id", message_id]]),
        "timestamp": timestamp,
        "token": token,
        "signature": hmac.new(signing_key.encode(), f"{timestamp}{token}".encode(), "sha256").hexdigest(),
    }
    return Delivery({"content-type": _FORM}, urlencode(fields).encode())


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
