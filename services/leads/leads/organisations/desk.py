"""What stands behind the HTTP API of organisations: wishes made into commands, organisations as they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events import disclosure
from events.auth import Principal
from events.contracts.leads import FieldChange, Requisites
from events.custom_fields import changes, missing, users_named
from events.decider import Rejected
from events.privacy import Keyring
from events.problems import FieldError, Invalid
from events.requisites import WrongRequisites, checked
from events.store import Connection

from leads.card.definitions import definitions, known_users
from leads.card.domain import normal_tag
from leads.card.locked import read
from leads.card.opened import Opener
from leads.card.responsible import is_active
from leads.organisations import models
from leads.organisations.commands import Organisations, Prepare, Stored, check_unique
from leads.organisations.domain import Attach, Change, Command, MakeResponsible, Organisation, Person, Register, Retag

_NO_KEYS = Opener({})


@dataclass(frozen=True)
class OrganisationDesk:
    """Reads and commands on organisations, on behalf of a principal."""

    organisations: Organisations
    keyring: Keyring

    @disclosure.shown
    async def show(self, stored: Stored, principal: Principal) -> models.OrganisationCard:
        """The organisation as this principal may see it."""
        state = stored.state
        async with self.organisations.store.pool.acquire() as connection:
            persons = await self._persons(connection, state, principal)
            defined = await definitions(connection, "organisation")
        values = _NO_KEYS.values({code: held[-1].value for code, held in state.held.items()})
        return models.OrganisationCard(
            organisation_id=stored.organisation_id,
            version=stored.version,
            name=state.name,
            full_name=state.full_name,
            requisites=state.requisites,
            direction=state.direction,
            manager_id=state.manager_id,
            fields=values,
            missing_fields=missing(defined, values.keys(), state.direction),
            tags=sorted(state.tags),
            persons=persons,
        )

    async def _persons(
        self, connection: Connection, state: Organisation, principal: Principal
    ) -> list[models.PersonPart]:
        opens = "customers:read" in principal.permissions
        cards = await read(connection, self.keyring, list(state.persons)) if opens else {}
        found = []
        for person in state.persons.values():
            whole = cards.get(person.customer_id)
            seen = whole if whole is not None and whole.seen_by(principal) else None
            found.append(
                models.PersonPart(
                    customer_id=person.customer_id,
                    name=seen.opener.details(seen.card).get("name") if seen else None,
                    role=seen.opener.sealed(person.customer_id, person.role) if seen else None,
                    since=person.since,
                    until=person.until,
                    is_primary=person.is_primary,
                )
            )
        return sorted(found, key=lambda part: (not part.is_primary, part.until is not None, str(part.customer_id)))

    def registering(self, organisation_id: UUID, new: models.NewOrganisation) -> Prepare:
        """A new organisation; a second call with its id finds it."""
        requisites = right(Requisites(**new.requisites.model_dump()))
        tags = frozenset(map(normal_tag, new.tags))

        async def prepare(connection: Connection, state: Organisation) -> Command:
            await check_unique(connection, organisation_id, requisites)
            await _check_manager(connection, new.manager_id)
            changed = await _fields(connection, new.fields, {}, new.direction, whole=True)
            return Register(new.name, new.full_name, requisites, new.direction, new.manager_id, changed, tags)

        return prepare

    def changing(self, organisation_id: UUID, edit: models.EditOrganisation) -> Prepare:
        """What is set in the edit, over what stands there."""

        async def prepare(connection: Connection, state: Organisation) -> Command:
            given = edit.requisites.model_dump(exclude_unset=True)
            requisites = right(state.requisites.model_copy(update=given)) if given else state.requisites
            await check_unique(connection, organisation_id, requisites)
            present = _NO_KEYS.values({code: held[-1].value for code, held in state.held.items()})
            changed = await _fields(connection, edit.fields, present, state.direction)
            full_name = edit.full_name if "full_name" in edit.model_fields_set else state.full_name
            return Change(edit.name or state.name, full_name, requisites, changed)

        return prepare

    def attaching(self, customer_id: UUID, body: models.AttachPerson, principal: Principal) -> Prepare:
        """A person, by the card that the id now stands for."""

        async def prepare(connection: Connection, state: Organisation) -> Command:
            whole = (await read(connection, self.keyring, [customer_id])).get(customer_id)
            if whole is None or not whole.seen_by(principal):
                raise Rejected("unknown_customer", "There is no such customer.")
            known = [member for member in whole.members if member in state.persons]
            member = known[0] if known else whole.root
            key = whole.opener.keys.get(member)
            if key is None:
                raise Rejected("erased", "The customer is erased: nothing can be written about this person.")
            before = state.persons.get(member)
            person = Person(member, key.seal(body.role), body.since, body.until, body.is_primary)
            same = before is not None and (
                whole.opener.sealed(member, before.role),
                before.since,
                before.until,
                before.is_primary,
            ) == (body.role, body.since, body.until, body.is_primary)
            return Attach(person, same)

        return prepare


def retagging(add: Sequence[str], remove: Sequence[str]) -> Prepare:
    """Tags as typed."""
    put, take = frozenset(map(normal_tag, add)), frozenset(map(normal_tag, remove))

    async def prepare(connection: Connection, state: Organisation) -> Command:
        return Retag(put, take)

    return prepare


def making_responsible(manager_id: str | None, reason: str) -> Prepare:
    """Another manager, who must be active."""

    async def prepare(connection: Connection, state: Organisation) -> Command:
        await _check_manager(connection, manager_id)
        return MakeResponsible(manager_id, reason)

    return prepare


def right(given: Requisites) -> Requisites:
    """The requisites without blanks; raises ``Invalid`` with the place of every fault."""
    try:
        return checked(given)
    except WrongRequisites as wrong:
        faults = [FieldError(fault, f"#/requisites/{name}") for name, fault in wrong.faults.items()]
        raise Invalid("The requisites are wrong.", errors=faults, code="wrong_requisites") from None


async def _check_manager(connection: Connection, manager_id: str | None) -> None:
    if manager_id is not None and not await is_active(connection, manager_id):
        raise Invalid("There is no such active manager.", hint="rule: unknown_manager", code="unknown_manager")


async def _fields(
    connection: Connection,
    given: Mapping[str, Any],
    present: Mapping[str, Any],
    direction: str | None,
    *,
    whole: bool = False,
) -> tuple[FieldChange, ...]:
    """What changes; a ``whole`` organisation must have its required fields. Refuses as ``changes`` does."""
    if not given and not whole:
        return ()
    defined = await definitions(connection, "organisation")
    users = await known_users(connection, users_named(defined, given))
    lacking = missing(defined, {code for code, value in given.items() if value is not None}, direction)
    if whole and lacking:
        raise Rejected("required_field", f"Required fields are empty: {', '.join(lacking)}.")
    return changes(defined, given, present, direction, users, None)
