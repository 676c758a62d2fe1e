"""Companies of other CRMs become organisations, once; whoever acts for them there is attached, once both are here.

What was registered is ours from then on: later changes there do not overwrite what our people write.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contracts.leads import CustomerErased, OrganisationPersonAttached, Requisites
from events.envelope import Received
from events.event import Event
from events.privacy import Keyring
from events.sealed import Sealed
from events.sqlfile import sql
from events.store import Append, Cause, Conflict, Connection

from leads.channels.base import Company, Membership
from leads.moving.deals import SQL
from leads.moving.told import CompanyTold
from leads.organisations.domain import (
    EMPTY,
    MOST_PERSONS,
    Attach,
    Command,
    Organisation,
    Person,
    Register,
    decider,
)

MOST_OF_NAME = 200


@dataclass
class _Draft:
    """An organisation while a batch is decided."""

    id: UUID
    version: int
    state: Organisation
    events: list[Event] = field(default_factory=list)
    stamps: list[tuple[Cause, datetime]] = field(default_factory=list)

    def decide(self, command: Command, cause: Cause, at: datetime) -> None:
        rules = decider(self.id)
        events = rules.decide(command, self.state)
        self.state = rules.fold(events, self.state)
        self.events += events
        self.stamps += [(cause, at)] * len(events)

    def append(self) -> Append:
        cause, at = self.stamps[0]
        return Append(self.id, self.version, self.events, cause, at, stamps=self.stamps if len(self.stamps) > 1 else ())


@dataclass(frozen=True)
class CompanyRecorder:
    """Works in the transaction that captures the requests of the companies' people."""

    keyring: Keyring

    async def __call__(self, connection: Connection, told: Sequence[CompanyTold]) -> list[Append]:
        """Registers what is new, attaches who is not yet; the caller appends."""
        await self._keep_members(connection, told)
        causes: dict[UUID, CompanyTold] = {}
        companies: dict[UUID, tuple[CompanyTold, Company]] = {}
        for one in told:
            for their_id in _companies(one):
                causes[one.id_of("organisation", their_id)] = one
            if isinstance(one.fact, Company):
                companies[one.id_of("organisation", one.fact.company_id)] = (one, one.fact)
        drafts = await _drafts(connection, list(causes))
        for id_, (one, company) in companies.items():
            if drafts[id_].version == 0:
                drafts[id_].decide(
                    _register(company, one.direction), one.cause, min(company.occurred_at, one.received_at)
                )
        here = [id_ for id_, draft in drafts.items() if draft.state.name]
        for row in await connection.fetch(sql("members_waiting", SQL), here):
            draft, one = drafts[row["organisation_id"]], causes[row["organisation_id"]]
            if row["customer_id"] not in draft.state.persons and len(draft.state.persons) < MOST_PERSONS:
                person = Person(row["customer_id"], Sealed(row["role"]))
                draft.decide(Attach(person, so_already=False), one.cause, min(row["since"], one.received_at))
        changed = [draft for draft in drafts.values() if draft.events]
        await _save(connection, changed)
        return [draft.append() for draft in changed]

    async def _keep_members(self, connection: Connection, told: Sequence[CompanyTold]) -> None:
        members = [(one, one.fact) for one in told if isinstance(one.fact, Membership)]
        touches = [one.touch_id(fact.request_id) for one, fact in members]
        found = await connection.fetch(sql("touches_read", SQL), touches) if touches else []
        customers: dict[UUID, UUID] = {row["touch_id"]: row["customer_id"] for row in found}
        keys = await self.keyring.read(connection, set(customers.values()))
        rows: dict[tuple[UUID, UUID], tuple[Any, ...]] = {}
        for (one, fact), touch in zip(members, touches, strict=True):
            customer = customers.get(touch)
            if customer is not None and (key := keys.get(customer)) is not None:
                for their_id in fact.company_ids:
                    ids = one.id_of("organisation", their_id), customer
                    rows[ids] = (*ids, key.seal(fact.role[:MOST_OF_NAME]), fact.occurred_at)
        if rows:
            await connection.execute(sql("members_keep", SQL), *zip(*rows.values(), strict=True))


async def forget(connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
    """The reaction to the own log: for whom erased customers acted in another CRM."""
    erased = [record.stream_id for record in records if record.type == CustomerErased.type]
    if erased:
        await connection.execute("DELETE FROM company_members WHERE customer_id = ANY($1::uuid[])", erased)
    return ()


def _companies(told: CompanyTold) -> Sequence[str]:
    return (told.fact.company_id,) if isinstance(told.fact, Company) else told.fact.company_ids


def _register(company: Company, direction: str | None) -> Register:
    return Register(company.name[:MOST_OF_NAME], None, Requisites(), direction, company.manager_id)


async def _drafts(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, _Draft]:
    drafts = {id_: _Draft(id_, 0, EMPTY) for id_ in ids}
    for row in await connection.fetch(sql("organisations_lock", SQL), ids):
        persons = {customer: Person(customer, Sealed("")) for customer in row["persons"]}
        drafts[row["id"]] = _Draft(row["id"], row["version"], Organisation(row["name"], persons=persons))
    return drafts


async def _save(connection: Connection, drafts: Sequence[_Draft]) -> None:
    """Raises ``Conflict`` where another process has registered one of them meanwhile."""
    if not drafts:
        return
    rows = [
        (draft.id, draft.version, draft.version + len(draft.events), draft.state.name, draft.state.direction,
         draft.state.manager_id, draft.stamps[0][1])
        for draft in drafts
    ]  # fmt: skip
    if await connection.fetchval(sql("organisations_save", SQL), *zip(*rows, strict=True)) < len(drafts):
        raise Conflict
    attached = [
        (draft.id, event.customer_id, event.role)
        for draft in drafts
        for event in draft.events
        if isinstance(event, OrganisationPersonAttached)
    ]
    if attached:
        await connection.execute(sql("members_attach", SQL), *zip(*attached, strict=True))
