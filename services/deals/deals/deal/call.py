"""A call on one deal: what every command by HTTP takes besides its body."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal
from events.calls import IfMatch
from fastapi import Depends, Header, Response

IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="The same key opens the same deal; a repeat is answered with it.")
]


@dataclass(frozen=True)
class Call:
    """Which deal, who calls, which version he has read, and where ETag is set."""

    deal_id: UUID
    principal: CurrentPrincipal
    response: Response
    if_match: IfMatch = None


OnDeal = Annotated[Call, Depends()]
