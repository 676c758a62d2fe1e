"""The HTTP API of custom fields of deals: defining and retiring them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

import orjson
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.deals import DealFieldDefined
from events.contracts.leads import FieldKind, FieldOption
from events.custom_fields import MOST_OPTIONS
from events.decider import Rejected
from events.inputs import Input
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from deals.deal.definitions import Definitions
from deals.deciding import problem_of_rejection
from deals.pipelines.pipeline import Title

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["delivery"])]

_PERSONAL_KINDS = frozenset(("text", "link"))


class Option(Input):
    """A choice. Its code stands in values for ever; a retired one is not chosen any more."""

    code: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    title: Title
    retired: bool = False


class DefineField(Input):
    """A field, whole: what is left out has its default. The kind and ``personal`` of a field never change."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "choice", "title": "Delivery", "options": [{"code": "post", "title": "Post"}]}]
        }
    )

    kind: FieldKind
    title: Title
    description: str | None = Field(None, max_length=2_000)
    options: list[Option] = Field(
        [], max_length=MOST_OPTIONS, description="Of choices. Those left out later are kept as retired."
    )
    required: bool = Field(False, description="Cannot be cleared, and is named as missing while it is empty.")
    personal: bool | None = Field(None, description="Sealed, and unknown to reports. Empty: true for text and link.")
    directions: list[str] = Field([], max_length=100, description="Lines of business that have it; empty: all.")

    def event(self, code: str) -> DealFieldDefined:
        """The definition as it is told."""
        return DealFieldDefined(
            code=code,
            kind=self.kind,
            title=self.title,
            description=self.description,
            options=tuple(FieldOption(**option.model_dump()) for option in self.options),
            required=self.required,
            personal=self.kind in _PERSONAL_KINDS if self.personal is None else self.personal,
            directions=tuple(self.directions),
        )


class FieldCard(BaseModel):
    """A field as it is defined."""

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
    def of(cls, definition: DealFieldDefined, version: int) -> Self:
        """The field of an event."""
        return cls.model_validate({**definition.model_dump(), "version": version})


def routes(definitions: Definitions) -> APIRouter:
    """``/deal-fields``."""
    router = APIRouter(prefix="/deal-fields", tags=["Custom fields of deals"])
    writes = [Depends(require("fields:write"))]

    @router.get("", dependencies=[Depends(require("deals:read"))], summary="List custom fields of deals")
    async def list_fields(retired: bool = False) -> list[FieldCard]:
        return [
            FieldCard.model_validate(
                {**orjson.loads(row["definition"]), "version": row["version"], "retired": row["is_retired"]}
            )
            for row in await definitions.listed(retired)
        ]

    @router.put("/{code}", dependencies=writes, summary="Define a field of deals, or change its definition")
    async def define_field(
        code: Code, body: DefineField, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> FieldCard:
        cause, now, expected = cause_of_call(principal), datetime.now(UTC), expected_version(if_match)
        try:
            definition, version = await definitions.define(body.event(code), cause, now, expected)
        except Rejected as rejected:
            raise problem_of_rejection(rejected) from None
        response.headers["ETag"] = f'"{version}"'
        return FieldCard.of(definition, version)

    @router.delete("/{code}", status_code=204, dependencies=writes, summary="Retire a field of deals; its values stay")
    async def retire_field(code: Code, principal: CurrentPrincipal) -> None:
        await definitions.retire(code, cause_of_call(principal), datetime.now(UTC))

    return router
