"""A note that a rule wants in the history of a card or of a lead: sealed, once for each request."""

from datetime import datetime

from events.contracts.automation import CustomerNoteRequested
from events.contracts.leads import CustomerNoted
from events.decider import Rejected
from events.sqlfile import sql
from events.store import Append, Cause, Connection, deterministic_id

from leads.card.edits import key_of
from leads.card.locked import Whole
from leads.interactions.reading import SQL as CONTACTS
from leads.moving.deals import SQL

INTAKE = "rule"


async def noted(
    connection: Connection, whole: Whole, asked: CustomerNoteRequested, cause: Cause, now: datetime
) -> Append:
    """The note, whose row is made. Raises ``Rejected``: ``erased``, ``not_his_lead``."""
    key = key_of(whole)
    if asked.lead_id is not None:
        row = await connection.fetchrow(sql("customers_with_lead", CONTACTS), [asked.customer_id])
        if row is None or asked.lead_id not in row["leads"]:
            raise Rejected("not_his_lead", "The lead is not one of this customer.")
    note_id = deterministic_id("note", asked.request_id)
    event = CustomerNoted(
        note_id=note_id,
        customer_id=whole.root,
        lead_id=asked.lead_id,
        text=key.seal(asked.text),
        intake=INTAKE,
        source=asked.cause.rule,
        cause=asked.cause,
    )
    await connection.execute(sql("notes_keep", SQL), [note_id], [whole.root], [whole.row["direction"]], [now])
    return Append(note_id, 0, (event,), cause, now)
