"""What deals learns of customers when leads says something.

Runs in the transaction of the consumer's watermark: one statement a kind of fact, each guarded by the version of the
stream that told it. So what comes twice, late, or in another order of streams leaves the same rows. Nothing is opened
here: values stay sealed as they were told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from events.contracts.leads import (
    CustomerContactAdded,
    CustomerContactPreferred,
    CustomerContactRemoved,
    CustomerDetailsChanged,
    CustomerErased,
    CustomerRegistered,
    OrganisationChanged,
    OrganisationPersonAttached,
    OrganisationPersonDetached,
    OrganisationRegistered,
)
from events.contracts.leads.identity import CustomerMerged, CustomerSplit
from events.envelope import Received, Recorded
from events.sqlfile import sql
from events.store import Append, Connection

from deals.customers.cards import SQL

NAMES: Final = frozenset(("name", "first_name", "middle_name", "last_name"))
"""The details that deals has a use for."""

_KINDS: Final = {"phones": "phone", "emails": "email", "messengers": "messenger"}
_TOLD: Final = (
    CustomerRegistered,
    CustomerContactAdded,
    CustomerDetailsChanged,
    CustomerContactRemoved,
    CustomerContactPreferred,
    CustomerMerged,
    CustomerSplit,
    CustomerErased,
    OrganisationRegistered,
    OrganisationChanged,
    OrganisationPersonAttached,
    OrganisationPersonDetached,
)
_TYPES: Final = frozenset(event.type for event in _TOLD)

Row = tuple[object, ...]


async def react(connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
    """Writes what a batch tells of cards; there is nothing to append."""
    known = [record.recorded() for record in records if record.type in _TYPES]
    registered = [r.event for r in known if isinstance(r.event, CustomerRegistered)]
    await _write(connection, "customers_register", {e.customer_id: (e.customer_id, e.direction) for e in registered})
    await _write(connection, "customers_link", _last(known, _link))
    await _write(connection, "details_learn", _details(known))
    await _write(connection, "contacts_learn", _contacts(known))
    await _write(connection, "organisations_learn", _last(known, _organisation))
    await _write(connection, "persons_learn", _last(known, _person))
    erased = [(r.event.customer_id, r.occurred_at) for r in known if isinstance(r.event, CustomerErased)]
    await _write(connection, "cards_forget", {row[0]: row for row in erased})
    return ()


async def _write(connection: Connection, statement: str, rows: Mapping[Any, Row]) -> None:
    if rows:
        columns = map(list, zip(*rows.values(), strict=True))
        await connection.execute(sql(statement, SQL), *columns)


def _last(records: Sequence[Recorded], told: Callable[[Recorded], Sequence[tuple[object, Row]]]) -> dict[object, Row]:
    """The last row of each key: one statement may touch a row once. Records of a stream come in its order."""
    return {key: row for record in records for key, row in told(record)}


def _link(record: Recorded) -> Sequence[tuple[object, Row]]:
    match record.event:
        case CustomerMerged(customer_id=card, into_customer_id=into):
            return [(card, (card, into, record.version))]
        case CustomerSplit(customer_id=card):
            return [(card, (card, None, record.version))]
    return ()


def _details(records: Sequence[Recorded]) -> dict[object, Row]:
    rows: dict[object, Row] = {}
    for record in records:
        for card, detail, value, is_told in _detailed(record):
            before = rows.get((card, detail))
            if is_told and before and before[2] is not None:
                value, is_told = before[2], before[4]
            rows[card, detail] = (card, detail, value, record.version, is_told and not before)
    return rows


def _detailed(record: Recorded) -> Sequence[tuple[UUID, str, object, object]]:
    """(card, detail, value, is told): a name that a later request told does not replace one that is there."""
    event = record.event
    match event:
        case CustomerRegistered(name=str(name)):
            return [(event.customer_id, "name", name, False)]
        case CustomerContactAdded(name=str(name)):
            return [(event.customer_id, "name", name, True)]
        case CustomerDetailsChanged(customer_id=card, changes=changes):
            return [(card, change.detail, change.value, False) for change in changes if change.detail in NAMES]
    return ()


def _contacts(records: Sequence[Recorded]) -> dict[object, Row]:
    rows: dict[object, Row] = {}
    for record in records:
        for card, kind, value, said in _said(record):
            before = rows.get((card, value), (card, value, kind, 0, 0, 0))[3:]
            versions = [record.version if n == said else version for n, version in enumerate(before)]
            rows[card, value] = (card, value, kind, *versions)
    return rows


def _said(record: Recorded) -> Sequence[tuple[UUID, str, str, int]]:
    """(card, kind, value, which): 0 for a contact added, 1 for one removed, 2 for one preferred."""
    event = record.event
    match event:
        case CustomerRegistered() | CustomerContactAdded():
            return [(event.customer_id, kind, v, 0) for field, kind in _KINDS.items() for v in getattr(event, field)]
        case CustomerContactRemoved():
            return [(event.customer_id, event.kind, event.value, 1)]
        case CustomerContactPreferred():
            return [(event.customer_id, event.kind, event.value, 2)]
    return ()


def _organisation(record: Recorded) -> Sequence[tuple[object, Row]]:
    match record.event:
        case OrganisationRegistered() | OrganisationChanged() as event:
            requisites = event.requisites.model_dump_json(exclude_none=True)
            row = (event.organisation_id, record.version, event.name, event.full_name, requisites)
            return [(event.organisation_id, row)]
    return ()


def _person(record: Recorded) -> Sequence[tuple[object, Row]]:
    match record.event:
        case OrganisationPersonAttached() as event:
            told: Row = (True, event.role, event.since, event.until, event.is_primary)
        case OrganisationPersonDetached() as event:
            told = (False, None, None, None, False)
        case _:
            return ()
    key = (event.organisation_id, event.customer_id)
    return [(key, (*key, record.version, *told))]
