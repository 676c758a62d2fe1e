"""Fills the facts of a document: card and deal, lines or invoice, and the firm as of the version asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson
from events.contracts.deals import (
    DealLinesChanged,
    DealOpened,
    DealOrganisationChanged,
    DealRenamed,
    DealValueChanged,
    DealWon,
    InvoiceIssued,
    Line,
    Money,
)
from events.contracts.deals.documents import DocumentRequested, FirmChanged
from events.contracts.leads import Requisites
from events.event import Event, decode
from events.privacy import CustomerKey
from events.sqlfile import sql
from events.store import Connection

from deals.customers.card import Card, Organisation, SealedCard, card_of
from deals.documents.commands import SQL
from deals.documents.facts import CustomerFacts, DealFacts, DocumentFacts, Facts, Party
from deals.documents.firm import STREAM
from deals.documents.sums import lines_told, totals_told
from deals.documents.words import amount_in_digits, amount_in_words, day_in_words

_OF_DEAL = (DealOpened, DealRenamed, DealLinesChanged, DealOrganisationChanged, DealValueChanged, DealWon)


@dataclass(frozen=True)
class Gathered:
    """What the tables and the log say, sealed as it stands there; ``members`` are those whose keys open it.

    Where nobody named an organisation, it is the first one that the customer acts for, unless the deal was expressly
    made with the person.
    """

    asked: DocumentRequested
    firm: FirmChanged
    deal: dict[type[Event], Event]
    invoice: InvoiceIssued | None
    card: SealedCard
    organisation: Organisation | None
    is_with_person: bool

    @property
    def members(self) -> Sequence[UUID]:
        """Whose keys are needed."""
        return self.card.members


async def gather(connection: Connection, asked: DocumentRequested) -> Gathered:
    """Reads everything in one go."""
    deal = await _last(connection, asked.deal_id, _OF_DEAL)
    invoice = (
        (await _last(connection, asked.invoice_id, (InvoiceIssued,))).get(InvoiceIssued) if asked.invoice_id else None
    )
    body = await connection.fetchval(
        "SELECT data FROM events WHERE stream_id = $1 AND version = $2", STREAM, asked.firm_version
    )
    firm = decode(FirmChanged.type, body.encode())
    changed = deal.get(DealOrganisationChanged)
    said = isinstance(changed, DealOrganisationChanged)
    wanted = asked.organisation_id or (
        changed.organisation_id if isinstance(changed, DealOrganisationChanged) else None
    )
    row = await connection.fetchrow(sql("organisation_read", SQL), wanted) if wanted else None
    card = await card_of(connection, asked.customer_id, asked.issued_on)
    assert isinstance(firm, FirmChanged)
    invoiced = invoice if isinstance(invoice, InvoiceIssued) else None
    organisation = _organisation(row) if row else None
    return Gathered(asked, firm, deal, invoiced, card, organisation, is_with_person=said and wanted is None)


def fill(gathered: Gathered, keys: dict[UUID, CustomerKey]) -> Facts:
    """The facts, with what these keys open."""
    asked, language = gathered.asked, gathered.asked.language
    card, own = gathered.card.opened(keys), keys[gathered.asked.customer_id]
    opened, renamed = gathered.deal[DealOpened], gathered.deal.get(DealRenamed)
    assert isinstance(opened, DealOpened)
    sealed = renamed.title if isinstance(renamed, DealRenamed) else opened.title
    title = own.open(sealed) if sealed else None
    value, told = _value(gathered.deal, opened), gathered.deal.get(DealLinesChanged)
    lines: Sequence[Line] = told.lines if isinstance(told, DealLinesChanged) else ()
    due_on = asked.due_on
    if gathered.invoice is not None:
        value, lines, due_on = gathered.invoice.total, gathered.invoice.lines, gathered.invoice.due_on
    untitled = f"Услуги по сделке № {opened.number}" if language == "ru" else f"Services under the deal {opened.number}"
    shown = lines or [_whole(title or untitled, value)]
    return Facts(
        language=language,
        document=DocumentFacts(
            kind=asked.kind,
            number=asked.number,
            version=str(asked.version),
            date=day_in_words(asked.issued_on, language),
            due_on=day_in_words(due_on, language) if due_on else None,
            note=own.open(asked.note) if asked.note else None,
        ),
        deal=DealFacts(
            number=opened.number,
            title=title,
            value=amount_in_digits(value.amount, value.currency, language),
            value_in_words=amount_in_words(value.amount, value.currency, language),
        ),
        customer=_customer(card),
        buyer=_buyer(gathered, card),
        seller=_seller(gathered.firm),
        lines=lines_told(shown, value.currency, language),
        total=totals_told(shown, value, language, gathered.firm.untaxed_because),
    )


async def _last(connection: Connection, stream_id: UUID, kinds: Sequence[type[Event]]) -> dict[type[Event], Event]:
    rows = await connection.fetch(sql("last_told", SQL), stream_id, [kind.type for kind in kinds])
    told = [decode(row["type"], row["data"].encode()) for row in rows]
    return {type(event): event for event in told}


def _value(deal: dict[type[Event], Event], opened: DealOpened) -> Money:
    won, changed = deal.get(DealWon), deal.get(DealValueChanged)
    if isinstance(won, DealWon):
        return won.value
    return changed.value if isinstance(changed, DealValueChanged) else opened.value


def _whole(title: str, value: Money) -> Line:
    """A deal without lines is one line."""
    amount, none = value.amount, value.amount * 0
    return Line(title=title, quantity=none + 1, price=amount, discounted=none, net=amount, tax=none, gross=amount)


def _organisation(row: asyncpg.Record) -> Organisation:
    requisites = Requisites(**orjson.loads(row["requisites"]))
    return Organisation(row["organisation_id"], row["name"], row["full_name"], requisites)


def _customer(card: Card) -> CustomerFacts:
    names = {part: card.details.get(part) for part in ("first_name", "last_name", "middle_name")}
    return CustomerFacts(name=card.name, phone=card.contact("phone"), email=card.contact("email"), **names)


def _buyer(gathered: Gathered, card: Card) -> Party:
    contacts = {"phone": card.contact("phone"), "email": card.contact("email")}
    known = () if gathered.is_with_person else card.organisations
    organisation = gathered.organisation or next(iter(known), None)
    if organisation is None:
        return Party(name=card.name, signatory=card.name, **contacts)
    acting = next((o for o in card.organisations if o.organisation_id == organisation.organisation_id), None)
    return Party(
        name=organisation.name,
        full_name=organisation.full_name,
        signatory=card.name if acting else None,
        signatory_position=acting.role if acting else None,
        **organisation.requisites.model_dump(),
        **contacts,
    )


def _seller(firm: FirmChanged) -> Party:
    director = firm.director
    return Party(
        name=firm.name,
        full_name=firm.full_name,
        phone=firm.phone,
        email=firm.email,
        site=firm.site,
        signatory=director.name if director else None,
        signatory_position=director.position if director else None,
        signatory_basis=director.basis if director else None,
        accountant=firm.accountant,
        **firm.requisites.model_dump(),
    )
