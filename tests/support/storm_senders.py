"""Senders of every channel that receives requests: options of their sources, and leads as their providers send them."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

SECRET: Final = "storm-secret"
BASE: Final = "http://leads"
"""Where the service is reached: a part of what Twilio signs."""
SENT_AT: Final = 1_777_636_800
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OPTIONS: Final[Mapping[str, dict[str, Any]]] = {
    "generic": {"mapping": {"id": "uid", "phones": "tel"}},
    "whatsapp": {"verify_token": SECRET},
    "meta": {"verify_token": SECRET},
    "vk": {"confirmation": SECRET, "group_id": "7"},
    "mango": {"api_key": "exchange-key"},
    "amocrm": {"account_url": "https://company.amocrm.ru"},
    "bitrix24": {"webhook_url": "https://portal.bitrix24.ru/rest/1/code"},
}
LEAD_CHANNELS: Final = (
    *("tilda", "web_form", "google_ads", "callback", "generic", "site_chat"),
    *("telegram", "whatsapp", "vk", "avito", "mango", "uis", "twilio", "mailgun", "sendgrid"),
)
"""Those whose requests are leads by themselves."""
OTHER_CHANNELS: Final = ("behaviour", "meta", "amocrm", "bitrix24")
"""Those that tell of other facts, or only name what is to be fetched."""


@dataclass(frozen=True)
class Shot:
    """One request as a sender makes it, and what the person is known by."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    person: str = ""


def shot(channel: str, source: str, number: int, person: int, now: int) -> Shot:
    """A lead of a source, as its provider sends it; the same numbers make the same request."""
    phone = f"+7912345{person:04d}"
    path = f"/in/{channel}/{source}?key={quote(SECRET)}"
    match channel:
        case "tilda":
            return Shot(path, _form({"Phone": phone, "tranid": f"{source}:{number}"}), _kind(FORM), phone)
        case "callback":
            return Shot(path, _form({"request_id": str(number), "phone": phone}), _kind(FORM), phone)
        case "web_form":
            return Shot(path, orjson.dumps({"request_id": str(number), "phone": phone}), _kind(JSON), phone)
        case "google_ads":
            column = {"column_id": "PHONE_NUMBER", "string_value": phone}
            lead = {"lead_id": str(number), "google_key": SECRET, "user_column_data": [column]}
            return Shot(path, orjson.dumps(lead), _kind(JSON), phone)
        case "generic":
            return Shot(path, orjson.dumps({"uid": number, "tel": [phone]}), _kind(JSON), phone)
        case "site_chat":
            said = {
                "conversation_id": f"conversation-{source}-{number:06}",
                "message_id": "1",
                "text": "Hi",
                "phone": phone,
            }
            return Shot(path, orjson.dumps(said), _kind(JSON), phone)
        case "telegram" | "whatsapp" | "vk" | "avito":
            return _messenger(channel, path, source, number, person)
        case "mango" | "uis" | "twilio":
            return _call(channel, path, source, number, phone)
        case _:
            return _letter(channel, path, source, number, person, now)


def _messenger(channel: str, path: str, source: str, number: int, person: int) -> Shot:
    phone = f"7912345{person:04d}"
    match channel:
        case "telegram":
            who = {"id": 10_000 + person, "is_bot": False, "first_name": "Anna"}
            message = {
                "message_id": number,
                "from": who,
                "chat": {**who, "type": "private"},
                "date": SENT_AT,
                "text": "Hi",
            }
            body = orjson.dumps({"update_id": number, "message": message})
            return Shot(path, body, {**_kind(JSON), "x-telegram-bot-api-secret-token": SECRET}, f"telegram {person}")
        case "whatsapp":
            message = {"from": phone, "id": f"wamid.{number}", "timestamp": str(SENT_AT), "type": "text"}
            value = {"metadata": {}, "messages": [{**message, "text": {"body": "Hi"}}]}
            body = orjson.dumps({"object": "x", "entry": [{"changes": [{"field": "messages", "value": value}]}]})
            signature = f"sha256={hmac.digest(SECRET.encode(), body, 'sha256').hex()}"
            return Shot(path, body, {**_kind(JSON), "x-hub-signature-256": signature}, f"+{phone}")
        case "vk":
            answers = [{"key": "phone_number", "answer": {"value": f"+{phone}"}}]
            lead = {"lead_id": number, "form_id": 3, "user_id": person + 1, "answers": answers, "date": SENT_AT}
            notice = {"group_id": 7, "event_id": f"{source}-{number}", "secret": SECRET, "type": "lead_forms_new"}
            return Shot(path, orjson.dumps({**notice, "object": lead}), _kind(JSON), f"+{phone}")
        case _:
            value = {"id": f"{source}-{number}", "chat_id": "c", "chat_type": "u2i", "user_id": 1, "type": "text"}
            message = {**value, "author_id": 500 + person, "created": SENT_AT, "content": {"text": "Hi"}}
            body = orjson.dumps({"id": "n", "timestamp": SENT_AT, "payload": {"type": "message", "value": message}})
            return Shot(path, body, _kind(JSON), f"avito {person}")


def _call(channel: str, path: str, source: str, number: int, phone: str) -> Shot:
    match channel:
        case "mango":
            seen = {"entry_id": f"{source}-{number}", "call_id": "1", "timestamp": SENT_AT, "seq": 1}
            state = {
                "call_state": "Appeared",
                "location": "ivr",
                "from": {"number": phone[1:]},
                "to": {"number": "74950"},
            }
            told = orjson.dumps(seen | state).decode()
            sign = sha256(f"exchange-key{told}{SECRET}".encode()).hexdigest()
            fields = {"vpbx_api_key": "exchange-key", "sign": sign, "json": told}
            return Shot(path.replace("?", "/events/call?"), _form(fields), _kind(FORM), phone)
        case "uis":
            call = {"call_session_id": number, "notification_mnemonic": "call_session_started", "direction": "in"}
            times = {"contact_phone_number": phone[1:], "notification_time": "2026-05-01 14:59:13"}
            return Shot(path, orjson.dumps(call | times), _kind(JSON), phone)
        case _:
            fields = {"CallSid": f"{source}-{number}", "CallStatus": "ringing", "Direction": "inbound", "From": phone}
            signed = BASE + path + "".join(name + fields[name] for name in sorted(fields))
            signature = b64encode(hmac.digest(SECRET.encode(), signed.encode(), "sha1")).decode()
            return Shot(path, _form(fields), {**_kind(FORM), "x-twilio-signature": signature}, phone)


def _letter(channel: str, path: str, source: str, number: int, person: int, now: int) -> Shot:
    sender, id_ = f"person.{person}@example.com", f"<{source}-{number}@example.com>"
    if channel == "mailgun":
        signature = hmac.digest(SECRET.encode(), f"{now}token".encode(), "sha256").hex()
        proof = {"timestamp": str(now), "token": "token", "signature": signature}
        headers = orjson.dumps([["Message-Id", id_], ["From", sender]]).decode()
        letter = {
            "from": sender,
            "sender": sender,
            "subject": "Hi",
            "body-plain": "How much?",
            "message-headers": headers,
        }
        return Shot(path, _form(proof | letter), _kind(FORM), sender)
    fields = {
        "headers": f"From: {sender}\r\nMessage-ID: {id_}\r\n",
        "from": sender,
        "subject": "Hi",
        "text": "How much?",
    }
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    return Shot(path, f"{''.join(parts)}--b--\r\n".encode(), _kind("multipart/form-data; boundary=b"), sender)


def _form(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


def _kind(content_type: str) -> dict[str, str]:
    return {"content-type": content_type}
