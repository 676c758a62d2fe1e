"""Understanding stored requests: from raw bytes to captures, a batch at a time, for the intake worker.

Webhooks are parsed by their channel. Items of the API and rows of imports come here too, once an operator replays one
that could not be captured when it arrived.
"""

from collections.abc import Callable, Mapping, Sequence

from events.intake_worker import Settled, Understood
from events.sources import Sources
from events.store import Cause, Connection
from events.webhooks import Ignored, RawRequest, Unreadable

from leads.capture import Capturer, Outcome
from leads.channels import CHANNELS, Channel
from leads.touch import Capture, channel_of

Parse = Callable[[RawRequest], list[Capture]]
"""Raises ``Unreadable`` or ``Ignored``."""


class Webhooks:
    """Parses requests of configured sources."""

    def __init__(self, sources: Sources, channels: Mapping[str, Channel] = CHANNELS) -> None:
        self._sources = sources
        self._channels = channels

    def __call__(self, raw: RawRequest) -> list[Capture]:
        channel, source = self._channels.get(raw.channel), self._sources.get((raw.channel, raw.source))
        if channel is None or source is None:
            raise Unreadable("unknown channel" if channel is None else "unknown source")
        return [
            Capture(
                inquiry,
                raw.channel,
                raw.source,
                channel_of(inquiry, raw.channel),
                cause_of(raw),
                raw.received_at,
                source.direction,
            )
            for inquiry in channel.parse(raw, source)
        ]


def cause_of(raw: RawRequest) -> Cause:
    """A webhook has no principal: its source is the actor, the stored request the cause."""
    return Cause(f"source:{raw.channel}/{raw.source}", raw.id, raw.id, raw.traceparent)


class Understanding:
    """What the intake worker calls: parses and captures a batch in the worker's transaction."""

    def __init__(self, capturer: Capturer, webhooks: Parse, others: Mapping[str, Parse]) -> None:
        """``others`` are parsers by intake channel, for what did not come by a webhook."""
        self._capturer = capturer
        self._webhooks = webhooks
        self._others = others

    async def __call__(self, connection: Connection, requests: Sequence[RawRequest]) -> Understood:
        """One verdict per request; a request with several inquiries is done only if all of them were captured."""
        settled: dict[int, Settled] = {}
        captures: list[Capture] = []
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
                spans[number] = slice(len(captures), len(captures) + len(found))
                captures.extend(found)
        result = await self._capturer.capture(connection, captures)
        for number, span in spans.items():
            settled[number] = _settled(result.outcomes[span])
        return Understood([settled[number] for number in range(len(requests))], result.appends)


def _settled(outcomes: Sequence[Outcome]) -> Settled:
    customer_id = next((outcome.customer_id for outcome in outcomes if outcome.customer_id), None)
    rejected = [outcome.reason for outcome in outcomes if outcome.what == "rejected"]
    if rejected:
        part = f"{len(rejected)} of {len(outcomes)}: " if len(outcomes) > 1 else ""
        return Settled("quarantined", f"{part}{rejected[0]}", customer_id)
    fresh = [outcome.what for outcome in outcomes if outcome.what != "duplicate"]
    return Settled("done", fresh[0] if fresh else "duplicate", customer_id)
