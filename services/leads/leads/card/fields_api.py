"""Custom fields by HTTP: what there are, defining and retiring them."""

from datetime import UTC, datetime
from typing import Annotated, Self

import orjson
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.leads import FieldDefined, FieldKind, FieldOption, FieldOwner
from events.custom_fields import MOST_OPTIONS
from events.decider import Rejected
from events.store import Store
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from leads.card.commands import problem_of
from leads.card.definitions import Definitions, listed

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["favourite_colour"])]

_PERSONAL_KINDS = frozenset(("text", "link"))


class Option(BaseModel):
    """A choice. Its code stands in values for ever; a retired one is not chosen any more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    title: str = Field(min_length=1, max_length=200)
    retired: bool = False


class DefineField(BaseModel):
    """A field, whole: what is left out has its default. The kind and ``personal`` of a field never change."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "choice", "title": "Colour", "options": [{"code": "red", "title": "Red"}]}]
        },
    )

    kind: FieldKind
    title: str = Field(min_length=1, max_length=200)
    description: str | None = Field(None, max_length=2_000)
    options: list[Option] = Field(
        [], max_length=MOST_OPTIONS, description="Of choices. Those left out later are kept as retired."
    )
    required: bool = Field(False, description="Cannot be cleared, and is named as missing while it is empty.")
    personal: bool | None = Field(
        None, description="Sealed, and unknown to reports. Empty: true for text and link of customers and leads."
    )
    directions: list[str] = Field([], max_length=100, description="Lines of business that have it; empty: all.")

    def event(self, subject: FieldOwner, code: str) -> FieldDefined:
        """The definition as it is told."""
        by_kind = self.kind in _PERSONAL_KINDS and subject != "organisation"
        return FieldDefined(
            subject=subject,
            code=code,
            kind=self.kind,
            title=self.title,
            description=self.description,
            options=tuple(FieldOption(**option.model_dump()) for option in self.options),
            required=self.required,
            personal=by_kind if self.personal is None else self.personal,
            directions=tuple(self.directions),
        )


class FieldCard(BaseModel):
    """A field as it is defined."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: FieldOwner
    code: str
    version: int = Field(description="For `If-Match`.")
    kind: FieldKind
    title: str
    description: str | None = None
    options: list[Option] = []
    required: bool
    personal: bool
    directions: list[str]
    retired: bool = False

    @classmethod
    def of(cls, definition: FieldDefined, version: int, retired: bool = False) -> Self:
        """The field of an event."""
        return cls.model_validate({**definition.model_dump(), "version": version, "retired": retired})


def router(store: Store) -> APIRouter:
    """``/fields``."""
    routes = APIRouter(prefix="/fields", tags=["Custom fields"])
    commands = Definitions(store)
    writes = [Depends(require("fields:write"))]

    @routes.get("", dependencies=[Depends(require("leads:read"))], summary="List custom fields")
    async def list_fields(subject: FieldOwner | None = None, retired: bool = False) -> list[FieldCard]:
        return [
            FieldCard.model_validate(
                {**orjson.loads(row["definition"]), "version": row["version"], "retired": row["retired"]}
            )
            for row in await listed(store.pool, subject, retired)
        ]

    @routes.put("/{subject}/{code}", dependencies=writes, summary="Define a field, or change its definition")
    async def define_field(
        subject: FieldOwner,
        code: Code,
        body: DefineField,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> FieldCard:
        try:
            definition, version = await commands.define(
                body.event(subject, code), cause_of_call(principal), datetime.now(UTC), expected_version(if_match)
            )
        except Rejected as rejected:
            raise problem_of(rejected) from None
        response.headers["ETag"] = f'"{version}"'
        return FieldCard.of(definition, version)

    @routes.delete("/{subject}/{code}", status_code=204, dependencies=writes, summary="Retire a field; its values stay")
    async def retire_field(subject: FieldOwner, code: Code, principal: CurrentPrincipal) -> None:
        await commands.retire(subject, code, cause_of_call(principal), datetime.now(UTC))

    return routes
