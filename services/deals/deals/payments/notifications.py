"""Payment notifications: verified at the door, stored, and understood in batches.

A payment is the stream ``payment / provider / the provider's id``, so a repeat finds the first. What names no deal, or
a deal in another currency, is kept as a payment without deal and waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from events.contracts.deals import PaymentMatched, PaymentReceived
from events.event import Event
from events.intake_worker import Settled, Understood
from events.sources import Sources
from events.store import Append, Cause, Connection, deterministic_id
from events.webhooks import Ignored, RawRequest, Unreadable, Unverified

from deals.money import money
from deals.payments.domain import PAYMENT, Matched, NoPayment, Payee, ReceivePayment, State, Unmatched, why_unmatched
from deals.payments.providers import PROVIDERS, PaymentNotice
from deals.payments.rows import PaymentRow, payees, save_payments

_KNOWN = """
SELECT payment_id, version, provider, provider_payment_id, reference, amount, currency, is_test, received_at, deal_id,
       why
  FROM payments WHERE payment_id = ANY($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class _Notice:
    """A notice and where it came from."""

    request: RawRequest
    notice: PaymentNotice

    @property
    def payment_id(self) -> UUID:
        return deterministic_id("payment", self.request.channel, self.notice.provider_payment_id)


class _Payment:
    """A payment while a batch is worked on: the state so far, and what is new."""

    def __init__(self, state: State, version: int, row: PaymentRow | None) -> None:
        self.state = state
        self.version = version
        self.row = row
        self.events: list[Event] = []
        self.stamps: list[tuple[Cause, datetime]] = []


class Notifications:
    """What a stored notification comes to."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def understand(self, connection: Connection, requests: Sequence[RawRequest]) -> Understood:
        """Turns a batch of stored notifications into payments."""
        parsed = [self._parse(request) for request in requests]
        notices = [notice for found in parsed if not isinstance(found, Settled) for notice in found]
        deals = await payees(connection, sorted({_number(n.notice.reference) for n in notices}))
        payments = await _load(connection, {n.payment_id for n in notices})
        settled = [found if isinstance(found, Settled) else _receive(found, payments, deals) for found in parsed]
        changed = {payment_id: payment for payment_id, payment in payments.items() if payment.events}
        await save_payments(connection, [payment.row for payment in changed.values() if payment.row is not None])
        return Understood(settled, [_append(payment_id, payment) for payment_id, payment in changed.items()])

    def _parse(self, request: RawRequest) -> Settled | list[_Notice]:
        provider = PROVIDERS.get(request.channel)
        source = self._sources.get((request.channel, request.source))
        if provider is None or source is None:
            return Settled("quarantined", "there is no such source")
        try:
            # A request taken out of quarantine was perhaps refused at the door, or its body corrected by hand: money is
            # believed by its signature only.
            provider.verify(request, source)
            return [_Notice(request, notice) for notice in provider.parse(request, source)]
        except Ignored as error:
            return Settled("ignored", error.reason)
        except Unverified as error:
            return Settled("quarantined", _unproven(error))
        except Unreadable as error:
            return Settled("quarantined", error.reason)


def _unproven(error: Unverified) -> str:
    return f"signature: {error.reason}"


def _number(reference: str) -> str:
    return reference.strip().upper()


async def _load(connection: Connection, payment_ids: Iterable[UUID]) -> dict[UUID, _Payment]:
    ids = sorted(payment_ids)
    found = {payment_id: _Payment(NoPayment(), 0, None) for payment_id in ids}
    for record in await connection.fetch(_KNOWN, ids):
        row = PaymentRow(*record)
        received = money(row.amount, row.currency)
        state = Unmatched(received) if row.deal_id is None else Matched(received, row.deal_id)
        found[row.payment_id] = _Payment(state, row.version, row)
    return found


def _receive(found: list[_Notice], payments: dict[UUID, _Payment], deals: dict[str, Payee]) -> Settled:
    """Applies the notices of one request; later ones in the batch see what earlier ones did."""
    fresh = False
    for item in found:
        notice, request, payment = item.notice, item.request, payments[item.payment_id]
        events = PAYMENT.decide(
            ReceivePayment(
                item.payment_id,
                request.channel,
                notice.provider_payment_id,
                notice.reference,
                notice.received,
                notice.is_test,
                deals.get(_number(notice.reference)),
            ),
            payment.state,
        )
        if not events:
            continue
        fresh = True
        payment.state = PAYMENT.fold(events, payment.state)
        payment.events.extend(events)
        cause = Cause(f"provider:{request.channel}", request.id, request.id, request.traceparent)
        payment.stamps.extend([(cause, notice.occurred_at)] * len(events))
        payment.row = _row(item, payment, events, deals)
    return Settled("done", None if fresh else "repeat", found[0].payment_id)


def _row(item: _Notice, payment: _Payment, events: Sequence[Event], deals: dict[str, Payee]) -> PaymentRow:
    version = payment.version + len(payment.events)
    match events[0]:
        case PaymentMatched(deal_id=deal_id):
            assert payment.row is not None
            return replace(payment.row, version=version, deal_id=deal_id, why=None)
        case PaymentReceived() as event:
            why = why_unmatched(deals.get(_number(event.reference)), event.received)
            return PaymentRow(
                item.payment_id,
                version,
                event.provider,
                event.provider_payment_id,
                event.reference,
                event.received.amount,
                event.received.currency,
                event.is_test,
                item.notice.occurred_at,
                event.deal_id,
                why,
            )
    raise AssertionError("a payment is received or matched")


def _append(payment_id: UUID, payment: _Payment) -> Append:
    return Append(payment_id, payment.version, payment.events, *payment.stamps[0], stamps=payment.stamps)
