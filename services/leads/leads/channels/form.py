"""Reads a form whose field names the site's owner chose: own web forms and site builders share this.

Each slot of an inquiry knows the usual field names, in any case. A source that names a field otherwise says so with
an option `field.<slot>`, for instance `field.phone = "Ваш номер"`. What fits no slot is kept in `details`.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from events.webhooks import RawRequest, Source, Unreadable

from leads.channels import utm
from leads.channels.base import Inquiry
from leads.channels.values import moment, text, texts

SLOTS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "full_name", "fullname", "fio", "your-name", "имя", "фио", "ваше имя"),
    "first_name": ("first_name", "firstname"),
    "last_name": ("last_name", "lastname", "surname", "фамилия"),
    "phone": (
        "phone",
        "phones",
        "tel",
        "telephone",
        "phone_number",
        "mobile",
        "your-phone",
        "телефон",
        "номер телефона",
    ),
    "email": ("email", "emails", "e-mail", "mail", "your-email", "почта", "эл. почта"),
    "text": (
        "message",
        "text",
        "comment",
        "comments",
        "question",
        "textarea",
        "your-message",
        "сообщение",
        "комментарий",
    ),
    "wanted_call_at": ("call_me_at", "wanted_call_at", "call_at", "callback_at"),
    "landing_page": ("landing_page", "page", "page_url", "url"),
    "referrer": ("referrer", "referer"),
}
MESSENGERS: Final = ("telegram", "whatsapp", "viber", "vk", "max", "instagram")
DEFAULT_ZONE: Final = "Europe/Moscow"
REPEAT_WINDOW_S: Final = 600
"""Seconds within which two equal bodies without an id are one submission (a double click, a retry)."""


def read_form(
    fields: Mapping[str, Any], request: RawRequest, source: Source, *, provider_id: str, cookies: str | None = None
) -> Inquiry:
    """One inquiry of kind `form`. Raises `Unreadable` where no field says how to reach the person."""
    by_name = {name.casefold().strip(): name for name in reversed(list(fields))}
    used: set[str] = set()

    def take(slot: str) -> Any:
        chosen = source.options.get(f"field.{slot}")
        for name in (chosen.casefold().strip(),) if chosen else SLOTS.get(slot, (slot,)):
            if name in by_name and fields[by_name[name]] not in ("", None, []):
                used.add(by_name[name])
                return fields[by_name[name]]
        return None

    name = text(take("name"), "name") or " ".join(
        part for slot in ("first_name", "last_name") if (part := text(take(slot), slot))
    )
    phones, emails = texts(take("phone"), "phone"), texts(take("email"), "email")
    messengers = tuple((app, handle) for app in MESSENGERS for handle in texts(take(app), app))
    if not (phones or emails or messengers):
        raise Unreadable(_nobody_to_answer(fields))
    landing_page = text(take("landing_page"), "landing_page") or request.header("referer")
    wish = text(take("wanted_call_at"), "wanted_call_at")
    message = "\n".join(texts(take("text"), "text")) or None
    referrer = text(take("referrer"), "referrer")
    marks, clicks = utm.marks(utm.of_fields(fields), utm.of_url(landing_page), utm.of_tilda_cookies(cookies))
    details = {key: value for key, value in fields.items() if key not in used and not utm.is_mark(key)}
    wanted_call_at = _call_time(wish, source)
    if wish and wanted_call_at is None:
        details["wanted_call_at_as_given"] = wish
    return Inquiry(
        provider_id=provider_id,
        occurred_at=request.received_at,
        kind="form",
        name=name or None,
        phones=phones,
        emails=emails,
        messengers=messengers,
        text=message,
        utm=marks,
        click_ids=clicks,
        referrer=referrer,
        landing_page=landing_page,
        wanted_call_at=wanted_call_at,
        details=details,
    )


def content_id(request: RawRequest) -> str:
    """An id for a request without one: equal bodies in the same ten minutes are one submission."""
    window = int(request.received_at.timestamp()) // REPEAT_WINDOW_S
    return f"{window}-{sha256(request.body + b'?' + request.query.encode(errors='replace')).hexdigest()[:32]}"


def _call_time(wish: str | None, source: Source) -> datetime | None:
    """When to call, if the person wrote a time and not "after lunch"; without an offset, the source's local time."""
    if wish is None:
        return None
    try:
        return moment(wish, "wanted_call_at", source.options.get("timezone", DEFAULT_ZONE))
    except Unreadable:
        return None


def _nobody_to_answer(fields: Mapping[str, Any]) -> str:
    names = ", ".join(name[:40] for name in list(fields)[:10])
    return f"no field is known as a phone, an e-mail or a messenger (fields: {names}); the option field.phone names one"
