"""UIS / CoMagic / CallGear telephony: HTTP notifications whose fields the customer chooses from a list of variables.

Secrets: a part of the address; the service signs nothing. The template may be JSON, form fields or a query string;
name each field as its variable, and include at least `call_session_id`, `contact_phone_number` and `direction`:
`{"notification_mnemonic": {{notification_mnemonic}}, "call_session_id": {{call_session_id}}, "direction":
{{direction}}, "contact_phone_number": {{contact_phone_number}}, "virtual_phone_number": {{virtual_phone_number}},
"start_time": {{start_time}}}`.

Idempotency key: `call_session_id`. Whichever notification of an inbound call comes first makes the inquiry; later
ones repeat it. Templates without `direction` need the option `inbound_only` = `yes` (notifications set for inbound
calls only). Times without an offset are in the option `timezone` (Europe/Moscow when not set): the format of times
was not found in the documentation.
"""

from events.webhooks import Ignored, RawRequest, Source, Unreadable

from leads.channels.base import Channel, Inquiry
from leads.channels.body import fields
from leads.channels.form import DEFAULT_ZONE
from leads.channels.proof import query, require_shared_secret
from leads.channels.utm import marks, of_fields
from leads.channels.values import identifier, international, moment, rest, text


class Uis(Channel):
    name = "uis"

    def verify(self, request: RawRequest, source: Source) -> None:
        require_shared_secret(request, source)

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        in_query = rest(query(request), "key")
        notice = {**in_query, **(fields(request) if request.body else {})}
        _require_inbound(notice.get("direction"), source)
        if notice.get("is_internal") in (True, "true", "1"):
            raise Ignored("a call between employees")
        began = text(notice.get("start_time"), "start_time") or text(
            notice.get("notification_time"), "notification_time"
        )
        number = text(notice.get("contact_phone_number"), "contact_phone_number") or text(
            notice.get("calling_phone_number"), "calling_phone_number"
        )
        utm, clicks = marks(of_fields(notice))
        zone = source.options.get("timezone", DEFAULT_ZONE)
        return [
            Inquiry(
                provider_id=identifier(notice.get("call_session_id"), "call_session_id"),
                occurred_at=moment(began, "start_time", zone) if began else request.received_at,
                kind="call",
                name=text(notice.get("contact_full_name"), "contact_full_name"),
                phones=international(number),
                utm=utm,
                click_ids=clicks,
                details=rest(notice, "call_session_id", "contact_full_name", *of_fields(notice)),
            )
        ]


def _require_inbound(direction: object, source: Source) -> None:
    if direction == "in" or (direction is None and source.options.get("inbound_only") == "yes"):
        return
    if direction is None:
        raise Unreadable("direction is missing: add {{direction}} to the notification, or set the option inbound_only")
    raise Ignored("a call that is not inbound")
