"""Where deals keeps something about customers, and what an erasure leaves of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from events.personal import PersonalData, PersonalStore
from events.store import Connection

from deals.documents.printing import FORGET

_NAMES_NOBODY: Final = "ids, numbers, sums, dates and codes; they name nobody"
_LAW: Final = "accounting keeps it for years (402-FZ, article 29), and it names nobody"
_OF_DEAL: Final = "deal_id IN (SELECT deal_id FROM deals WHERE customer_id = ANY($1::uuid[]))"
_OF_DOCUMENT: Final = "document_id IN (SELECT document_id FROM documents WHERE customer_id = ANY($1::uuid[]))"

STORES: Final[Sequence[PersonalStore]] = (
    PersonalStore(
        table="notification_namesakes",
        what="notifications of nobody's payment that have the full name, and nothing else: perhaps of a namesake",
        ending="kept",
        holds="EXISTS (SELECT FROM intake i WHERE i.id = request_id AND i.body <> '')",
        why="in quarantine, where people look whose it is and match or discard it; all others are emptied",
    ),
    PersonalStore(
        table="customer_details",
        what="name, birthday and other details of the card (sealed)",
        ending="deleted",
        forgotten_by="deals/customers/sql/cards_forget.sql",
    ),
    PersonalStore(
        table="customer_contacts",
        what="phones, e-mails and messengers (sealed)",
        ending="deleted",
        forgotten_by="deals/customers/sql/cards_forget.sql",
    ),
    PersonalStore(
        table="organisation_persons",
        what="the role in an organisation (sealed)",
        ending="deleted",
        forgotten_by="deals/customers/sql/cards_forget.sql",
    ),
    PersonalStore(
        table="leads",
        what="what is known of the customer's leads",
        ending="deleted",
        forgotten_by="deals/opening/sql/customers_erase.sql",
    ),
    PersonalStore(
        table="documents",
        what="titles of uploaded documents (sealed); the files, sealed by the customer's key, are deleted by a task",
        ending="emptied",
        holds="title IS NOT NULL",
        stream="document_id",
        forgotten_by="deals/documents/sql/documents_forget.sql",
    ),
    PersonalStore(
        table="document_versions",
        what="where the files of documents lie, their sizes and digests",
        ending="kept",
        whose=_OF_DOCUMENT,
        why="that there was a document; nobody can open it, and the file is deleted",
    ),
    PersonalStore(
        table="document_links",
        what=_NAMES_NOBODY,
        ending="kept",
        whose=_OF_DOCUMENT,
        stream="link_id",
        why="who gave which link out; it opens nothing any more",
    ),
    PersonalStore(
        table="document_downloads",
        what=_NAMES_NOBODY,
        ending="kept",
        whose=_OF_DOCUMENT,
        why="who read what",
    ),
    PersonalStore(
        table="deals",
        what="numbers, stages, sums, tags; titles and comments stand sealed in the log",
        ending="kept",
        whose="customer_id = ANY($1::uuid[]) OR people && $1::uuid[]",
        stream="CASE WHEN customer_id = ANY($1::uuid[]) THEN deal_id END",
        why="reports count deals, and it names nobody",
    ),
    PersonalStore(table="deal_offers", what=_NAMES_NOBODY, ending="kept", stream="offer_id", why="reports count them"),
    PersonalStore(table="quotes", what=_NAMES_NOBODY, ending="kept", stream="quote_id", why=_LAW),
    PersonalStore(table="invoices", what=_NAMES_NOBODY, ending="kept", stream="invoice_id", why=_LAW),
    PersonalStore(
        table="payments",
        what="sums and the provider's ids; the notification itself is emptied",
        ending="kept",
        whose=f"customer_id = ANY($1::uuid[]) OR {_OF_DEAL}",
        stream="payment_id",
        why=_LAW,
    ),
    PersonalStore(table="works", what=_NAMES_NOBODY, ending="kept", stream="work_id", why="reports count work"),
    PersonalStore(
        table="imported_deals",
        what="value, manager, lines and tags as another CRM said them last",
        ending="kept",
        whose=_OF_DEAL,
        why="a deal is taken over once",
    ),
    PersonalStore(table="refused_histories", what=_NAMES_NOBODY, ending="kept", why="why a deal was not taken over"),
    PersonalStore(table="customers", what="which cards are one", ending="kept", why="ids alone"),
    PersonalStore(table="erased_customers", what="that the customer is erased", ending="kept", why="none comes back"),
)


async def erased(connection: Connection, customer_ids: Sequence[UUID]) -> set[UUID]:
    """Those whose erasure deals has heard of."""
    rows = await connection.fetch(
        "SELECT customer_id FROM erased_customers WHERE customer_id = ANY($1::uuid[])", customer_ids
    )
    return {row["customer_id"] for row in rows}


KEPT: Final = PersonalData("deals", STORES, erased, tasks=(FORGET,))
