"""The tables that automation keeps of what happened, its own events included: one statement a type and batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from events.envelope import Received
from events.projection import Projection, Statement
from events.store import Connection

from automation.rules.rule import SOURCES

TABLES = Projection("automation", 1, SOURCES, Path(__file__).parent)
# Rows are made before they are changed, whatever the order of streams in a batch.
OF_OTHERS = (
    "customer.registered.v1",
    "customer.contact-added.v1",
    "customer.contact-removed.v1",
    "customer.contact-preferred.v1",
    "customer.blacklisted.v1",
    "customer.blacklist-lifted.v1",
    "customer.consent-given.v1",
    "customer.consent-withdrawn.v1",
    "customer.merged.v1",
    "customer.split.v1",
    "customer.erased.v1",
    "manager.set-up.v1",
    "manager.absent.v1",
    "manager.absence-cancelled.v1",
    "interaction.planned.v1",
    "interaction.rescheduled.v1",
    "interaction.reassigned.v1",
    "interaction.concluded.v1",
    "interaction.cancelled.v1",
)
"""What is said of customers, of managers' hours and of what is planned; their tables are behind where an older release
kept nothing.
"""
ORDER = (
    *OF_OTHERS,
    "working_calendar.set-up.v1",
    "cadence.set-up.v1",
    "lead.assigned.v1",
    "customer.responsible-changed.v1",
    "task.created.v1",
    "task.assigned.v1",
    "task.rescheduled.v1",
    "task.prioritised.v1",
    "task.commented.v1",
    "task.reminded.v1",
    "task.overdue.v1",
    "task.completed.v1",
    "task.completion-requested.v1",
    "staff_notification.sent.v1",
    "message.requested.v1",
    "message.sent.v1",
    "message.failed.v1",
    "message.unconfirmed.v1",
    "message.delivered.v1",
    "message.bounced.v1",
    "message.opened.v1",
    "message.clicked.v1",
    "message.replied.v1",
    "message.unsubscribed.v1",
    "delivery.reported.v1",
    "mailing.prepared.v1",
    "mailing.started.v1",
    "mailing.stopped.v1",
    "mailing.finished.v1",
    "questionnaire.answered.v1",
    "list.read.v1",
    "list.reading-refused.v1",
    "sequence.entered.v1",
    "sequence.entry-refused.v1",
    "sequence.step-taken.v1",
    "sequence.paused.v1",
    "sequence.resumed.v1",
    "sequence.left.v1",
)
IN_ORDER = {type_: TABLES.statements[type_] for type_ in ORDER}


async def write(
    connection: Connection,
    records: Sequence[Received],
    statements: Mapping[str, Sequence[Statement]] = IN_ORDER,
) -> None:
    """Writes what a batch says by the ``statements`` of each type, in their order."""
    for type_, of_type in statements.items():
        if batch := [record for record in records if record.type == type_]:
            for statement in of_type:
                await statement.run(connection, batch)
