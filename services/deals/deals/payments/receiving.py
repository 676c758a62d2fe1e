"""Payments and refunds, whoever tells of them: providers, people, banks, the ERP. Received once, in whatever order.

A payment is the stream ``payment / provider / the provider's id``, so a repeat finds the first. What its reference
names is paid at once: the invoices it names, or those of the deal it names, oldest due first. A refund that comes
before its payment waits in a table and is applied when the payment comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from events.contracts.deals import PaymentReceived
from events.decider import Rejected
from events.store import Append, Cause, Connection, deterministic_id

from deals.payments.domain import why_unmatched
from deals.payments.ledger import Ledger
from deals.payments.naming import Names
from deals.payments.notices import PaymentNotice, RefundNotice
from deals.payments.orders import Claim, InAll, Leaving, ReceivePayment, Refund, Returned, ThisMuch
from deals.payments.rows import sql
from deals.payments.states import NoPayment, Payment

_KINDS: dict[str, type[ThisMuch] | type[InAll] | type[Leaving]] = {
    "this_much": ThisMuch,
    "in_all": InAll,
    "leaving": Leaving,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of a payment. ``number`` names the invoice or deal where the reference is not to be asked."""

    provider: str
    notice: PaymentNotice | RefundNotice
    cause: Cause
    request_id: UUID
    number: str | None = None
    by_hand: bool = False

    @property
    def payment_id(self) -> UUID:
        """The payment's stream."""
        return payment_id_of(self.provider, self.notice.provider_payment_id)


Outcome = Literal["new", "repeat", "waits"] | Rejected


def payment_id_of(provider: str, provider_payment_id: str) -> UUID:
    """The id of the payment that a provider knows by this id."""
    return deterministic_id("payment", provider, provider_payment_id)


async def receive(connection: Connection, service: str, told: Sequence[Told]) -> tuple[list[Outcome], list[Append]]:
    """Takes a batch in, in the caller's transaction: an outcome for each, and what is to be appended last."""
    names = await Names.looked_up(connection, (_about(one) for one in told))
    ledger = await Ledger.opened(
        connection, service, {one.payment_id for one in told}, names.invoice_ids, names.deal_ids
    )
    waiting = await _Waiting.of(connection, told)
    outcomes = [_take(ledger, names, waiting, one) for one in told]
    await waiting.save()
    return outcomes, await ledger.save()


def _about(told: Told) -> str:
    return told.number or (told.notice.reference if isinstance(told.notice, PaymentNotice) else "")


def _take(ledger: Ledger, names: Names, waiting: _Waiting, told: Told) -> Outcome:
    try:
        match told.notice:
            case PaymentNotice():
                return _payment(ledger, names, waiting, told, told.notice)
            case RefundNotice():
                if isinstance(ledger.payment(told.payment_id).state, NoPayment):
                    return waiting.add(told, told.notice)
                return _refund(ledger, told, told.notice)
    except Rejected as rejected:
        return rejected


def _payment(ledger: Ledger, names: Names, waiting: _Waiting, told: Told, notice: PaymentNotice) -> Outcome:
    named = names.of(_about(told))
    claims: Iterable[Claim | None] = [ledger.claim(invoice_id) for invoice_id in named.invoice_ids]
    if named.payee is not None and not named.invoice_ids:
        claims = ledger.owed(named.payee.deal_id)
    command = ReceivePayment(
        told.payment_id,
        told.provider,
        notice.provider_payment_id,
        notice.reference,
        notice.received,
        notice.is_test,
        named.payee,
        tuple(claim for claim in claims if claim is not None),
    )
    events = ledger.run(told.payment_id, command, told.cause, notice.occurred_at)
    entry = ledger.payment(told.payment_id)
    if isinstance(entry.state, Payment) and entry.state.deal_id is None and entry.version == 0:
        entry.why = named.why or why_unmatched(named.payee, notice.received)
    if any(isinstance(event, PaymentReceived) for event in events):
        waiting.apply(ledger, told.payment_id)
    return "new" if events else "repeat"


def _refund(ledger: Ledger, told: Told, notice: RefundNotice) -> Outcome:
    command = Refund(notice.refund_id, notice.returned, notice.currency, told.by_hand)
    return "new" if ledger.run(told.payment_id, command, told.cause, notice.occurred_at) else "repeat"


class _Waiting:
    """The refunds that wait for the payments of a batch."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._told: dict[tuple[UUID, str], Told] = {}
        self._kept: set[tuple[UUID, str]] = set()

    @classmethod
    async def of(cls, connection: Connection, told: Sequence[Told]) -> _Waiting:
        waiting = cls(connection)
        ids = sorted({one.payment_id for one in told})
        for row in await connection.fetch(sql("refunds_waiting"), ids):
            notice = RefundNotice(
                row["provider_payment_id"],
                row["refund_id"],
                _KINDS[row["returned"]](row["amount"]),
                row["currency"],
                row["told_at"],
            )
            cause = Cause(f"provider:{row['provider']}", row["request_id"], row["request_id"], row["traceparent"])
            key = (row["payment_id"], row["refund_id"])
            waiting._told[key] = Told(row["provider"], notice, cause, row["request_id"])
            waiting._kept.add(key)
        return waiting

    def add(self, told: Told, notice: RefundNotice) -> Outcome:
        """Keeps a refund until its payment comes."""
        key = (told.payment_id, notice.refund_id)
        if key in self._told:
            return "repeat"
        self._told[key] = told
        return "waits"

    def apply(self, ledger: Ledger, payment_id: UUID) -> None:
        """Applies what waited for a payment, in the order of its time; what the payment cannot bear goes on waiting."""
        due = [(key, one) for key, one in self._told.items() if key[0] == payment_id]
        for key, told in sorted(due, key=lambda one: one[1].notice.occurred_at):
            if isinstance(told.notice, RefundNotice) and not isinstance(_applied(ledger, told), Rejected):
                del self._told[key]

    async def save(self) -> None:
        """Writes what waits now, deletes what waits no more."""
        gone = sorted(self._kept - set(self._told))
        if gone:
            await self._connection.execute(sql("refunds_applied"), *map(list, zip(*gone, strict=True)))
        fresh = [_row(key, told) for key, told in self._told.items() if key not in self._kept]
        if fresh:
            await self._connection.execute(sql("refunds_wait"), *map(list, zip(*fresh, strict=True)))


def _applied(ledger: Ledger, told: Told) -> Outcome:
    try:
        assert isinstance(told.notice, RefundNotice)
        return _refund(ledger, told, told.notice)
    except Rejected as rejected:
        return rejected


def _row(
    key: tuple[UUID, str], told: Told
) -> tuple[UUID, str, str, str, str, object, str | None, datetime, UUID, str | None]:
    notice = told.notice
    assert isinstance(notice, RefundNotice)
    returned: Returned = notice.returned
    return (
        *key,
        told.provider,
        notice.provider_payment_id,
        _NAMES[type(returned)],
        returned.amount,
        notice.currency,
        notice.occurred_at,
        told.request_id,
        told.cause.traceparent,
    )
