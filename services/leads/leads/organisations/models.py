"""Organisations by HTTP: what may be written, and what is shown."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from events.contracts.leads import Requisites
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from leads.card.models import Body, Line, ManagerId

Digits = Annotated[str, Field(max_length=40)]
Name = Annotated[Line, Field(max_length=200)]
Tag = Annotated[str, Field(max_length=200)]


class GivenRequisites(Body):
    """Requisites as typed; blanks are left out. Control digits must be right, an account is checked with its BIK."""

    inn: Digits | None = Field(None, examples=["7707083893"])
    kpp: Digits | None = Field(None, examples=["773601001"])
    ogrn: Digits | None = Field(None, examples=["1027700132195"])
    bik: Digits | None = Field(None, examples=["044525225"])
    account: Digits | None = Field(None, examples=["40702810938000000001"])
    correspondent_account: Digits | None = Field(None, examples=["30101810400000000225"])
    bank: Line | None = None
    address: Annotated[Line, Field(max_length=500)] | None = None


class NewOrganisation(Body):
    """An organisation. No two have the same INN and KPP."""

    name: Name = Field(examples=["ООО Ромашка"])
    full_name: Annotated[Line, Field(max_length=500)] | None = None
    requisites: GivenRequisites = GivenRequisites()
    direction: str | None = Field(None, max_length=100, description="Line of business; empty: seen by everybody.")
    manager_id: ManagerId | None = Field(None, description="Who answers for it.")
    fields: dict[str, Any] = Field(default_factory=dict, max_length=200, description="Custom fields by code.")
    tags: list[Tag] = Field([], max_length=100)


class EditOrganisation(Body):
    """What is to change; what is left out stays, null clears."""

    name: Name | None = None
    full_name: Annotated[Line, Field(max_length=500)] | None = None
    requisites: GivenRequisites = Field(GivenRequisites(), description="Those left out stay.")
    fields: dict[str, Any] = Field(default_factory=dict, max_length=200)


class AttachPerson(Body):
    """How a person acts for the organisation, whole: what was said before does not count any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "Director", "since": "2024-01-15"}]})

    role: Line = Field(description="Sealed with the customer's key.")
    since: date | None = None
    until: date | None = Field(None, description="The last day; a former person stays in the list.")
    is_primary: bool = Field(False, description="Who is spoken with first; there is one.")


class Responsible(Body):
    """Who is to answer for the organisation."""

    manager_id: ManagerId | None = Field(description="Null: nobody.")
    reason: str = Field(max_length=50, description="From the list of the service's settings.", examples=["load"])


class PersonPart(BaseModel):
    """A person of the organisation. Names and roles are shown to those who may see customers."""

    customer_id: UUID
    name: str | None
    role: str | None
    since: date | None
    until: date | None
    is_primary: bool


class OrganisationLine(BaseModel):
    """An organisation in a list."""

    organisation_id: UUID
    version: int = Field(description="For `If-Match`.")
    name: str
    direction: str | None
    manager_id: str | None
    inn: str | None
    kpp: str | None
    created_at: datetime


class OrganisationPage(BaseModel):
    """Organisations, newest first; `next` is the cursor of the next page, empty on the last."""

    organisations: list[OrganisationLine]
    next: str | None


class OrganisationCard(BaseModel):
    """An organisation as it stands."""

    organisation_id: UUID
    version: int = Field(description="For `If-Match`.")
    name: str
    full_name: str | None
    requisites: Requisites
    direction: str | None
    manager_id: str | None
    fields: dict[str, JsonValue]
    missing_fields: list[str] = Field(description="Required fields that are empty.")
    tags: list[str]
    persons: list[PersonPart]


class LookUp(Body):
    """What to look up: an INN (of a branch: with its KPP), or a BIK."""

    inn: Digits | None = Field(None, examples=["7707083893"])
    kpp: Digits | None = None
    bik: Digits | None = Field(None, examples=["044525225"])

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.inn is None) == (self.bik is None):
            raise ValueError("give an inn or a bik")
        return self


class FoundCompany(BaseModel):
    """What the register says, and our organisation of that INN and KPP where there is one."""

    name: str
    full_name: str | None
    inn: str
    kpp: str | None
    ogrn: str | None
    address: str | None
    director: str | None
    state: str | None = Field(description="ACTIVE, LIQUIDATING, LIQUIDATED, BANKRUPT, REORGANIZING.")
    organisation_id: UUID | None


class FoundBank(BaseModel):
    """What the register says of a bank."""

    name: str
    bik: str
    correspondent_account: str | None
    city: str | None
    state: str | None


class Found(BaseModel):
    """What was found: nothing, where both are empty."""

    companies: list[FoundCompany]
    bank: FoundBank | None
