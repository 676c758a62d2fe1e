"""Google Ads lead form: JSON webhook (developers.google.com/google-ads/webhook/docs/implementation).

Secrets: `google_key`, which Google repeats in the body. Idempotency key: `lead_id`. Ids of forms, campaigns and
groups are int64 and may exceed 2^53; they are kept exactly. Unknown fields are to be accepted. Leads with `is_test`
are marked, so that reports leave them out. Times: `lead_submit_time` (ISO 8601 as far as known; its format is not
documented, so another one is kept as given), otherwise the time of receipt.
"""

from typing import Any, Final

from events.webhooks import RawRequest, Reply, Source, Unreadable, Unverified

from leads.channels.base import Channel, Inquiry
from leads.channels.body import json_object
from leads.channels.proof import require_secret
from leads.channels.utm import marks
from leads.channels.values import identifier, listing, mapping, moment, rest, text

_PHONES: Final = ("PHONE_NUMBER", "WORK_PHONE")
_EMAILS: Final = ("EMAIL", "WORK_EMAIL")
_NAMES: Final = ("FULL_NAME", "FIRST_NAME", "LAST_NAME")


class GoogleAds(Channel):
    name = "google_ads"

    def verify(self, request: RawRequest, source: Source) -> None:
        try:
            key = json_object(request.body).get("google_key")
        except Unreadable as error:
            raise Unverified(f"google_key cannot be checked: {error.reason}") from error
        require_secret([key if isinstance(key, str) else None], source, "google_key")

    def reply(self, request: RawRequest, source: Source) -> Reply:
        return Reply(200, b"{}", "application/json")

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        lead = json_object(request.body)
        lead_id = identifier(lead.get("lead_id"), "lead_id")
        answers = _answers(lead)
        click = text(lead.get("gcl_id"), "gcl_id")
        _, clicks = marks({"gcl_id": click} if click else {})
        details = rest(lead, "lead_id", "google_key", "gcl_id", "is_test", "user_column_data")
        try:
            occurred_at = moment(details["lead_submit_time"], "lead_submit_time")
        except (KeyError, Unreadable):
            occurred_at = request.received_at
        return [
            Inquiry(
                provider_id=lead_id,
                occurred_at=occurred_at,
                kind="lead_form",
                name=answers.get("FULL_NAME") or " ".join(answers[n] for n in _NAMES[1:] if n in answers) or None,
                phones=tuple(answers[column] for column in _PHONES if column in answers),
                emails=tuple(answers[column] for column in _EMAILS if column in answers),
                click_ids=clicks,
                is_test=lead.get("is_test") is True,
                details={**details, "answers": rest(answers, *_NAMES, *_PHONES, *_EMAILS)},
            )
        ]


def _answers(lead: dict[str, Any]) -> dict[str, str]:
    """What the person filled in, by column id (or the question's text where there is no id)."""
    found: dict[str, str] = {}
    for item in listing(lead.get("user_column_data", []), "user_column_data"):
        column = mapping(item, "user_column_data")
        key = text(column.get("column_id"), "column_id") or text(column.get("column_name"), "column_name")
        value = text(column.get("string_value"), "string_value")
        if key and value:
            found.setdefault(key, value)
    return found
