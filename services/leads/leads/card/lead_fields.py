"""Custom fields of a lead: read and written by HTTP, with the lead's own version."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from events import disclosure
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.leads import LeadFieldsChanged
from events.custom_fields import changes, missing, users_named
from events.decider import Rejected
from events.event import Event, decode
from events.privacy import Keyring
from events.problems import NotFound, StaleVersion
from events.store import Append, Connection, Store, append_one
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field, JsonValue

from leads.card.commands import problem_of
from leads.card.definitions import definitions, known_users
from leads.card.models import Body
from leads.card.opened import Opener
from leads.card.said import Held
from leads.card.state import with_changes
from leads.card.tables import write_values

_EVENTS = "SELECT type, data FROM events WHERE stream_id = $1 AND type = $2 ORDER BY version"
_LEAD = "SELECT id, customer_id, direction, version FROM leads WHERE id = $1"


class EditLeadFields(Body):
    """New values by code; null clears one."""

    fields: dict[str, Any] = Field(min_length=1, max_length=200, examples=[{"rooms": 3}])


class LeadFields(BaseModel):
    """The custom fields of a lead."""

    lead_id: UUID
    version: int = Field(description="The lead's, for `If-Match`.")
    fields: dict[str, JsonValue]
    missing_fields: list[str] = Field(description="Required fields that are empty.")


def router(store: Store, keyring: Keyring) -> APIRouter:
    """``/leads/{lead_id}/fields``."""
    routes = APIRouter(prefix="/leads/{lead_id}/fields", tags=["Custom fields"])

    @routes.get("", dependencies=[Depends(require("leads:read"))], summary="Read the custom fields of a lead")
    async def read_fields(lead_id: UUID, principal: CurrentPrincipal, response: Response) -> LeadFields:
        async with store.pool.acquire() as connection:
            return _tagged(await _read(connection, keyring, lead_id, principal), response)

    @routes.patch("", dependencies=[Depends(require("leads:write"))], summary="Fill in custom fields of a lead")
    async def edit_fields(
        lead_id: UUID,
        body: EditLeadFields,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> LeadFields:
        try:
            await _edit(store, keyring, lead_id, body.fields, principal, expected_version(if_match))
        except Rejected as rejected:
            raise problem_of(rejected) from None
        async with store.pool.acquire() as connection:
            return _tagged(await _read(connection, keyring, lead_id, principal), response)

    return routes


async def _edit(
    store: Store, keyring: Keyring, lead_id: UUID, given: Mapping[str, Any], principal: Principal, expected: int | None
) -> None:
    async with store.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(f"{_LEAD} FOR UPDATE", lead_id)
        if row is None or not principal.sees(row["direction"]):
            raise NotFound("There is no such lead.")
        if expected is not None and expected != row["version"]:
            raise StaleVersion(f"The lead is at version {row['version']}.")
        customer_id = row["customer_id"]
        keys = await keyring.read(connection, [customer_id])
        if customer_id not in keys:
            raise Rejected("erased", "The customer is erased: nothing can be written about this person.")
        defined = await definitions(connection, "lead")
        present = Opener(keys).values(await _values(connection, lead_id))
        users = await known_users(connection, users_named(defined, given))
        changed = changes(defined, given, present, row["direction"], users, keys[customer_id].seal_json)
        if not changed:
            return
        await connection.execute("UPDATE leads SET version = version + 1 WHERE id = $1", lead_id)
        await write_values(connection, "lead", [(lead_id, change) for change in changed])
        event = LeadFieldsChanged(lead_id=lead_id, customer_id=customer_id, changes=changed)
        decision = Append(lead_id, row["version"], (event,), cause_of_call(principal), datetime.now(UTC))
        appended = await append_one(connection, decision)
    store.count([decision], [appended])


def values_of(history: Iterable[Event]) -> dict[str, Any]:
    """The values that the events of a lead leave, sealed where they are personal."""
    held: dict[str, tuple[Held, ...]] = {}
    for event in history:
        if isinstance(event, LeadFieldsChanged):
            held = with_changes(held, event.changes, event.customer_id)
    return {code: one[-1].value for code, one in held.items()}


async def _values(connection: Connection, lead_id: UUID) -> dict[str, Any]:
    rows = await connection.fetch(_EVENTS, lead_id, LeadFieldsChanged.type)
    return values_of(decode(row["type"], row["data"].encode()) for row in rows)


@disclosure.shown
async def _read(connection: Connection, keyring: Keyring, lead_id: UUID, principal: Principal) -> LeadFields:
    row = await connection.fetchrow(_LEAD, lead_id)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such lead.")
    keys = await keyring.read(connection, [row["customer_id"]])
    values = Opener(keys).values(await _values(connection, lead_id))
    defined = await definitions(connection, "lead")
    return LeadFields(
        lead_id=lead_id,
        version=row["version"],
        fields=values,
        missing_fields=missing(defined, values.keys(), row["direction"]),
    )


def _tagged(fields: LeadFields, response: Response) -> LeadFields:
    response.headers["ETag"] = f'"{fields.version}"'
    return fields
