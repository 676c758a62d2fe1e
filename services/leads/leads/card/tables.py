"""The tables that follow from events of cards, written in the transaction that appends: one statement for each kind."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import orjson
from events.contracts.leads import (
    CustomerBlacklisted,
    CustomerBlacklistLifted,
    CustomerConsentGiven,
    CustomerConsentWithdrawn,
    CustomerContactAdded,
    CustomerContactRemoved,
    CustomerDetailsChanged,
    CustomerFieldsChanged,
    CustomerResponsibleChanged,
    CustomerTagged,
    CustomerUntagged,
    FieldChange,
    FieldOwner,
)
from events.event import Event
from events.sqlfile import sql
from events.store import Connection

from leads.card.locked import SQL

E = TypeVar("E", bound=Event)


async def write_customers(
    connection: Connection, versions: Mapping[UUID, int], events: Sequence[Event], now: datetime
) -> None:
    """Brings the rows of customers up to these events; ``versions`` are those of their streams from now on.

    Not the blind indexes of contacts: whose they are is settled before the decision.
    """
    await connection.execute(sql("card_versions", SQL), list(versions), list(versions.values()))
    if responsible := _of(events, CustomerResponsibleChanged):
        await connection.execute(
            sql("card_responsible", SQL), [e.customer_id for e in responsible], [e.manager_id for e in responsible]
        )
    await _names(connection, _of(events, CustomerDetailsChanged))
    await _contacts(connection, events)
    await write_tags(
        connection,
        "customer",
        [(e.customer_id, tag) for e in _of(events, CustomerTagged) for tag in e.tags],
        [(e.customer_id, tag) for e in _of(events, CustomerUntagged) for tag in e.tags],
    )
    fields = _of(events, CustomerFieldsChanged)
    await write_values(connection, "customer", [(e.customer_id, change) for e in fields for change in e.changes])
    listed = [(e.customer_id, True) for e in _of(events, CustomerBlacklisted)]
    listed += [(e.customer_id, False) for e in _of(events, CustomerBlacklistLifted)]
    if listed:
        await connection.execute(sql("black_list_set", SQL), *map(list, zip(*listed, strict=True)), now)
    await write_consents(connection, events)


async def write_consents(connection: Connection, events: Sequence[Event]) -> None:
    """Keeps what these events say on consent."""
    words = [
        (event.customer_id, event.purpose, event.channel or "", event.at, isinstance(event, CustomerConsentGiven))
        for event in events
        if isinstance(event, CustomerConsentGiven | CustomerConsentWithdrawn)
    ]
    if words:
        await connection.execute(sql("consents_add", SQL), *map(list, zip(*words, strict=True)))


async def write_tags(
    connection: Connection, owner: FieldOwner, added: Sequence[tuple[UUID, str]], removed: Sequence[tuple[UUID, str]]
) -> None:
    """Puts tags on cards and takes them off."""
    if added:
        await connection.execute(sql("tags_add", SQL), owner, *map(list, zip(*added, strict=True)))
    if removed:
        await connection.execute(sql("tags_remove", SQL), *map(list, zip(*removed, strict=True)))


async def write_values(connection: Connection, owner: FieldOwner, changes: Sequence[tuple[UUID, FieldChange]]) -> None:
    """Writes values of fields that are not personal; one that was cleared goes."""
    kept = [(card, c.field, orjson.dumps(c.value).decode()) for card, c in changes if c.value is not None]
    gone = [(card, c.field) for card, c in changes if c.value is None and c.sealed is None]
    if kept:
        await connection.execute(sql("values_set", SQL), owner, *map(list, zip(*kept, strict=True)))
    if gone:
        await connection.execute(sql("values_clear", SQL), *map(list, zip(*gone, strict=True)))


async def _names(connection: Connection, changed: Sequence[CustomerDetailsChanged]) -> None:
    names = [(e.customer_id, c.value) for e in changed for c in e.changes if c.detail == "name"]
    if names:
        await connection.execute(sql("card_names", SQL), *map(list, zip(*names, strict=True)))


async def _contacts(connection: Connection, events: Sequence[Event]) -> None:
    for added in _of(events, CustomerContactAdded):
        await connection.execute(
            sql("contact_add", SQL), added.customer_id, list(added.phones), list(added.emails), list(added.messengers)
        )
    for removed in _of(events, CustomerContactRemoved):
        await connection.execute(sql("contact_remove", SQL), removed.customer_id, removed.value)


def _of(events: Sequence[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]
