"""Requests of automation as commands on deals, with what must be looked up for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from events.contracts.automation import (
    DealFieldsRequested,
    DealLinesRequested,
    DealOpeningRequested,
    DealReassignmentRequested,
    DealTagsRequested,
)
from events.contracts.deals import DealFieldDefined
from events.custom_fields import added, changes, users_named
from events.decider import Rejected
from events.store import Connection, deterministic_id

from deals.asked.answer import OnDeal
from deals.asked.lines import Wanted, lines_of
from deals.deal.batch import Batch
from deals.deal.definitions import definitions
from deals.deal.orders import ChangeFields, Command, OpenDeal, ReassignDeal, Retag, deal_of_lead
from deals.deal.states import Deal, NoDeal
from deals.deal.tables import draw_numbers
from deals.money import CENT, money

_LEADS = "SELECT lead_id, customer_id, manager_id, direction FROM leads WHERE lead_id = ANY($1::uuid[])"
_ERASED = "SELECT customer_id FROM erased_customers WHERE customer_id = ANY($1::uuid[])"


@dataclass(frozen=True)
class Known:
    """What requests ask of: leads, who is erased, new numbers by request, the fields that may be filled in, and the
    lines that are to come.
    """

    deal_ids: frozenset[UUID]
    leads: Mapping[UUID, asyncpg.Record]
    erased: frozenset[UUID]
    numbers: Mapping[UUID, str]
    fields: Mapping[str, DealFieldDefined]
    currency: str
    lines: Wanted = field(default_factory=dict)


async def known_of(connection: Connection, events: Sequence[OnDeal], currency: str) -> Known:
    """Looks it up, one statement for all."""
    openings = [event for event in events if isinstance(event, DealOpeningRequested)]
    leads = await connection.fetch(_LEADS, [event.lead_id for event in openings if event.lead_id]) if openings else []
    erased = await connection.fetch(_ERASED, [event.customer_id for event in openings]) if openings else []
    numbers = await draw_numbers(connection, len(openings)) if openings else []
    filled = any(isinstance(event, DealFieldsRequested) for event in events)
    before = {event.previous_deal_id for event in openings if event.previous_deal_id is not None}
    return Known(
        frozenset(map(deal_of, events)) | before,
        {row["lead_id"]: row for row in leads},
        frozenset(row["customer_id"] for row in erased),
        {event.request_id: number for event, number in zip(openings, numbers, strict=True)},
        await definitions(connection) if filled else {},
        currency,
    )


def deal_of(event: OnDeal) -> UUID:
    """The deal that it is about; a first sale of a lead has one for ever, whoever opens it."""
    if not isinstance(event, DealOpeningRequested):
        return event.deal_id
    if event.lead_id is not None and event.deal_type == "first_sale":
        return deal_of_lead(event.lead_id)
    return deterministic_id("deal", "request", event.request_id)


def command_of(event: OnDeal, batch: Batch, known: Known) -> Command:
    """The command. Raises :class:`Rejected`."""
    match event:
        case DealTagsRequested():
            return Retag(frozenset(event.add), frozenset(event.remove))
        case DealReassignmentRequested():
            return ReassignDeal(event.manager_id, "rule")
        case DealFieldsRequested():
            return _fields(event, batch, known)
        case DealOpeningRequested():
            return _opening(event, batch, known)
        case DealLinesRequested():
            return lines_of(event, _deal(event, batch), known.lines.get(event.request_id, ()))


def _fields(event: DealFieldsRequested, batch: Batch, known: Known) -> ChangeFields:
    """A personal field is sealed with a key that is not read in this transaction: a rule has no business there."""
    asked = (*event.fields, *(event.add or {}))
    personal = [code for code in asked if code in known.fields and known.fields[code].personal]
    if personal:
        raise Rejected("personal_field", f"A rule does not write personal fields: {', '.join(personal)}.")
    deal = _deal(event, batch)
    present = {code: change.value for code, change in deal.fields.items() if change.sealed is None}
    given = event.fields | added(known.fields, event.add or {}, present)
    users = users_named(known.fields, given)
    return ChangeFields(changes(known.fields, given, present, deal.direction, users, None))


def _deal(event: DealFieldsRequested | DealLinesRequested, batch: Batch) -> Deal:
    state = batch.standings[event.deal_id].state
    if isinstance(state, NoDeal):
        raise Rejected("no_deal", "There is no such deal.")
    return state.deal


def _opening(event: DealOpeningRequested, batch: Batch, known: Known) -> OpenDeal:
    if event.customer_id in known.erased:
        raise Rejected("no_key", "The customer is erased: nothing can be written about this person.")
    lead = known.leads.get(event.lead_id) if event.lead_id else None
    before = batch.standings[event.previous_deal_id].state if event.previous_deal_id else NoDeal()
    deal = None if isinstance(before, NoDeal) else before.deal
    currency = event.currency or (deal.value.currency if deal else known.currency)
    return OpenDeal(
        deal_of(event),
        event.customer_id,
        known.numbers[event.request_id],
        event.pipeline,
        money(CENT * 0 if event.amount is None else event.amount, currency),
        stage=event.stage,
        lead_id=event.lead_id,
        deal_type=event.deal_type,
        manager_id=event.manager_id or (deal.manager_id if deal else lead["manager_id"] if lead else None),
        direction=deal.direction if deal else lead["direction"] if lead else None,
        previous_deal_id=event.previous_deal_id if deal else None,
        organisation_id=deal.organisation_id if deal else None,
    )
