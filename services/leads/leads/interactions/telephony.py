"""Recording calls: what exchanges tell becomes interactions, a batch at a time, with a fixed number of statements.

A call's stream is made by its first sign and progresses by further ones; what a sign repeats makes no event. A call
that nobody answered is missed, and due to be called back until somebody has talked to that person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from events.blind_index import BlindIndex
from events.contracts.leads.interactions import Call, CallMissed, CallProgressed, CallReturned, InteractionRegistered
from events.event import Event
from events.privacy import CustomerKey, Keyring
from events.sqlfile import sql
from events.store import Append, Cause, Connection

from leads.interactions.calls import is_missed, joined, who_talked
from leads.interactions.reading import SQL
from leads.interactions.told import CallTold
from leads.normalise import NotNormal, phone

Telephones = Mapping[tuple[str, str], str]
"""Managers by exchange (`mango/main`, or empty for every exchange) and extension."""


@dataclass(frozen=True, slots=True)
class _Party:
    """Whom a call is about, as far as it is known."""

    customer_id: UUID | None = None
    lead_id: UUID | None = None
    manager_id: str | None = None
    direction: str | None = None

    def or_else(self, other: "_Party | None") -> "_Party":
        """Its own knowledge first; nothing of another customer is mixed in."""
        if other is None or self.customer_id not in (None, other.customer_id):
            return self
        return _Party(
            other.customer_id,
            self.lead_id or other.lead_id,
            self.manager_id or other.manager_id,
            self.direction or other.direction,
        )


@dataclass(slots=True)
class _Draft:
    """One call while a batch is decided."""

    id: UUID
    version: int
    told: Sequence[CallTold]
    party: _Party
    call: Call
    at: datetime
    phone_index: UUID | None
    callback: str | None
    events: list[tuple[Event, Cause, datetime]] = field(default_factory=list)

    def append(self) -> Append:
        (_, cause, at) = self.events[0]
        stamps = [(cause, at) for _, cause, at in self.events]
        events = [event for event, _, _ in self.events]
        return Append(self.id, self.version, events, cause, at, stamps=stamps)


@dataclass(frozen=True)
class CallRecorder:
    """Records what exchanges tell. ``region`` is the country of phones without a country code."""

    keyring: Keyring
    blind: BlindIndex
    region: str

    async def __call__(self, connection: Connection, told: Sequence[CallTold]) -> list[Append]:
        """Joins the signs to what is known of their calls; the caller appends and commits."""
        by_call: dict[UUID, list[CallTold]] = {}
        for one in told:
            by_call.setdefault(one.interaction_id, []).append(one)
        phones = {id_: index for id_, signs in by_call.items() if (index := self._phone(signs)) is not None}
        commands = {one.sign.command_id for one in told if one.sign.command_id is not None}
        parties = await _parties(connection, set(phones.values()), commands)
        await _lock(connection, [*by_call, *(party.customer_id for party in parties.values() if party.customer_id)])
        known = {row["id"]: row for row in await connection.fetch(sql("calls_known", SQL), list(by_call))}
        telephones = await _telephones(connection, told, known.values())
        drafts = [_begin(id_, signs, known.get(id_), phones.get(id_), parties) for id_, signs in by_call.items()]
        customers = {draft.party.customer_id for draft in drafts if draft.party.customer_id is not None}
        keys = await self.keyring.read(connection, customers) if customers else {}
        changed = [draft for draft in drafts if _decide(draft, known.get(draft.id), keys, telephones)]
        if not changed:
            return []
        await connection.execute(sql("calls_save", SQL), *_columns(changed))
        return await _with_returns(connection, changed)

    def _phone(self, signs: Sequence[CallTold]) -> UUID | None:
        for told in signs:
            try:
                if told.sign.phone and (value := phone(told.sign.phone, self.region)):
                    return UUID(hex=self.blind.of("phone", value))
            except NotNormal:
                continue
        return None


def _begin(
    id_: UUID,
    told: Sequence[CallTold],
    row: Any,
    phone_index: UUID | None,
    parties: Mapping[UUID, _Party],
) -> _Draft:
    first = told[0]
    command = next((one.sign.command_id for one in told if one.sign.command_id in parties), None)
    party = _Party(direction=first.direction)
    if row is not None:
        phone_index = row["phone_index"] or phone_index
        party = _Party(row["customer_id"], row["lead_id"], row["manager_id"], row["direction"])
    for found in (parties.get(command) if command else None, parties.get(phone_index) if phone_index else None):
        party = party.or_else(found)
    at = min([*(one.sign.occurred_at for one in told), *([row["at"]] if row else [])])
    call = Call.model_validate_json(row["call"]) if row else Call()
    return _Draft(
        id_, row["version"] if row else 0, told, party, call, at, phone_index, row["callback"] if row else None
    )


def _decide(draft: _Draft, row: Any, keys: Mapping[UUID, CustomerKey], telephones: Telephones) -> bool:
    """Adds the events that follow; False where nothing is new."""
    before, known_party, party = draft.call, _Party(), draft.party
    key = keys.get(party.customer_id) if party.customer_id else None
    for told in draft.told:
        draft.call = joined(draft.call, told.sign, key.seal if key else lambda _: None)
    last, call = draft.told[-1], draft.call
    if row is not None:
        known_party = _Party(row["customer_id"], row["lead_id"], row["manager_id"], row["direction"])
    extension = who_talked(call)
    mapped = extension and (telephones.get((_exchange(last), extension)) or telephones.get(("", extension)))
    draft.party = party = replace(party, manager_id=mapped or party.manager_id)
    draft.at = call.started_at or draft.at
    facts: dict[str, Any] = {
        "interaction_id": draft.id,
        "customer_id": party.customer_id,
        "lead_id": party.lead_id,
        "manager_id": party.manager_id,
        "direction": party.direction,
    }
    when = max(told.sign.occurred_at for told in draft.told)
    if row is None:
        made = InteractionRegistered(
            **facts, kind="call", flow=call.flow, intake=last.intake, source=last.source, call=call
        )
        draft.events.append((made, draft.told[0].cause, draft.at))
    elif call != before or party != known_party:
        draft.events.append((CallProgressed(**facts, call=call), last.cause, when))
    reachable = draft.phone_index is not None or party.customer_id is not None
    if is_missed(call) and draft.callback is None and reachable:
        draft.callback = "due"
        draft.events.append((CallMissed(**facts), last.cause, call.ended_at or when))
    elif draft.callback == "due" and not is_missed(call):
        draft.callback = "done"
        returned = CallReturned(interaction_id=draft.id, by_interaction_id=draft.id, customer_id=party.customer_id)
        draft.events.append((returned, last.cause, when))
    return bool(draft.events)


def _exchange(told: CallTold) -> str:
    return f"{told.intake}/{told.source}"


async def _lock(connection: Connection, ids: Sequence[UUID]) -> None:
    """Calls and people, until commit: two batches about the same ones take their turns."""
    await connection.execute(sql("calls_lock", SQL), [id_.int % 2**63 for id_ in ids])


async def _parties(connection: Connection, phones: set[UUID], commands: set[UUID]) -> dict[UUID, _Party]:
    """Who has these phones, and whom these commands are about, with the open lead."""
    if not phones and not commands:
        return {}
    rows = await connection.fetch(sql("calls_parties", SQL), list(phones), list(commands))
    return {
        row["found"]: _Party(row["customer_id"], row["lead_id"], row["manager_id"], row["direction"]) for row in rows
    }


async def _telephones(connection: Connection, told: Sequence[CallTold], known: Iterable[Any]) -> Telephones:
    extensions = {one.sign.extension for one in told if one.sign.extension}
    extensions |= {leg["extension"] for row in known for leg in orjson.loads(row["call"])["legs"]}
    if not extensions:
        return {}
    rows = await connection.fetch("SELECT * FROM phone_extensions WHERE extension = ANY($1::text[])", list(extensions))
    return {(row["source"], row["extension"]): row["manager_id"] for row in rows}


def _columns(drafts: Sequence[_Draft]) -> list[Sequence[Any]]:
    rows = [
        (
            draft.id,
            draft.version + len(draft.events),
            draft.call.flow,
            draft.told[0].intake,
            draft.told[0].source,
            draft.party.customer_id,
            draft.party.manager_id,
            draft.party.lead_id,
            draft.party.direction,
            draft.at,
            draft.call.talk_seconds,
            draft.call.model_dump_json(),
            draft.phone_index,
            draft.call.command_id,
            draft.callback,
        )
        for draft in drafts
    ]
    return list(zip(*rows, strict=True))


async def _with_returns(connection: Connection, drafts: Sequence[_Draft]) -> list[Append]:
    """The drafts' decisions, and those of missed calls that a talk in this batch, or before it came, made up for."""
    by_id = {draft.id: draft for draft in drafts}
    appends: list[Append] = []
    for row in await connection.fetch(sql("calls_return", SQL), list(by_id)):
        event = CallReturned(interaction_id=row["id"], by_interaction_id=row["by_id"], customer_id=row["customer_id"])
        cause = by_id[row["by_id"] if row["by_id"] in by_id else row["id"]].told[-1].cause
        if row["id"] in by_id:
            by_id[row["id"]].events.append((event, cause, row["at"]))
        else:
            appends.append(Append(row["id"], row["version"] - 1, [event], cause, row["at"]))
    return [*(draft.append() for draft in drafts), *appends]
