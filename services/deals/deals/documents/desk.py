"""What stands behind the HTTP API of documents: who may see which, asking for them, and keeping what is uploaded."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from events import disclosure
from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.contracts.cause import Cause as Because
from events.contracts.deals import InvoiceIssued
from events.contracts.deals.documents import DocumentKind
from events.keys_client import KeysUnavailable
from events.problems import Conflict, FieldError, Invalid, NotFound, UnsupportedType
from events.sealed import Sealed
from events.sqlfile import sql
from events.store import Cause, Connection, deterministic_id, load
from uuid_utils.compat import uuid7

from deals.customers.cards import members_of
from deals.deal.desk import Desk
from deals.documents import models, sniffing
from deals.documents.classes import Classes
from deals.documents.commands import SQL, Documents, Stored, draw_number
from deals.documents.domain import Command, Document, NoDocument, Request, RequestAgain, State, Upload
from deals.documents.firm import STREAM, firm_of
from deals.documents.storage import Storage
from deals.documents.templates import Template, published


@dataclass(frozen=True)
class Uploaded:
    """A document that came in, and what was said of it."""

    content: bytes
    kind: DocumentKind
    deal_id: UUID | None
    number: str | None
    title: str | None
    confidentiality: str | None


@dataclass(frozen=True)
class DocumentDesk:
    """Documents on behalf of a principal."""

    documents: Documents
    deals: Desk
    storage: Storage
    classes: Classes
    zone: ZoneInfo

    @property
    def pool(self) -> asyncpg.Pool:
        """The service's database."""
        return self.documents.store.pool

    async def visible(self, document_id: UUID, principal: Principal) -> asyncpg.Record:
        """The document's row; one out of the caller's reach, by class or line of business, is not there."""
        row = await self.pool.fetchrow(sql("document_read", SQL), document_id)
        seen = self.classes.seen_by(principal)
        if row is None or not principal.sees(row["direction"]) or row["confidentiality"] not in seen:
            raise NotFound("There is no such document.")
        return row

    async def page(self, principal: Principal, *filters: object) -> list[asyncpg.Record]:
        """Rows of ``documents_list``: filters, then the cursor's time and id and the size as the last three."""
        *chosen, at, last, size = filters
        seen = self.classes.seen_by(principal), directions_of(principal)
        return await self.pool.fetch(sql("documents_list", SQL), *chosen, *seen, at, last, size)

    async def members(self, customer_id: UUID) -> Sequence[UUID]:
        """All cards that count as one with this one."""
        async with self.pool.acquire() as connection:
            return (await members_of(connection, [customer_id]))[customer_id]

    async def request(self, deal_id: UUID, new: models.NewDocument, principal: Principal, key: str | None) -> Stored:
        """Asks for a document of a deal; the same key, or the same invoice, finds the one asked for before."""
        deal = await self.deals.visible(deal_id, principal)
        await self.deals.check_not_erased(deal["customer_id"])
        confidentiality = self.classes.chosen(new.confidentiality, principal)
        note = (await self.deals.key(deal["customer_id"])).seal(new.note) if new.note else None
        document_id = _id(new, principal, key)
        cause = cause_of_call(principal)
        return await self.ask(document_id, deal, new, confidentiality, note, cause, datetime.now(UTC))

    async def ask(
        self,
        document_id: UUID,
        deal: asyncpg.Record,
        new: models.NewDocument,
        confidentiality: str,
        note: Sealed[str] | None,
        cause: Cause,
        now: datetime,
        because: Because | None = None,
    ) -> Stored:
        """Asks for a document of the deal of a row, if it was not asked for before; ``because`` of a rule, or not."""
        deal_id: UUID = deal["deal_id"]

        async def prepare(connection: Connection, state: State) -> Command | None:
            if not isinstance(state, NoDocument):
                return None
            template = await self._template(connection, new.template, new.kind)
            if new.kind == "other" and template is None:
                raise Invalid("No form of the kind other is built in: give a template.")
            await _check_organisation(connection, new.organisation_id)
            firm_version = await _firm_version(connection)
            invoice = await self._invoice(connection, new.invoice_id, deal_id) if new.invoice_id else None
            issued_on = new.issued_on or (invoice[1] if invoice else self._today())
            number = invoice[0].number if invoice else await draw_number(connection, new.kind, issued_on.year)
            return Request(
                document_id,
                deal["customer_id"],
                deal_id,
                new.kind,
                number,
                template.code if template else None,
                template.published if template else None,
                template.language if template else new.language,
                confidentiality,
                firm_version,
                issued_on,
                new.due_on,
                new.organisation_id,
                new.invoice_id,
                note,
                because,
            )

        return await self.documents.run(document_id, prepare, cause, now)

    async def again(
        self, row: asyncpg.Record, again: models.NextVersion, principal: Principal, expected: int | None
    ) -> Stored:
        """Asks for the next version of a document."""
        await self.deals.check_not_erased(row["customer_id"])
        note = (await self.deals.key(row["customer_id"])).seal(again.note) if again.note else None

        async def prepare(connection: Connection, state: State) -> Command:
            assert isinstance(state, Document)
            code = getattr(state.last.asked, "template", None)
            template = await self._template(connection, code, state.last.asked.kind)
            issued_on = again.issued_on or self._today()
            version = template.published if template else None
            return RequestAgain(version, await _firm_version(connection), issued_on, again.due_on, note)

        return await self.documents.run(
            row["document_id"], prepare, cause_of_call(principal), datetime.now(UTC), expected
        )

    async def upload(self, customer_id: UUID, given: Uploaded, principal: Principal, key: str | None) -> Stored:
        """Keeps a document made elsewhere. Its media type is what its content says."""
        media_type = sniffing.media_type_of(given.content)
        if media_type is None:
            taken = ", ".join(sorted(sniffing.EXTENSIONS.values()))
            raise UnsupportedType(f"By its content this is none of {taken}.")
        confidentiality = self.classes.chosen(given.confidentiality, principal)
        await self._check_customer(customer_id, given.deal_id, principal)
        sealing = await self.deals.key(customer_id)
        digest = sha256(given.content).hexdigest()
        keyed = ("document", "key", principal.kind, principal.id, customer_id, key)
        document_id = deterministic_id(*keyed) if key else uuid7()
        object_id = deterministic_id("document-object", document_id, digest)
        if not isinstance(await self.documents.read(document_id), Document):
            await self.storage.put(object_id, sealing.seal_bytes(given.content, object_id))
        command = Upload(
            document_id,
            customer_id,
            given.deal_id,
            given.kind,
            given.number,
            sealing.seal(given.title) if given.title else None,
            object_id,
            media_type,
            len(given.content),
            digest,
            confidentiality,
        )
        return await self.documents.run(document_id, command, cause_of_call(principal), datetime.now(UTC))

    @disclosure.shown
    async def details(self, row: asyncpg.Record) -> models.DocumentDetails:
        """The document with its versions, its title opened where it can be."""
        rows = await self.pool.fetch(sql("versions_read", SQL), row["document_id"])
        shown = [models.VersionCard(**_only(models.VersionCard, one)) for one in rows]
        key = None
        if row["title"] and not row["is_erased"]:
            with suppress(KeysUnavailable):
                key = (await self.deals.keys.read([row["customer_id"]])).get(row["customer_id"])
        title = key.open(row["title"]) if key else None
        return models.DocumentDetails(**_only(models.DocumentCard, row), title=title, versions=shown)

    async def _check_customer(self, customer_id: UUID, deal_id: UUID | None, principal: Principal) -> None:
        card = await self.pool.fetchrow("SELECT direction FROM customers WHERE customer_id = $1", customer_id)
        if card is not None and not principal.sees(card["direction"]):
            raise NotFound("There is no such customer.")
        if deal_id is None:
            return
        deal = await self.deals.visible(deal_id, principal)
        if deal["customer_id"] not in await self.members(customer_id):
            raise Invalid("The deal is another customer's.", errors=[FieldError("another customer's", "#/deal_id")])

    async def _template(self, connection: Connection, code: str | None, kind: str) -> Template | None:
        if code is None:
            return None
        template = await published(connection, self.documents.store.service, code)
        if template is None:
            raise Invalid("There is no such template.", errors=[FieldError("not published", "#/template")])
        if template.kind != kind:
            raise Invalid(f"The template is for the kind {template.kind}.")
        return template

    async def _invoice(self, connection: Connection, invoice_id: UUID, deal_id: UUID) -> tuple[InvoiceIssued, date]:
        """The invoice, and the day on which it was issued."""
        history = await load(connection, self.documents.store.service, invoice_id)
        issued = history[0].event if history else None
        if not isinstance(issued, InvoiceIssued) or issued.deal_id != deal_id:
            raise Invalid("The deal has no such invoice.", errors=[FieldError("no such invoice", "#/invoice_id")])
        return issued, history[0].occurred_at.astimezone(self.zone).date()

    def _today(self) -> date:
        return datetime.now(self.zone).date()


def _id(new: models.NewDocument, principal: Principal, key: str | None) -> UUID:
    """An invoice has one document of each form or template, however often it is asked for."""
    if new.invoice_id is not None:
        return deterministic_id("document", "invoice", new.invoice_id, new.template or new.language)
    return deterministic_id("document", "key", principal.kind, principal.id, key) if key else uuid7()


async def _check_organisation(connection: Connection, organisation_id: UUID | None) -> None:
    if organisation_id and await connection.fetchrow(sql("organisation_read", SQL), organisation_id) is None:
        told = FieldError("no such organisation", "#/organisation_id")
        raise Invalid("There is no such organisation, or word of it has not come yet.", errors=[told])


async def _firm_version(connection: Connection) -> int:
    firm = firm_of(await load(connection, "deals", STREAM))
    if firm.told is None:
        raise Conflict("Nobody has said yet what documents say of the firm: PUT /firm.", hint="rule: no_firm")
    return firm.version


def card(row: asyncpg.Record) -> models.DocumentCard:
    """A row as the API gives it."""
    return models.DocumentCard(**_only(models.DocumentCard, row))


def _only(model: type[Any], row: asyncpg.Record) -> dict[str, Any]:
    return {name: row[name] for name in model.model_fields}
