"""Understanding stored requests: from raw bytes to captures and facts of other kinds, a batch at a time.

Webhooks are parsed by their channel. Items of the API and rows of imports come here too, once an operator replays one
that could not be captured when it arrived.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from events.intake_worker import Settled, Understood
from events.sources import Sources
from events.store import Append, Cause, Connection
from events.webhooks import Ignored, RawRequest, Unreadable

from leads.capture import Capturer, Outcome
from leads.channels import CHANNELS, CallSign, Channel, Inquiry, View
from leads.channels.base import Answering, Delivery, PastDeal
from leads.channels.pulled import Reference
from leads.interactions.told import CallTold, DeliveryTold, ViewTold
from leads.moving.told import AnsweringTold, CompanyTold, DealTold
from leads.origin import origin_of
from leads.pulling.fetching import FetchTold
from leads.touch import Capture

Found = Capture | CallTold | ViewTold | DeliveryTold | FetchTold | DealTold | CompanyTold | AnsweringTold
Parse = Callable[[RawRequest], Sequence[Found]]
"""Raises ``Unreadable`` or ``Ignored``."""
Record = Callable[[Connection, Sequence[Any]], Awaitable[Sequence[Append]]]
"""Records facts of one kind in the worker's transaction, and gives what is to be appended."""
Touched = Callable[[Connection, Sequence[Capture], Sequence[Outcome]], Awaitable[Sequence[Append]]]
"""Records what captures are besides leads."""


class Webhooks:
    """Parses requests of configured sources."""

    def __init__(self, sources: Sources, channels: Mapping[str, Channel] = CHANNELS) -> None:
        self._sources = sources
        self._channels = channels

    def __call__(self, raw: RawRequest) -> list[Found]:
        channel, source = self._channels.get(raw.channel), self._sources.get((raw.channel, raw.source))
        if channel is None or source is None:
            raise Unreadable("unknown channel" if channel is None else "unknown source")
        found: list[Found] = []
        for fact in channel.parse(raw, source):
            cause = cause_of(raw)
            if isinstance(fact, Inquiry):
                came_from = origin_of(fact, raw.channel).channel
                found.append(
                    Capture(
                        fact,
                        raw.channel,
                        raw.source,
                        came_from,
                        cause,
                        raw.received_at,
                        source.direction,
                        identity_at(raw.channel, raw.source, fact.person_id),
                    )
                )
            elif isinstance(fact, Reference):
                found.append(FetchTold(raw.id, raw.channel, raw.source, fact.reference, cause, raw.received_at))
            elif isinstance(fact, CallSign):
                found.append(CallTold(fact, raw.channel, raw.source, source.direction, cause, raw.received_at))
            elif isinstance(fact, View):
                found.append(ViewTold(fact, raw.source, cause, raw.received_at))
            elif isinstance(fact, Delivery):
                found.append(DeliveryTold(fact, raw.channel, raw.source, cause, raw.received_at))
            elif isinstance(fact, Answering):
                found.append(AnsweringTold(fact, raw.channel, raw.source, source.direction, cause, raw.received_at))
            elif isinstance(fact, PastDeal):
                found.append(DealTold(fact, raw.channel, raw.source, source.direction, cause, raw.received_at))
            else:
                found.append(CompanyTold(fact, raw.channel, raw.source, source.direction, cause, raw.received_at))
        return found


def identity_at(channel: str, source: str, person_id: str | None) -> str | None:
    """Who a person is to the provider, told apart from the same id elsewhere."""
    return None if person_id is None else "\x1f".join((channel, source, person_id))


def cause_of(raw: RawRequest) -> Cause:
    """A webhook has no principal: its source is the actor, the stored request the cause."""
    return Cause(f"source:{raw.channel}/{raw.source}", raw.id, raw.id, raw.traceparent)


class Understanding:
    """What the intake worker calls: parses, captures and records a batch in the worker's transaction."""

    def __init__(
        self,
        capturer: Capturer,
        webhooks: Parse,
        others: Mapping[str, Parse],
        touched: Touched,
        recorders: Mapping[type, Record],
    ) -> None:
        """``others`` are parsers by intake channel, for what did not come by a webhook; ``recorders`` are by the kind
        of what was found.
        """
        self._capturer = capturer
        self._webhooks = webhooks
        self._others = others
        self._touched = touched
        self._recorders = recorders

    async def __call__(self, connection: Connection, requests: Sequence[RawRequest]) -> Understood:
        """One verdict per request; a request with several inquiries is done only if all of them were captured.

        A request without an inquiry counts as ignored, for no lead comes of it, though what it told was recorded.
        """
        settled: dict[int, Settled] = {}
        captures: list[Capture] = []
        told: dict[type, list[Found]] = {}
        spans: dict[int, slice] = {}
        for number, raw in enumerate(requests):
            try:
                found = self._others.get(raw.channel, self._webhooks)(raw)
            except Ignored as ignored:
                settled[number] = Settled("ignored", ignored.reason)
            except Unreadable as unreadable:
                settled[number] = Settled("quarantined", unreadable.reason)
            except Exception as error:  # a bug of one parser must not cost the batch a second round
                settled[number] = Settled("quarantined", f"internal error: {type(error).__name__}")
            else:
                inquiries = [fact for fact in found if isinstance(fact, Capture)]
                for fact in found:
                    if not isinstance(fact, Capture):
                        told.setdefault(type(fact), []).append(fact)
                spans[number] = slice(len(captures), len(captures) + len(inquiries))
                captures.extend(inquiries)
        result = await self._capturer.capture(connection, captures)
        appends = [*result.appends, *await self._touched(connection, captures, result.outcomes)]
        for kind, facts in told.items():
            appends += await self._recorders[kind](connection, facts)
        for number, span in spans.items():
            settled[number] = _settled(result.outcomes[span])
        return Understood([settled[number] for number in range(len(requests))], _by_stream(appends))


def _by_stream(appends: Sequence[Append]) -> list[Append]:
    """Decisions of one stream next to each other, in their order."""
    streams: dict[object, list[Append]] = {}
    for append in appends:
        streams.setdefault(append.stream_id, []).append(append)
    return [append for decisions in streams.values() for append in decisions]


def _settled(outcomes: Sequence[Outcome]) -> Settled:
    if not outcomes:
        return Settled("ignored", "no inquiry: recorded on the card")
    customer_id = next((outcome.customer_id for outcome in outcomes if outcome.customer_id), None)
    rejected = [outcome.reason for outcome in outcomes if outcome.what == "rejected"]
    if rejected:
        part = f"{len(rejected)} of {len(outcomes)}: " if len(outcomes) > 1 else ""
        return Settled("quarantined", f"{part}{rejected[0]}", customer_id)
    fresh = [outcome.what for outcome in outcomes if outcome.what != "duplicate"]
    return Settled("done", fresh[0] if fresh else "duplicate", customer_id)
