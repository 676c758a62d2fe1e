"""Organisations: what they are called, their requisites, and the persons who act for them."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.leads.card import FieldChange
from events.event import Event
from events.sealed import Sealed


class Requisites(BaseModel):
    """Requisites of a Russian organisation, digits only; all control digits are right."""

    model_config = ConfigDict(frozen=True)

    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    bik: str | None = None
    account: str | None = None
    correspondent_account: str | None = None
    bank: str | None = None
    address: str | None = None


class OrganisationRegistered(Event):
    """An organisation was entered."""

    type: ClassVar[str] = "organisation.registered.v1"

    organisation_id: UUID
    name: str
    full_name: str | None = None
    direction: str | None = None
    manager_id: str | None = None
    requisites: Requisites = Requisites()


class OrganisationChanged(Event):
    """Names or requisites changed: all of them, as they are from now on."""

    type: ClassVar[str] = "organisation.changed.v1"

    organisation_id: UUID
    name: str
    full_name: str | None = None
    requisites: Requisites = Requisites()


class OrganisationFieldsChanged(Event):
    """Custom fields of an organisation were filled in, changed or cleared; none of them is personal."""

    type: ClassVar[str] = "organisation.fields-changed.v1"

    organisation_id: UUID
    changes: tuple[FieldChange, ...]


class OrganisationTagged(Event):
    """Tags were put on an organisation."""

    type: ClassVar[str] = "organisation.tagged.v1"

    organisation_id: UUID
    tags: tuple[str, ...]


class OrganisationUntagged(Event):
    """Tags were taken off an organisation."""

    type: ClassVar[str] = "organisation.untagged.v1"

    organisation_id: UUID
    tags: tuple[str, ...]


class OrganisationResponsibleChanged(Event):
    """Another manager answers for the organisation; none: nobody."""

    type: ClassVar[str] = "organisation.responsible-changed.v1"

    organisation_id: UUID
    manager_id: str | None = None
    previous_manager_id: str | None = None
    reason: str
    handover_id: UUID | None = None


class OrganisationPersonAttached(Event):
    """A person acts for the organisation, or does so in another way than before: all that is known of it.

    ``role`` is sealed by the customer's key. The primary person is who is spoken with first; there is one.
    """

    type: ClassVar[str] = "organisation.person-attached.v1"

    organisation_id: UUID
    customer_id: UUID
    role: Sealed[str]
    since: date | None = None
    until: date | None = None
    is_primary: bool = False


class OrganisationPersonDetached(Event):
    """The person was attached by mistake: not a former one, who has an ``until``."""

    type: ClassVar[str] = "organisation.person-detached.v1"

    organisation_id: UUID
    customer_id: UUID
