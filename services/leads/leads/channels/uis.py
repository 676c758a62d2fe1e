"""UIS / CoMagic / CallGear telephony: HTTP notifications whose fields the customer chooses from a list of variables.

Secrets: a part of the address; the service signs nothing. The template may be JSON, form fields or a query string;
name each field as its variable, and include at least `call_session_id`, `contact_phone_number` and `direction`:
`{"notification_mnemonic": {{notification_mnemonic}}, "call_session_id": {{call_session_id}}, "direction":
{{direction}}, "contact_phone_number": {{contact_phone_number}}, "virtual_phone_number": {{virtual_phone_number}},
"start_time": {{start_time}}}`.

Idempotency key: `call_session_id`. Every notification of a session is a sign of its call, read by the variables it
carries: `talk_time_duration` (a talk that lasted so many seconds), `total_time_duration` (told at the end of the
call), `file_link` (the recording), `employee_ext`, `employee_id` or `employee_phone_number` (whose telephone),
`external_id` (the command of ours). A mnemonic with "lost" is a missed call, one with "connect" or "talk_start" the
pick-up, one with "finish" or "end" of a call its end; other mnemonics, whose full list is not public, begin a call.
The first notification of an inbound call from a visible number makes the inquiry, later ones repeat it. Templates
without `direction` need the option `inbound_only` = `yes` (notifications set for inbound calls only). Times without an
offset are in the option `timezone` (Europe/Moscow when not set): their format was not found in the documentation.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from events.webhooks import Ignored, RawRequest, Source, Unreadable

from leads.channels.base import CallSign, Channel, Fact, Inquiry
from leads.channels.body import fields
from leads.channels.form import DEFAULT_ZONE
from leads.channels.proof import query, require_shared_secret
from leads.channels.utm import marks, of_fields
from leads.channels.values import identifier, international, moment, rest, seconds_before, text


class Uis(Channel):
    name = "uis"

    def verify(self, request: RawRequest, source: Source) -> None:
        require_shared_secret(request, source)

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        in_query = rest(query(request), "key")
        notice = {**in_query, **(fields(request) if request.body else {})}
        flow = _flow(notice.get("direction"), source)
        if notice.get("is_internal") in (True, "true", "1"):
            raise Ignored("a call between employees")
        sign = _sign(notice, flow, request, source)
        if flow == "out" or sign.phone is None:
            return [sign]
        utm, clicks = marks(of_fields(notice))
        inquiry = Inquiry(
            provider_id=sign.call_id,
            occurred_at=sign.started_at or sign.occurred_at,
            kind="call",
            name=text(notice.get("contact_full_name"), "contact_full_name"),
            phones=(sign.phone,),
            utm=utm,
            click_ids=clicks,
            details=rest(notice, "call_session_id", "contact_full_name", *of_fields(notice)),
        )
        return [sign, inquiry]


def _sign(notice: dict[str, Any], flow: Any, request: RawRequest, source: Source) -> CallSign:
    number = text(notice.get("contact_phone_number"), "contact_phone_number") or text(
        notice.get("called_phone_number" if flow == "out" else "calling_phone_number"), "phone_number"
    )
    phones = international(number)
    at = _time(notice, "notification_time", source) or request.received_at
    kind = f"{notice.get('notification_mnemonic', '')}".lower()
    talked = _seconds(notice, "talk_time_duration")
    lost, total = "lost" in kind, _seconds(notice, "total_time_duration")
    over = (
        lost or total is not None or (("finish" in kind or "end" in kind) and "talk" not in kind and "rec" not in kind)
    )
    picked_up = at if ("talk_start" in kind or "connect" in kind) else None
    if picked_up is None and talked:
        picked_up = seconds_before(at, talked, "notification_time")
    return CallSign(
        call_id=identifier(notice.get("call_session_id"), "call_session_id"),
        occurred_at=at,
        flow=flow,
        phone=phones[0] if phones else None,
        extension=_employee(notice),
        started_at=_time(notice, "start_time", source),
        answered_at=picked_up,
        ended_at=at if over else None,
        talk_seconds=talked if talked is not None else (0 if lost else None),
        result=("answered" if talked else "missed") if over else None,
        recording=text(notice.get("file_link") or notice.get("full_record_file_link"), "file_link"),
        command_id=_command(notice.get("external_id")),
    )


def _flow(direction: object, source: Source) -> Any:
    if direction in ("in", "out"):
        return direction
    if direction is None and source.options.get("inbound_only") == "yes":
        return "in"
    if direction is None:
        raise Unreadable("direction is missing: add {{direction}} to the notification, or set the option inbound_only")
    raise Ignored("a call that is neither inbound nor outbound")


def _employee(notice: dict[str, Any]) -> str | None:
    names = ("employee_ext", "employee_id", "employee_phone_number")
    return next((found for name in names if (found := text(notice.get(name), name))), None)


def _time(notice: dict[str, Any], name: str, source: Source) -> datetime | None:
    given = text(notice.get(name), name)
    return moment(given, name, source.options.get("timezone", DEFAULT_ZONE)) if given else None


def _seconds(notice: dict[str, Any], name: str) -> int | None:
    given = text(notice.get(name), name)
    try:
        return min(max(0, int(float(given))), 86_400) if given else None
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{name} is not a number") from error


def _command(external_id: object) -> UUID | None:
    try:
        return UUID(str(external_id))
    except ValueError:
        return None
