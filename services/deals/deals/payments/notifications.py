"""Notifications of providers: verified at the door, stored, and understood in batches.

What proves itself is taken in at once (``receiving.py``); for what does not, a task asks the provider (``asking.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

from events import tasks
from events.decider import Rejected
from events.intake_worker import Settled, Understood
from events.sources import Sources
from events.store import Cause, Connection
from events.webhooks import Ignored, RawRequest, Unreadable, Unverified

from deals.payments.asking import asking
from deals.payments.notices import Notice, Unproven
from deals.payments.providers import PROVIDERS
from deals.payments.receiving import Outcome, Told, payment_id_of, receive


class Notifications:
    """What a stored notification comes to."""

    def __init__(self, service: str, sources: Sources) -> None:
        self._service = service
        self._sources = sources

    async def understand(self, connection: Connection, requests: Sequence[RawRequest]) -> Understood:
        """Turns a batch of stored notifications into payments and refunds, and into tasks that ask."""
        parsed = [self._parse(request) for request in requests]
        told: list[Told] = []
        asked: list[tasks.NewTask] = []
        for request, found in zip(requests, parsed, strict=True):
            if isinstance(found, Settled):
                continue
            cause = Cause(f"provider:{request.channel}", request.id, request.id, request.traceparent)
            for notice in found:
                if isinstance(notice, Unproven):
                    asked.append(asking(request, notice))
                else:
                    told.append(Told(request.channel, notice, cause, request.id))
        outcomes, appends = await receive(connection, self._service, told) if told else ([], [])
        await tasks.add(connection, asked)
        came = dict(zip((one.request_id for one in told), outcomes, strict=True))
        settled = [
            found if isinstance(found, Settled) else _settled(request, found[0], came.get(request.id))
            for request, found in zip(requests, parsed, strict=True)
        ]
        return Understood(settled, appends)

    def _parse(self, request: RawRequest) -> Settled | Sequence[Notice]:
        provider = PROVIDERS.get(request.channel)
        source = self._sources.get((request.channel, request.source))
        if provider is None or source is None:
            return Settled("quarantined", "there is no such source")
        try:
            if not provider.asked:
                # A request taken out of quarantine was perhaps refused at the door, or its body corrected by hand:
                # money is believed by its signature only, or by what the provider says when it is asked.
                provider.verify(request, source)
            return provider.parse(request, source)
        except Ignored as error:
            return Settled("ignored", error.reason)
        except Unverified as error:
            return Settled("quarantined", _unproven(error))
        except Unreadable as error:
            return Settled("quarantined", error.reason)


def _settled(request: RawRequest, notice: Notice, outcome: Outcome | None) -> Settled:
    payment_id = payment_id_of(request.channel, notice.provider_payment_id)
    match outcome:
        case None:
            return Settled("done", "the provider is asked", payment_id)
        case Rejected():
            return Settled("quarantined", str(outcome), payment_id)
        case "new":
            return Settled("done", None, payment_id)
        case "repeat":
            return Settled("done", "repeat", payment_id)
        case "waits":
            return Settled("done", "the refund waits for its payment", payment_id)


def _unproven(error: Unverified) -> str:
    return f"signature: {error.reason}"
