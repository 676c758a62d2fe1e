"""What providers tell of messages, as events of the messages themselves: delivered, opened, bounced, unsubscribed.

Leads hears the providers (``delivery.reported.v1``). The report on a letter names the message; others name
what the provider calls it, and ``message.sent.v1`` told that: whichever of the two comes second finds the other. Every
outcome has a stream of its own, so it is told once, whatever is reported twice, late or by two ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from events.contracts.automation import (
    MessageBounced,
    MessageClicked,
    MessageDelivered,
    MessageOpened,
    MessageSent,
    MessageUnsubscribed,
)
from events.contracts.leads.deliveries import DeliveryReported
from events.envelope import Recorded
from events.event import Event
from events.sqlfile import sql
from events.store import Append, Cause, Connection, deterministic_id

from automation.actions.effect import ACTOR
from automation.messages.sent import Sent, read
from automation.messages.standing import SQL


def outcomes(sent: Sent, state: str, reason: str | None) -> Iterator[tuple[str, Event]]:
    """What a report means, each with the name of its stream; ``accepted``, ``sent``, ``deferred`` mean nothing new."""
    match state:
        case "delivered":
            yield "delivered", MessageDelivered(**sent.names)
        case "read" | "opened":
            yield "delivered", MessageDelivered(**sent.names)
            yield "reported-opened", MessageOpened(**sent.names)
        case "clicked":
            yield "reported-clicked", MessageClicked(**sent.names)
        case "failed" | "bounced":
            yield "bounced", MessageBounced(**sent.names, code=reason, purpose=sent.purpose)
        case "complained":
            yield "unsubscribed", MessageUnsubscribed(**sent.names, purpose=sent.purpose, how="complaint")
        case "unsubscribed":
            yield "unsubscribed", MessageUnsubscribed(**sent.names, purpose=sent.purpose, how="reported")


async def settle_reports(connection: Connection, records: Sequence[Recorded]) -> Sequence[Append]:
    """The reaction: the outcomes of a batch of reports, and of reports that came before their message."""
    caused: dict[UUID, Recorded] = {}
    for record in records:
        match record.event:
            case DeliveryReported(delivery_id=delivery_id) | MessageSent(delivery_id=UUID() as delivery_id):
                caused[delivery_id] = record
    if not caused:
        return []
    rows = await connection.fetch(sql("reports_of_messages", SQL), list(caused))
    messages = await read(connection, [row["message_id"] for row in rows])
    appends: dict[UUID, Append] = {}
    for row in rows:
        sent = messages.get(row["message_id"])
        for what, event in outcomes(sent, row["state"], row["reason"]) if sent else ():
            record = caused[row["delivery_id"]]
            origin = Cause(ACTOR, record.correlation_id, record.id, record.traceparent)
            stream = deterministic_id(row["message_id"], what)
            appends.setdefault(stream, Append(stream, 0, [event], origin, row["reported_at"]))
    return list(appends.values())
