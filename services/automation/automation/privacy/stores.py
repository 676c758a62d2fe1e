"""Where automation keeps something about customers, and what an erasure leaves of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from events.personal import PersonalData, PersonalStore
from events.store import Connection

_NAMES_NOBODY: Final = "ids, times and codes; they name nobody"
_SUBJECT: Final = "subject_id = ANY($1::uuid[])"
_TABLES: Final = "automation/on/customer.erased.v1*.sql"
_FACTS: Final = "automation/facts/keeping.py"

STORES: Final[Sequence[PersonalStore]] = (
    PersonalStore(
        table="contacts",
        what="name, e-mails, phones, messengers (sealed)",
        ending="emptied",
        holds="name IS NOT NULL OR emails <> '{}' OR phones <> '{}' OR messengers <> '{}' OR preferred <> '{}'",
        forgotten_by=_TABLES,
    ),
    PersonalStore(
        table="consents",
        what="consents that were given; a refusal stays, so that nobody is written to because it was forgotten",
        ending="deleted",
        holds="given",
        forgotten_by=_TABLES,
    ),
    PersonalStore(
        table="message_links",
        what="addresses behind links (sealed)",
        ending="deleted",
        forgotten_by=_TABLES,
    ),
    PersonalStore(
        table="planned_contacts", what="meetings and calls that are planned", ending="deleted", forgotten_by=_TABLES
    ),
    PersonalStore(table="message_tries", what="when messages were tried", ending="deleted", forgotten_by=_TABLES),
    PersonalStore(
        table="questionnaire_answers",
        what="answers in the customer's own words (sealed); scores and choices stay, they name nobody",
        ending="emptied",
        holds="texts <> '{}'",
        stream="message_id",
        forgotten_by=_TABLES,
    ),
    PersonalStore(
        table="manager_tasks",
        what="kind, title by the rule, and result of tasks, from lists; comments stand sealed in the log",
        ending="kept",
        stream="task_id",
        why="reports count tasks, and it names nobody",
    ),
    PersonalStore(
        table="webhook_deliveries",
        what="bodies for other systems (sealed as in the event)",
        ending="emptied",
        holds="body IS NOT NULL",
        forgotten_by="automation/webhooks/sql/deliveries_forget.sql",
    ),
    PersonalStore(
        table="facts",
        what="what was so of the customer when, for rules",
        ending="deleted",
        whose=_SUBJECT,
        forgotten_by=_FACTS,
    ),
    PersonalStore(table="happenings", what="what happened to the customer when", ending="deleted", forgotten_by=_FACTS),
    PersonalStore(
        table="signs",
        what="that he answered, bought or wanted no messages, and when",
        ending="deleted",
        forgotten_by="automation/sequences/exits.py",
    ),
    PersonalStore(
        table="dates",
        what="dates of the card; of a birthday the month and the day",
        ending="deleted",
        forgotten_by="automation/timing/sql/dates_forget.sql",
    ),
    PersonalStore(
        table="dates_told",
        what="of which of these dates was told",
        ending="deleted",
        whose=_SUBJECT,
    ),
    PersonalStore(
        table="pending_firings",
        what="what rules were still to do, with their tasks",
        ending="deleted",
        forgotten_by="automation/timing/sql/pending_forget.sql",
    ),
    PersonalStore(
        table="contact_cadence",
        what="when the customer was talked to last",
        ending="deleted",
        forgotten_by="automation/cadence/keeping.py",
    ),
    PersonalStore(
        table="rule_matches", what=_NAMES_NOBODY, ending="deleted", forgotten_by="automation/rules/suppressed.py"
    ),
    PersonalStore(
        table="suppressions",
        what="what rules were kept from doing; of whom, is forgotten",
        ending="emptied",
        forgotten_by="automation/rules/suppressed.py",
    ),
    PersonalStore(table="refilled_contacts", what="the same as contacts, while they are read again", ending="deleted"),
    PersonalStore(
        table="tasks",
        what="messages to be sent; links in them are sealed",
        ending="unreadable",
        whose="payload ->> 'customer_id' = ANY($1::uuid[]::text[])",
        why="sending finds that the customer is erased, and says so",
    ),
    PersonalStore(
        table="messages",
        what="which template was sent when; texts are not kept, links stand sealed in the log",
        ending="kept",
        stream="message_id",
        why="reports count messages, and it names nobody",
    ),
    PersonalStore(
        table="enrolments",
        what=_NAMES_NOBODY,
        ending="kept",
        stream="enrolment_id",
        why="the customer leaves them",
    ),
    PersonalStore(table="mailing_recipients", what=_NAMES_NOBODY, ending="kept", why="a mailing counts its recipients"),
    PersonalStore(table="asked", what=_NAMES_NOBODY, ending="kept", why="ids, codes and the rules' words"),
    PersonalStore(table="list_entries", what=_NAMES_NOBODY, ending="kept", why="a list counts those it led in"),
    PersonalStore(
        table="staff_notifications",
        what="what colleagues were told, in the rule's own words",
        ending="kept",
        why="it names nobody",
    ),
    PersonalStore(table="webhook_customer_directions", what="lines of business", ending="kept", why="names nobody"),
    PersonalStore(table="customers_in_hand", what=_NAMES_NOBODY, ending="kept", why="ids alone"),
    PersonalStore(table="lead_responsible", what=_NAMES_NOBODY, ending="kept", why="ids alone"),
    PersonalStore(table="customer_handovers", what=_NAMES_NOBODY, ending="kept", why="ids alone"),
    PersonalStore(table="merged_cards", what=_NAMES_NOBODY, ending="kept", why="ids alone"),
    PersonalStore(
        table="task_completions",
        what=_NAMES_NOBODY,
        ending="kept",
        whose=_SUBJECT,
        why="ids alone",
    ),
    PersonalStore(table="task_subjects", what=_NAMES_NOBODY, ending="kept", whose=_SUBJECT, why="ids alone"),
    PersonalStore(
        table="webhook_directions",
        what=_NAMES_NOBODY,
        ending="kept",
        whose=_SUBJECT,
        why="ids alone",
    ),
)


async def erased(connection: Connection, customer_ids: Sequence[UUID]) -> set[UUID]:
    """Those whose erasure automation has heard of."""
    rows = await connection.fetch(
        "SELECT customer_id FROM contacts WHERE customer_id = ANY($1::uuid[]) AND erased", customer_ids
    )
    return {row["customer_id"] for row in rows}


KEPT: Final = PersonalData("automation", STORES, erased)
