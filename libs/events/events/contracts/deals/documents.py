"""Documents: made from templates or uploaded, given out by links, and every time somebody read one.

A document keeps its number through its versions. Its bytes are not in the log: they are stored under ``object_id``,
sealed by the customer's key. ``sha256`` (64 hex digits) and ``size`` are those of the document itself.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.cause import Cause
from events.event import Event
from events.sealed import Sealed

DocumentKind = Literal["offer", "invoice", "contract", "act", "other"]
Language = Literal["ru", "en"]


class DocumentRequested(Event):
    """A version of a document is to be made. Without ``template`` by the form of its kind that is built in.

    ``number`` is the invoice's for the document of an invoice. ``note`` stands in the document as it is. The seller's
    requisites are those of ``firm_version``. ``due_on`` is the last day to pay, or on which an offer holds.
    """

    type: ClassVar[str] = "document.requested.v1"

    document_id: UUID
    customer_id: UUID
    deal_id: UUID
    kind: DocumentKind
    number: str
    version: int
    template: str | None = None
    template_version: int | None = None
    language: Language
    confidentiality: str
    firm_version: int
    issued_on: date
    due_on: date | None = None
    organisation_id: UUID | None = None
    invoice_id: UUID | None = None
    note: Sealed[str] | None = None
    cause: Cause | None = None


class DocumentGenerated(Event):
    """The version is made and stored."""

    type: ClassVar[str] = "document.generated.v1"

    document_id: UUID
    customer_id: UUID
    deal_id: UUID
    kind: DocumentKind
    number: str
    version: int
    template: str | None = None
    template_version: int | None = None
    object_id: UUID
    media_type: str
    size: int
    sha256: str
    confidentiality: str
    cause: Cause | None = None


class DocumentFailed(Event):
    """The version was not made. ``reason`` is a code; ``missing`` are the template's variables that have no value."""

    type: ClassVar[str] = "document.failed.v1"

    document_id: UUID
    customer_id: UUID
    version: int
    reason: str
    missing: tuple[str, ...] = ()
    cause: Cause | None = None


class DocumentUploaded(Event):
    """A document made elsewhere was stored: a signed scan, a contract of the customer. ``number`` is its own."""

    type: ClassVar[str] = "document.uploaded.v1"

    document_id: UUID
    customer_id: UUID
    deal_id: UUID | None = None
    kind: DocumentKind
    number: str | None = None
    title: Sealed[str] | None = None
    object_id: UUID
    media_type: str
    size: int
    sha256: str
    confidentiality: str


class DocumentReclassified(Event):
    """Others than before may see the document."""

    type: ClassVar[str] = "document.reclassified.v1"

    document_id: UUID
    customer_id: UUID
    confidentiality: str
    previous_confidentiality: str


class DocumentLinkMade(Event):
    """Somebody made a link by which a version is read without a login, until a moment."""

    type: ClassVar[str] = "document_link.made.v1"

    link_id: UUID
    document_id: UUID
    customer_id: UUID
    version: int
    until: datetime


class DocumentLinkRevoked(Event):
    """The link does not work any more."""

    type: ClassVar[str] = "document_link.revoked.v1"

    link_id: UUID
    document_id: UUID
    customer_id: UUID


class DocumentDownloaded(Event):
    """Somebody read a version: the envelope's actor, or whoever had the link."""

    type: ClassVar[str] = "document.downloaded.v1"

    download_id: UUID
    document_id: UUID
    customer_id: UUID
    version: int
    link_id: UUID | None = None


class DocumentTemplatePublished(Event):
    """A template was uploaded, or its next version. Versions count from 1; ``required`` must have values."""

    type: ClassVar[str] = "document_template.published.v1"

    code: str
    version: int
    kind: DocumentKind
    title: str
    language: Language
    size: int
    sha256: str
    variables: tuple[str, ...]
    required: tuple[str, ...]


class DocumentTemplateRetired(Event):
    """Nothing is made by this template any more, until another version is published."""

    type: ClassVar[str] = "document_template.retired.v1"

    code: str


class Signatory(BaseModel):
    """Who signs for the firm: ``position`` and ``basis`` (charter, power of attorney) as they stand in a contract."""

    model_config = ConfigDict(frozen=True)

    name: str
    position: str | None = None
    basis: str | None = None


class FirmRequisites(BaseModel):
    """Our own requisites, digits only. Abroad most of them are empty."""

    model_config = ConfigDict(frozen=True)

    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    bik: str | None = None
    account: str | None = None
    correspondent_account: str | None = None
    bank: str | None = None
    address: str | None = None


class FirmChanged(Event):
    """What our documents say of us from now on: all of it."""

    type: ClassVar[str] = "firm.changed.v1"

    name: str
    full_name: str | None = None
    requisites: FirmRequisites
    phone: str | None = None
    email: str | None = None
    site: str | None = None
    director: Signatory | None = None
    accountant: str | None = None
    untaxed_because: str | None = None
