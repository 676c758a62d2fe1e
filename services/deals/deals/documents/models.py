"""Documents, their links, templates and the firm, as the API takes and gives them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from events.contracts.deals.documents import DocumentKind, FirmRequisites, Language, Signatory
from events.inputs import Day, Input
from events.requisites import faults_of
from pydantic import BaseModel, Field, StringConstraints, model_validator

from deals.inputs import Name, Words

State = Literal["requested", "generated", "failed", "uploaded"]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class NewDocument(Input):
    """A document to make of a deal: by the form of its kind, or by a template."""

    kind: DocumentKind = Field(examples=["offer"])
    template: Code | None = Field(None, description="A published template; empty: the form that is built in.")
    language: Language = Field("ru", description="Of the built-in form; a template has its own.")
    confidentiality: Code | None = Field(None, description="A class of the settings; empty: the default one.")
    issued_on: Day | None = Field(None, description="The date that stands on it; empty: today, or the invoice's.")
    due_on: Day | None = Field(None, description="The last day to pay, or on which an offer holds.")
    organisation_id: UUID | None = Field(None, description="The buyer; empty: the deal's, or the customer's.")
    invoice_id: UUID | None = Field(None, description="Needed for the kind `invoice`, and only there.")
    note: Words | None = Field(None, description="Stands in the document; kept sealed with the customer's key.")

    @model_validator(mode="after")
    def _invoice_of_its_kind(self) -> Self:
        if (self.kind == "invoice") != (self.invoice_id is not None):
            raise ValueError("the kind invoice needs an invoice_id, and no other kind has one")
        return self


class NextVersion(Input):
    """The document made again, of card, deal and firm as they are by now. What is left out stays."""

    issued_on: Day | None = None
    due_on: Day | None = None
    note: Words | None = None


class Reclassification(Input):
    """Another class of confidentiality."""

    confidentiality: Code = Field(examples=["finance"])


class NewLink(Input):
    """How long a link works, and for which version."""

    days: int = Field(7, ge=1, le=365)
    version: int | None = Field(None, ge=1, description="Empty: the last one.")


class VersionCard(BaseModel):
    """A version: what became of it. Size and SHA-256 are those of the file that is downloaded."""

    number: int
    state: State
    template: str | None
    template_version: int | None
    language: str | None
    issued_on: Day | None
    reason: str | None = Field(description="Why it was not made: a code.")
    missing: list[str] | None = Field(description="Variables of the template that have no value.")
    media_type: str | None
    size: int | None
    sha256: str | None
    asked_at: datetime
    ended_at: datetime | None


class DocumentCard(BaseModel):
    """A document as it stands; `latest` is its last version, whose state is the document's."""

    document_id: UUID
    version: int = Field(description="For `If-Match`.")
    customer_id: UUID
    deal_id: UUID | None
    kind: DocumentKind
    number: str | None
    confidentiality: str
    latest: int
    state: State
    is_erased: bool = Field(description="The customer is erased: nobody can read it any more.")
    created_at: datetime
    changed_at: datetime


class DocumentDetails(DocumentCard):
    """A document with its versions. The title of an uploaded one is missing where it cannot be read."""

    title: str | None = None
    versions: list[VersionCard]


class DocumentPage(BaseModel):
    """Documents, newest first; `next` is the cursor of the following page."""

    documents: list[DocumentCard]
    next: str | None = None


class LinkCard(BaseModel):
    """A link to a version, and until when it works."""

    link_id: UUID
    document_id: UUID
    number: int
    url: str | None = Field(description="Shown when it is made, and not again.")
    until: datetime
    made_by: str
    made_at: datetime
    revoked_at: datetime | None


class Download(BaseModel):
    """Somebody read a version: a person, or whoever had the link."""

    download_id: UUID
    number: int
    link_id: UUID | None
    actor: str
    at: datetime


class DownloadPage(BaseModel):
    """Readings, newest first; `next` is the cursor of the following page."""

    downloads: list[Download]
    next: str | None = None


class TemplateCard(BaseModel):
    """A template; `required` are the variables that must have a value, or the document fails and names them."""

    code: str
    version: int = Field(description="For `If-Match`.")
    published: int = Field(description="The version of the template itself.")
    kind: DocumentKind
    title: str
    language: Language
    size: int
    sha256: str
    variables: list[str]
    required: list[str]
    is_retired: bool
    changed_at: datetime


class Variables(BaseModel):
    """What a template may say, and the kinds for which a form is built in."""

    variables: list[str]
    built_in: list[DocumentKind]


_ABROAD: Final = re.compile(r"[0-9A-Z]{5,34}")
"""An account where there is no BIK, such as an IBAN."""


class Requisites(Input):
    """The firm's requisites. Abroad the Russian ones are left out, and the account may be an IBAN."""

    inn: Annotated[str, Field(max_length=12)] | None = None
    kpp: Annotated[str, Field(max_length=9)] | None = None
    ogrn: Annotated[str, Field(max_length=15)] | None = None
    bik: Annotated[str, Field(max_length=9)] | None = None
    account: Annotated[str, Field(max_length=34)] | None = None
    correspondent_account: Annotated[str, Field(max_length=20)] | None = None
    bank: Line | None = None
    address: Line | None = None

    @model_validator(mode="after")
    def _well_formed(self) -> Self:
        told = self.model_dump()
        if self.bik is None and self.account is not None and _ABROAD.fullmatch(self.account):
            told["account"] = None
        faults = faults_of(told)
        if faults:
            raise ValueError("; ".join(f"{name} {fault}" for name, fault in faults.items()))
        return self


class Director(Input):
    """Who signs."""

    name: Name
    position: Name | None = None
    basis: Line | None = Field(None, examples=["Устава"])


class FirmBody(Input):
    """What documents say of us."""

    name: Line
    full_name: Line | None = None
    requisites: Requisites
    phone: Name | None = None
    email: Name | None = None
    site: Name | None = None
    director: Director | None = None
    accountant: Name | None = None
    untaxed_because: Line | None = Field(None, examples=["применяется упрощённая система налогообложения"])


class FirmCard(BaseModel):
    """The firm as documents name it from now on."""

    version: int
    name: str
    full_name: str | None
    requisites: FirmRequisites
    phone: str | None
    email: str | None
    site: str | None
    director: Signatory | None
    accountant: str | None
    untaxed_because: str | None
