"""Types for what comes in over the API, where pydantic alone takes more than the description promises."""

import re
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

_ISO = re.compile(r"\d{4}-\d\d-\d\d")


def _iso(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and _ISO.match(value)):
        return value
    raise ValueError("must be text in ISO 8601, like 2026-03-31 or 2026-03-31T09:30:00+03:00")


def _whole(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number in a JSON body: 199 and 199.0, as JSON Schema has it, but neither `true` nor text."""

Day = Annotated[date, BeforeValidator(_iso)]
"""A date as ISO 8601 text. pydantic's own also takes numbers and guesses whether they are seconds or milliseconds."""

Moment = Annotated[AwareDatetime, BeforeValidator(_iso)]
"""A point in time as ISO 8601 text with its offset from UTC; numbers and times without an offset are refused."""

OfCustomer = Annotated[UUID | None, Query(description="Of a customer: of all cards that are merged with this one.")]
"""By whom a list is narrowed. What a card was told stays with it, so a person is asked for by all of his cards."""


class Input(BaseModel):
    """The body of a request: what is not declared is refused, so that a misspelt field is told, not lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")
