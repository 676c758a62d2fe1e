"""Where leads keeps something about customers, and what an erasure leaves of it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from events.personal import PersonalData, PersonalStore
from events.store import Connection

SEARCH: Final = "search_requests"
"""The kind of the durable task that looks through stored requests for an erased person's contacts."""

_OF_CARD: Final = "card = ANY($1::uuid[]) OR card IN (SELECT id FROM leads WHERE customer_id = ANY($1::uuid[]))"
_NAMES_NOBODY: Final = "ids, times, channels and codes; they name nobody"

STORES: Final[Sequence[PersonalStore]] = (
    PersonalStore(
        table="keyring",
        what="the key that opens everything that is sealed",
        ending="deleted",
        forgotten_by="the command that erases",
        is_exported=False,
    ),
    PersonalStore(
        table="customers",
        what="name, phones, e-mails, messengers (sealed), responsible manager, segment",
        ending="emptied",
        whose="id = ANY($1::uuid[])",
        holds="name IS NOT NULL OR phones <> '{}' OR emails <> '{}' OR messengers <> '{}' OR manager_id IS NOT NULL"
        " OR segment IS NOT NULL",
        forgotten_by="leads/card/sql/card_forget.sql",
    ),
    PersonalStore(table="identities", what="contacts as blind indexes", ending="deleted", is_exported=False),
    PersonalStore(table="name_indexes", what="the name as a blind index", ending="deleted", is_exported=False),
    PersonalStore(
        table="search_tokens", what="beginnings of names and ends of phones, blind", ending="deleted", is_exported=False
    ),
    PersonalStore(
        table="value_indexes",
        what="personal custom fields as blind indexes",
        ending="deleted",
        whose=_OF_CARD,
        is_exported=False,
    ),
    PersonalStore(table="card_values", what="custom fields that are not personal", ending="deleted", whose=_OF_CARD),
    PersonalStore(
        table="card_tags",
        what="tags",
        ending="deleted",
        whose="card = ANY($1::uuid[])",
        forgotten_by="leads/card/sql/card_forget.sql",
    ),
    PersonalStore(
        table="black_list",
        what="whether nobody works with the customer",
        ending="deleted",
        forgotten_by="leads/card/sql/card_forget.sql",
    ),
    PersonalStore(
        table="consents",
        what="consents that were given; a refusal stays, so that nobody is written to because it was forgotten",
        ending="deleted",
        holds="given",
        forgotten_by="leads/card/sql/card_forget.sql",
    ),
    PersonalStore(
        table="heard",
        what="what deals, automation and analytics said of the customer",
        ending="deleted",
        forgotten_by="leads/heard/sql/heard_forget.sql",
    ),
    PersonalStore(
        table="customer_deals",
        what="the customer's deals as the card shows them",
        ending="deleted",
        forgotten_by="leads/heard/sql/heard_forget.sql",
    ),
    PersonalStore(table="list_members", what="lists the customer is on", ending="deleted"),
    PersonalStore(table="lists_told", what="lists with the customer that are being told", ending="deleted"),
    PersonalStore(
        table="organisation_persons",
        what="the role in an organisation (sealed)",
        ending="emptied",
        holds="role IS NOT NULL",
        empties="role = NULL",
    ),
    PersonalStore(
        table="company_members",
        what="the role in a company of another CRM (sealed)",
        ending="deleted",
        forgotten_by="leads/moving/companies.py",
    ),
    PersonalStore(
        table="interactions",
        what="the phone as a blind index; texts and links of recordings stand sealed in the log",
        ending="emptied",
        holds="phone_index IS NOT NULL",
        empties="phone_index = NULL",
        stream="id",
    ),
    PersonalStore(
        table="call_commands",
        what="the phone that was to be called, as a blind index",
        ending="emptied",
        holds="phone_index IS NOT NULL",
        empties="phone_index = NULL",
        stream="id",
    ),
    PersonalStore(
        table="visitors",
        what="which visitor of the sites is this customer",
        ending="emptied",
        empties="customer_id = NULL",
        stream="id",
    ),
    PersonalStore(
        table="tasks",
        what="work to be done with the customer, such as a call to be placed",
        ending="deleted",
        whose=f"payload ->> 'customer_id' = ANY($1::uuid[]::text[]) AND kind <> '{SEARCH}'",
    ),
    PersonalStore(table="leads", what=_NAMES_NOBODY, ending="kept", stream="id", why="reports count leads"),
    PersonalStore(
        table="touches",
        what=_NAMES_NOBODY,
        ending="kept",
        why="a second delivery of a request is known by it and brings nothing back",
    ),
    PersonalStore(table="merges", what="which cards are one; why, sealed", ending="unreadable", why="who is who"),
    PersonalStore(
        table="matches",
        what=_NAMES_NOBODY,
        ending="kept",
        whose="low = ANY($1::uuid[]) OR high = ANY($1::uuid[])",
        stream="id",
        why="what was suggested is not suggested again",
    ),
    PersonalStore(table="notes", what=_NAMES_NOBODY, ending="kept", stream="id", why="a note is taken over once"),
    PersonalStore(table="participants", what=_NAMES_NOBODY, ending="kept", stream="id", why="reports count people"),
    PersonalStore(table="call_entries", what=_NAMES_NOBODY, ending="kept", stream="id", why="reports count calls"),
    PersonalStore(table="deliveries", what=_NAMES_NOBODY, ending="kept", stream="id", why="a report is taken once"),
    PersonalStore(
        table="handover_items",
        what=_NAMES_NOBODY,
        ending="kept",
        whose="kind = 'customer' AND subject_id = ANY($1::uuid[])",
        why="what changed hands is told",
    ),
    PersonalStore(
        table="handovers",
        what=_NAMES_NOBODY,
        ending="kept",
        whose="customer_ids && $1::uuid[]",
        why="what changed hands is told",
    ),
    PersonalStore(
        table="erasures",
        what="that the customer was erased, when, by whom and why",
        ending="kept",
        whose="customer_ids && $1::uuid[]",
        why="the erasure must be proved",
    ),
)


async def erased(connection: Connection, customer_ids: Sequence[UUID]) -> set[UUID]:
    """Those whose erasure stands in the log and whose key is gone."""
    rows = await connection.fetch(
        "SELECT DISTINCT stream_id FROM events e WHERE stream_id = ANY($1::uuid[]) AND type = 'customer.erased.v1'"
        " AND NOT EXISTS (SELECT FROM keyring k WHERE k.customer_id = e.stream_id)",
        customer_ids,
    )
    return {row["stream_id"] for row in rows}


KEPT: Final = PersonalData("leads", STORES, erased, tasks=(SEARCH,))
