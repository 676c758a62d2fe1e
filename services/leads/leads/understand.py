"""Understanding stored requests: from raw bytes to captures and facts of other kinds, a batch at a time.

Webhooks are parsed by their channel. Items of the API and rows of imports come here too, once an operator replays one
that could not be captured when it arrived.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final

from events.intake_worker import Settled, Understood
from events.sources import Sources
from events.store import Append, Cause, Connection
from events.webhooks import Ignored, RawRequest, Unreadable

from leads.capture import Capturer, Outcome
from leads.channels import CHANNELS, CallSign, Channel, Inquiry, View
from leads.channels.base import Answering, Company, Delivery, Membership, PastContact, PastDeal
from leads.channels.pulled import Reference
from leads.imports.becoming import BecameTold
from leads.interactions.told import CallTold, DeliveryTold, ViewTold
from leads.moving.told import AnsweringTold, CompanyTold, ContactTold, DealTold
from leads.origin import origin_of
from leads.pulling.fetching import FetchTold
from leads.touch import Capture

Found = (
    Capture
    | CallTold
    | ViewTold
    | DeliveryTold
    | FetchTold
    | ContactTold
    | DealTold
    | CompanyTold
    | AnsweringTold
    | BecameTold
)
Parse = Callable[[RawRequest], Sequence[Found]]
"""Raises ``Unreadable`` or ``Ignored``."""
Record = Callable[[Connection, Sequence[Any]], Awaitable[Sequence[Append]]]
"""Records facts of one kind in the worker's transaction, and gives what is to be appended."""
Missing = Callable[[Connection, Sequence[Any]], Awaitable[Collection[str]]]
"""The requests that facts of one kind are about and that are not here."""
Touched = Callable[[Connection, Sequence[Capture], Sequence[Outcome]], Awaitable[Sequence[Append]]]
"""Records what captures are besides leads."""


_TOLD: Final[Mapping[type, Callable[..., Found]]] = {
    CallSign: CallTold,
    PastContact: ContactTold,
    PastDeal: DealTold,
    Company: CompanyTold,
    Membership: CompanyTold,
    Answering: AnsweringTold,
}
"""What facts of most kinds are with where they came from."""


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
            elif isinstance(fact, View):
                found.append(ViewTold(fact, raw.source, cause, raw.received_at))
            elif isinstance(fact, Delivery):
                found.append(DeliveryTold(fact, raw.channel, raw.source, cause, raw.received_at))
            else:
                told = _TOLD[type(fact)]
                found.append(told(fact, raw.channel, raw.source, source.direction, cause, raw.received_at))
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
        missing: Missing,
    ) -> None:
        """``others`` are parsers by intake channel, for what did not come by a webhook; ``recorders`` are by the kind
        of what was found; ``missing`` says which persons of contacts are not here: these wait in quarantine for them.
        """
        self._capturer = capturer
        self._webhooks = webhooks
        self._others = others
        self._touched = touched
        self._recorders = recorders
        self._missing = missing

    async def __call__(self, connection: Connection, requests: Sequence[RawRequest]) -> Understood:
        """One verdict per request; a request with several inquiries is done only if all of them were captured.

        A request without an inquiry counts as ignored, for no lead comes of it, though what it told was recorded.
        """
        settled, found = self._parsed(requests)
        captures: list[Capture] = []
        told: dict[type, list[Found]] = {}
        about: dict[int, list[ContactTold]] = {}
        spans: dict[int, slice] = {}
        for number, facts in found.items():
            inquiries = [fact for fact in facts if isinstance(fact, Capture)]
            for fact in facts:
                if isinstance(fact, ContactTold):
                    about.setdefault(number, []).append(fact)
                elif not isinstance(fact, Capture):
                    told.setdefault(type(fact), []).append(fact)
            spans[number] = slice(len(captures), len(captures) + len(inquiries))
            captures.extend(inquiries)
        result = await self._capturer.capture(connection, captures)
        appends = [*result.appends, *await self._touched(connection, captures, result.outcomes)]
        waiting = await self._waiting(connection, about)
        settled |= {number: Settled("quarantined", reason) for number, reason in waiting.items()}
        here = [one for number, facts in about.items() if number not in waiting for one in facts]
        if here:
            told[ContactTold] = list(here)
        for kind, facts in told.items():
            appends += await self._recorders[kind](connection, facts)
        for number, span in spans.items():
            settled.setdefault(number, _settled(result.outcomes[span]))
        return Understood([settled[number] for number in range(len(requests))], by_stream(appends))

    def _parsed(self, requests: Sequence[RawRequest]) -> tuple[dict[int, Settled], dict[int, Sequence[Found]]]:
        """What each request holds, and the verdict on those that hold nothing or cannot be read."""
        settled: dict[int, Settled] = {}
        found: dict[int, Sequence[Found]] = {}
        for number, raw in enumerate(requests):
            try:
                found[number] = self._others.get(raw.channel, self._webhooks)(raw)
            except Ignored as ignored:
                settled[number] = Settled("ignored", ignored.reason)
            except Unreadable as unreadable:
                settled[number] = Settled("quarantined", unreadable.reason)
            except Exception as error:  # a bug of one parser must not cost the batch a second round
                settled[number] = Settled("quarantined", f"internal error: {type(error).__name__}")
        return settled, found

    async def _waiting(self, connection: Connection, about: Mapping[int, Sequence[ContactTold]]) -> dict[int, str]:
        """Why these requests wait: what they tell is about a request that was not captured yet."""
        missing = await self._missing(connection, [one for facts in about.values() for one in facts]) if about else ()
        return {
            number: f"waits for {one.fact.request_id}, which is not here yet"
            for number, facts in about.items()
            for one in facts
            if one.fact.request_id in missing
        }


def by_stream(appends: Sequence[Append]) -> list[Append]:
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
