"""What is known of a call: signs of a telephone exchange, joined.

The join is a least upper bound in each field (earliest start, earliest pick-up, latest end, longest talk, the strongest
result, all legs and recordings), so neither the order of signs nor their repetition changes what comes out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from events.contracts.leads.interactions import Call, CallResult, Leg, Recording
from events.sealed import Sealed
from events.store import deterministic_id

from leads.channels import CallSign

MOST_RECORDINGS: Final = 20
MOST_LEGS: Final = 50
_STRENGTH: Final[dict[CallResult | None, int]] = {None: 0, "missed": 1, "failed": 2, "busy": 3, "answered": 4}

T = TypeVar("T", datetime, int, str, UUID)

Seal = Callable[[str], Sealed[str] | None]
"""Seals a recording's link with the customer's key; None while there is no card, and so no key."""


def joined(call: Call, sign: CallSign, seal: Seal) -> Call:
    """What is known after one more sign."""
    told = max(call.told_result, sign.result, key=_STRENGTH.__getitem__)
    legs = _legs(call.legs, sign)
    answered_at = _least(call.answered_at, sign.answered_at)
    ended_at = _most(call.ended_at, sign.ended_at)
    return Call(
        flow=_least(call.flow, sign.flow),
        started_at=_least(call.started_at, sign.started_at),
        answered_at=answered_at,
        ended_at=ended_at,
        talk_seconds=_most(call.talk_seconds, sign.talk_seconds),
        result=_result(told, ended_at, answered_at, legs),
        told_result=told,
        legs=legs,
        recordings=_recordings(call.recordings, sign, seal),
        command_id=_least(call.command_id, sign.command_id),
    )


def who_talked(call: Call) -> str | None:
    """The extension to credit: of the last pick-up, else of who placed an outbound call."""
    picked_up = [(leg.answered_at, leg.extension) for leg in call.legs if leg.answered_at is not None]
    if picked_up:
        return max(picked_up)[1]
    return min((leg.rang_at, leg.extension) for leg in call.legs)[1] if call.legs and call.flow == "out" else None


def is_missed(call: Call) -> bool:
    """Did a customer call, and nobody talk to him?"""
    return call.flow == "in" and call.result is not None and call.result != "answered"


def _result(
    told: CallResult | None, ended_at: datetime | None, answered_at: datetime | None, legs: tuple[Leg, ...]
) -> CallResult | None:
    """Twilio calls an inbound call completed as soon as its machine has answered: then the telephones decide."""
    if told == "answered" and answered_at is None and legs:
        return "missed"
    if told is None and ended_at is not None and answered_at is not None:
        return "answered"
    return told


def _legs(known: tuple[Leg, ...], sign: CallSign) -> tuple[Leg, ...]:
    if sign.extension is None:
        return known
    legs = {leg.extension: leg for leg in known}
    before = legs.get(sign.extension)
    rang_at = sign.answered_at or sign.occurred_at
    legs[sign.extension] = Leg(
        extension=sign.extension,
        rang_at=min(before.rang_at, rang_at) if before else rang_at,
        answered_at=_least(before.answered_at if before else None, sign.answered_at),
    )
    return tuple(sorted(legs.values(), key=lambda leg: leg.extension))[:MOST_LEGS]


def _recordings(known: tuple[Recording, ...], sign: CallSign, seal: Seal) -> tuple[Recording, ...]:
    if sign.recording is None:
        return known
    recording_id = deterministic_id("recording", sign.call_id, sign.recording)
    recordings = {recording.recording_id: recording for recording in known}
    before = recordings.get(recording_id)
    if before is None or before.link is None:
        recordings[recording_id] = Recording(recording_id=recording_id, link=seal(sign.recording))
    return tuple(sorted(recordings.values(), key=lambda recording: recording.recording_id))[:MOST_RECORDINGS]


def _least(one: T | None, other: T | None) -> T | None:
    return other if one is None else one if other is None else min(one, other)


def _most(one: T | None, other: T | None) -> T | None:
    return other if one is None else one if other is None else max(one, other)
