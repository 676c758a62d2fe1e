"""Call-back: a visitor leaves a number and is called at once, or at the time that he names.

Fields, secrets, CORS and mapping as in `web_form.py`. `call_me_at` is the time; without it the visitor waits now, so
`wanted_call_at` is the time of receipt. Idempotency key as there: `request_id`, or equal bodies in ten minutes.
"""

from dataclasses import replace

from events.webhooks import RawRequest, Source, Unreadable

from leads.channels.base import Fact, Inquiry
from leads.channels.web_form import WebForm


class CallBack(WebForm):
    name = "callback"

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        return [self._called(fact, request) for fact in super().parse(request, source)]

    def _called(self, fact: Fact, request: RawRequest) -> Fact:
        if not isinstance(fact, Inquiry):
            return fact
        if not fact.phones:
            raise Unreadable("no field is known as a phone; the option field.phone names one")
        if fact.wanted_call_at is not None or "wanted_call_at_as_given" in fact.details:
            return fact
        return replace(fact, wanted_call_at=request.received_at)
