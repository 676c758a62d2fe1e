"""The cadence by HTTP: paces of segments, and of one customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.analytics import Segment
from events.contracts.automation import CadenceExcepted, CadenceExceptionLifted, CadenceRule, CadenceSetUp
from events.event import Event
from events.problems import NotFound
from events.store import Store, deterministic_id
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from automation.cadence.looking import rules_now
from automation.cadence.pace import DEFAULT, Contacts
from automation.definitions import AS_SAID, Definitions
from automation.sight import check_customers

STREAM = deterministic_id("cadence")


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pace(_Input):
    """After how many days the next contact is due, and by when at the latest."""

    segment: Segment
    days: int = Field(ge=1, le=3_650)
    latest_days: int = Field(ge=1, le=3_650)
    nurture: bool = Field(False, description="Letters besides: told with the event, for rules.")

    @model_validator(mode="after")
    def _in_order(self) -> Pace:
        if self.latest_days < self.days:
            raise ValueError("latest_days is days or more")
        return self


class Paces(_Input):
    """The pace of each segment; one that is left out is not talked to by pace."""

    rules: tuple[Pace, ...] = Field(max_length=4)

    @model_validator(mode="after")
    def _each_once(self) -> Paces:
        if len({rule.segment for rule in self.rules}) < len(self.rules):
            raise ValueError("each segment once")
        return self


class OwnPace(_Input):
    """Another pace for one customer, or none."""

    days: int | None = Field(None, ge=1, le=3_650)
    latest_days: int | None = Field(None, ge=1, le=3_650)
    paused: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> OwnPace:
        if (self.days is None) != self.paused:
            raise ValueError("say days, or paused")
        if self.latest_days is not None and self.latest_days < (self.days or 0):
            raise ValueError("latest_days is days or more")
        return self


class Cadence(BaseModel):
    """The paces as they are. Version 0 is what is proposed: nothing is told until somebody sets paces up."""

    version: int
    rules: tuple[CadenceRule, ...]


class CustomerCadence(BaseModel):
    """When a customer is to be talked to. ``next_contact_at`` is empty where no pace holds."""

    customer_id: UUID
    segment: Segment
    last_contact_at: datetime | None
    next_contact_at: datetime | None
    days: int | None = Field(description="The exception, if there is one.")
    latest_days: int | None
    paused: bool


@dataclass(frozen=True)
class CadenceDesk:
    """What the routes work with."""

    store: Store
    now: Callable[[], datetime]

    async def paces(self) -> Cadence:
        """The paces as their stream tells them."""
        said, version = await self._kept.state(STREAM)
        content = said if isinstance(said, CadenceSetUp) else DEFAULT
        return Cadence(version=version, rules=content.rules)

    async def say(self, stream: UUID, event: Event, principal: Principal, version: int | None) -> None:
        """Appends what was decided, unless it holds already. Raises ``StaleVersion``, ``Unavailable``."""
        await self._kept.run(stream, event, cause_of_call(principal), expected=version)

    @property
    def _kept(self) -> Definitions[Event, Event | None]:
        return Definitions("cadence", AS_SAID, frozenset(), self.store, self.now)

    async def customer(self, customer_id: UUID) -> CustomerCadence:
        """What the consumer has kept of a customer. Raises ``NotFound``."""
        async with self.store.pool.acquire() as connection:
            row = await connection.fetchrow(
                "SELECT customer_id, segment, last_contact_at, days, latest_days, paused FROM contact_cadence"
                " WHERE customer_id = $1",
                customer_id,
            )
            if row is None:
                raise NotFound("There is no such customer.")
            rules = await rules_now(connection)
            due = Contacts(**row).due_at(rules) if rules and row["last_contact_at"] else None
        return CustomerCadence(**row, next_contact_at=due)


def router(desk: CadenceDesk) -> APIRouter:
    """``/cadence``."""
    routes = APIRouter(prefix="/cadence", tags=["cadence"])

    @routes.get("", dependencies=[Depends(require("tasks:read"))], summary="How often customers are talked to")
    async def read_cadence(response: Response) -> Cadence:
        cadence = await desk.paces()
        response.headers["ETag"] = f'"{cadence.version}"'
        return cadence

    @routes.put("", dependencies=[Depends(require("rules:write"))], summary="Set the paces of segments up")
    async def set_up_cadence(
        body: Paces, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> Cadence:
        event = CadenceSetUp.model_validate(body.model_dump())
        await desk.say(STREAM, event, principal, expected_version(if_match))
        return await read_cadence(response)

    @routes.get(
        "/customers/{customer_id}",
        dependencies=[Depends(require("tasks:read"))],
        summary="When a customer is to be talked to next",
    )
    async def read_customer(customer_id: UUID, principal: CurrentPrincipal) -> CustomerCadence:
        await check_customers(desk.store.pool, principal, [customer_id])
        return await desk.customer(customer_id)

    @routes.put(
        "/customers/{customer_id}",
        status_code=204,
        dependencies=[Depends(require("tasks:write"))],
        summary="Another pace for one customer",
    )
    async def make_exception(customer_id: UUID, body: OwnPace, principal: CurrentPrincipal) -> None:
        await check_customers(desk.store.pool, principal, [customer_id])
        await desk.customer(customer_id)
        event = CadenceExcepted(customer_id=customer_id, **body.model_dump())
        await desk.say(_stream(customer_id), event, principal, None)

    @routes.delete(
        "/customers/{customer_id}",
        status_code=204,
        dependencies=[Depends(require("tasks:write"))],
        summary="The pace of the segment again",
    )
    async def lift_exception(customer_id: UUID, principal: CurrentPrincipal) -> None:
        await check_customers(desk.store.pool, principal, [customer_id])
        await desk.customer(customer_id)
        await desk.say(_stream(customer_id), CadenceExceptionLifted(customer_id=customer_id), principal, None)

    return routes


def _stream(customer_id: UUID) -> UUID:
    return deterministic_id("cadence", customer_id)
