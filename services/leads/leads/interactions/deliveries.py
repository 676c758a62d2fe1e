"""What providers tell of messages to people: each report once, on the message's own stream.

Messages that nobody here knows are kept too: whoever sends by the same account may be known later by the recipient.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from events.blind_index import BlindIndex
from events.contracts.leads.deliveries import DeliveryReported
from events.event import Event
from events.sqlfile import sql
from events.store import Append, Cause, Connection

from leads.channels import Inquiry
from leads.channels.base import Delivery
from leads.interactions.reading import SQL
from leads.interactions.told import DeliveryTold
from leads.person import Unfit, recognise

_FURTHEST: Final = (
    *("accepted", "deferred", "sent", "delivered", "read", "opened", "clicked"),
    *("unsubscribed", "failed", "bounced", "complained"),
)


@dataclass
class _Draft:
    """A message while a batch is decided."""

    told: DeliveryTold
    version: int
    customer_id: UUID | None
    state: str | None
    reason: str | None
    at: datetime
    events: list[Event] = field(default_factory=list)
    stamps: list[tuple[Cause, datetime]] = field(default_factory=list)

    def take(self, told: DeliveryTold, whose: UUID | None) -> None:
        delivery = told.delivery
        self.customer_id = self.customer_id or whose
        if self.state is None or _FURTHEST.index(delivery.state) > _FURTHEST.index(self.state):
            self.state, self.reason, self.at = delivery.state, delivery.reason, delivery.occurred_at
        event = DeliveryReported(
            delivery_id=told.delivery_id,
            intake=told.intake,
            source=told.source,
            state=delivery.state,
            reason=delivery.reason,
            message_id=told.message_id,
            customer_id=self.customer_id,
        )
        self.events.append(event)
        self.stamps.append((told.cause, delivery.occurred_at))

    def row(self) -> tuple[Any, ...]:
        told = self.told
        names = told.delivery_id, self.version + len(self.events), told.intake, told.source, told.message_id
        return *names, self.customer_id, self.state, self.reason, self.at

    def append(self) -> Append:
        cause, at = self.stamps[0]
        stamps = self.stamps if len(self.stamps) > 1 else ()
        return Append(self.told.delivery_id, self.version, self.events, cause, at, stamps=stamps)


@dataclass(frozen=True)
class DeliveryRecorder:
    """Works in the caller's transaction."""

    blind: BlindIndex
    region: str

    async def __call__(self, connection: Connection, told: Sequence[DeliveryTold]) -> list[Append]:
        """What is new of it; the caller appends."""
        reports = {(one.delivery_id, one.delivery.report): one for one in told}
        ids = list({id_ for id_, _ in reports})
        rows = {row["id"]: row for row in await connection.fetch(sql("deliveries_lock", SQL), ids)}
        taken = await connection.fetch(sql("delivery_reports_take", SQL), *zip(*reports, strict=True))
        fresh = sorted((reports[row["delivery_id"], row["report"]] for row in taken), key=_time)
        whose = await self._whose(connection, fresh) if fresh else {}
        drafts: dict[UUID, _Draft] = {}
        for one in fresh:
            row = rows.get(one.delivery_id)
            if one.delivery_id not in drafts:
                known = (row["version"], row["customer_id"], row["state"], row["reason"], row["at"]) if row else None
                drafts[one.delivery_id] = _Draft(one, *(known or (0, None, None, None, one.delivery.occurred_at)))
            drafts[one.delivery_id].take(one, whose.get(one.delivery_id))
        if drafts:
            columns = zip(*(draft.row() for draft in drafts.values()), strict=True)
            await connection.execute(sql("deliveries_save", SQL), *columns)
        return [draft.append() for draft in drafts.values()]

    async def _whose(self, connection: Connection, told: Sequence[DeliveryTold]) -> dict[UUID, UUID]:
        """The customer of each message: the one it was sent to by us, else the one whose phone or e-mail it went to."""
        indexes = {one.delivery_id: self._index(one.delivery) for one in told}
        messages = {one.message_id: one.delivery_id for one in told if one.message_id is not None}
        found = await connection.fetch(
            sql("deliveries_whose", SQL), list(messages), [index for index in indexes.values() if index]
        )
        by_message = {row["message_id"]: row["customer_id"] for row in found if row["message_id"]}
        by_index = {row["blind_index"].hex: row["customer_id"] for row in found if row["blind_index"]}
        whose = {id_: by_index[index] for id_, index in indexes.items() if index in by_index}
        return whose | {messages[message]: customer for message, customer in by_message.items()}

    def _index(self, delivery: Delivery) -> str | None:
        """Blind index of the recipient's phone or e-mail."""
        recipient = Inquiry(
            provider_id=delivery.report,
            occurred_at=delivery.occurred_at,
            kind="message",
            phones=(delivery.phone,) if delivery.phone else (),
            emails=(delivery.email,) if delivery.email else (),
        )
        try:
            person = recognise(recipient, None, self.blind, self.region)
        except Unfit:
            return None
        return next(iter(person.indexes()), None)


def _time(told: DeliveryTold) -> tuple[datetime, int]:
    return told.delivery.occurred_at, _FURTHEST.index(told.delivery.state)
