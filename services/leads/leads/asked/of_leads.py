"""Leads while a batch of requests is worked on: judged, given to a manager, their fields filled in, as people do it.

Each request sees what those before it did. The rules are those of ``leads.domain``; a check-list whose answers are
required is not filled in by a rule, so it refuses.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, cast, get_args
from uuid import UUID

import asyncpg
from events.contracts.automation import LeadAssignmentRequested, LeadFieldsRequested, LeadJudgementRequested
from events.contracts.leads import LeadAssigned, LeadFieldsChanged, Temperature
from events.custom_fields import added, changes, users_named
from events.decider import Rejected
from events.event import Event
from events.privacy import Keyring
from events.sqlfile import sql
from events.store import Append, Cause, Connection, load

from leads.capture import SQL
from leads.card.definitions import definitions, known_users
from leads.card.lead_fields import values_of
from leads.card.opened import Opener
from leads.card.tables import write_values
from leads.commands import save
from leads.domain import decider
from leads.lead import Assign, Command, Disqualify, Qualify, Reopen
from leads.managers import had_turn, is_active
from leads.routing.processing_lists import ProcessingLists, read_lists

OnLead = LeadJudgementRequested | LeadAssignmentRequested | LeadFieldsRequested
SERVICE: Final = "leads"
_LEAD: Final = "SELECT id, customer_id, direction, version FROM leads WHERE id = $1 FOR UPDATE"
_LOCK: Final = "SELECT FROM leads WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
_CUSTOMERS: Final = "SELECT id, customer_id FROM leads WHERE id = ANY($1::uuid[])"


async def customers_of(connection: Connection, lead_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Whose leads these are, of those that there are."""
    rows = await connection.fetch(_CUSTOMERS, list(lead_ids)) if lead_ids else []
    return {row["id"]: row["customer_id"] for row in rows}


class AskedLeads:
    """``reasons``: why a lead may be disqualified, until a list is set; ``now`` is when everything happens."""

    def __init__(self, keyring: Keyring, reasons: Collection[str], now: datetime) -> None:
        self._keyring = keyring
        self._reasons = reasons
        self.now = now
        self._told: dict[UUID, list[Event]] = defaultdict(list)
        self._turns: set[str] = set()

    def heard(self, appends: Iterable[Append]) -> None:
        """What is to be appended to streams of leads besides, in this transaction."""
        for append in appends:
            self._told[append.stream_id] += append.events

    async def lock(self, connection: Connection, lead_ids: Collection[UUID]) -> None:
        """Locks them in the order of ids, after their cards: two transactions never wait for each other."""
        await connection.execute(_LOCK, list(lead_ids))

    async def note_turns(self, connection: Connection) -> None:
        """Notes who got a lead, when all is decided: managers are locked last, as everybody does it."""
        for manager_id in sorted(self._turns):
            await had_turn(connection, manager_id, self.now)

    async def take(self, connection: Connection, event: OnLead, cause: Cause) -> list[Append]:
        """What is to be appended, whose rows are written; nothing where it is so already. Raises ``Rejected``."""
        lead_id = event.lead_id
        row = await connection.fetchrow(_LEAD, lead_id)
        if row is None:
            raise Rejected("no_lead", "There is no such lead.")
        history = [entry.event for entry in await load(connection, SERVICE, lead_id)] + self._told[lead_id]
        if isinstance(event, LeadFieldsRequested):
            said = await self._filled_in(connection, row, event, history)
        else:
            said = await self._decided(connection, row, event, history)
        if not said:
            return []
        caused = [one.model_copy(update={"cause": event.cause}) for one in said]
        made = Append(lead_id, row["version"], caused, cause, self.now)
        self.heard([made])
        return [made]

    async def _decided(
        self,
        connection: Connection,
        row: asyncpg.Record,
        event: LeadJudgementRequested | LeadAssignmentRequested,
        history: Sequence[Event],
    ) -> Sequence[Event]:
        lists = await read_lists(connection, self._reasons)
        rules = decider(lists.reasons, lists.return_reasons, lists.categories)
        state = rules.fold(history)
        said = rules.decide(await _command(connection, row, event, lists), state)
        if said:
            await save(connection, row["id"], row["version"] + len(said), rules.fold(said, state), self.now)
        self._turns |= {one.manager_id for one in said if isinstance(one, LeadAssigned)}
        return said

    async def _filled_in(
        self, connection: Connection, row: asyncpg.Record, event: LeadFieldsRequested, history: Sequence[Event]
    ) -> Sequence[Event]:
        customer_id = row["customer_id"]
        keys = await self._keyring.read(connection, [customer_id])
        if customer_id not in keys:
            raise Rejected("erased", "The customer is erased: nothing can be written about this person.")
        defined = await definitions(connection, "lead")
        present = Opener(keys).values(values_of(history))
        given = event.fields | added(defined, event.add or {}, present)
        users = await known_users(connection, users_named(defined, given))
        changed = changes(defined, given, present, row["direction"], users, keys[customer_id].seal_json)
        if not changed:
            return ()
        await connection.execute("UPDATE leads SET version = version + 1 WHERE id = $1", row["id"])
        await write_values(connection, "lead", [(row["id"], change) for change in changed])
        return (LeadFieldsChanged(lead_id=row["id"], customer_id=customer_id, changes=changed),)


async def _command(
    connection: Connection,
    row: asyncpg.Record,
    event: LeadJudgementRequested | LeadAssignmentRequested,
    lists: ProcessingLists,
) -> Command:
    if isinstance(event, LeadAssignmentRequested):
        if not await is_active(connection, event.manager_id):
            raise Rejected("unknown_manager", f"There is no active manager {event.manager_id}.")
        return Assign(event.manager_id, "rule", f"The rule {event.cause.rule} asked for it.")
    match event.judgement:
        case "qualified":
            if event.temperature not in get_args(Temperature):
                raise Rejected("unknown_temperature", "A lead is cold, warm or hot.")
            if lists.checklist.faults({}, row["direction"]):
                raise Rejected("checklist", "The check-list has questions that somebody must answer.")
            return Qualify(cast(Temperature, event.temperature), event.category)
        case "disqualified":
            return Disqualify(event.reason or "")
        case "reopened":
            if await connection.fetchval(sql("other_open_lead", SQL), row["id"], row["customer_id"]):
                raise Rejected("open_lead", "The customer has another open lead.")
            return Reopen()
