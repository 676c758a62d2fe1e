"""Payments and paid states handed in by an ERP: all of a call in one transaction, by the ERP's ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from events.auth import Principal
from events.calls import cause_of_call
from events.decider import Rejected
from events.store import Append, Connection, Store

from deals.exchange.invoices import sql
from deals.exchange.models import ErpPaid, ErpPayment, Item
from deals.money import money
from deals.payments import rows
from deals.payments.desk import committed
from deals.payments.naming import kept
from deals.payments.notices import PaymentNotice, RefundNotice
from deals.payments.orders import InAll
from deals.payments.receiving import Outcome, Told, payment_id_of, receive

ERP = "erp"


@dataclass(frozen=True)
class PaymentExchange:
    """Takes payments in on behalf of a principal."""

    store: Store

    async def hand_in(
        self, system: str, given: Sequence[ErpPayment], principal: Principal, now: datetime
    ) -> list[Item]:
        """An answer for each payment; its refunds go with it."""
        cause = cause_of_call(principal)

        async def work(connection: Connection) -> tuple[list[Item], list[Append]]:
            wanted = [one.invoice_external_id for one in given if one.invoice_external_id is not None]
            found = await connection.fetch(sql("invoices_external"), system, wanted)
            numbers = {row["external_id"]: row["number"] for row in found if principal.sees(row["direction"])}
            told: list[Told] = []
            items: list[Item] = []
            for one in given:
                why = _refusal(one, numbers, now)
                id_ = f"{system}:{one.external_id}"
                items.append(
                    Item(
                        external_id=one.external_id,
                        outcome="refused" if why else "repeat",
                        id=None if why else payment_id_of(ERP, id_),
                        why=why,
                    )
                )
                if why:
                    continue
                number = numbers[one.invoice_external_id] if one.invoice_external_id else one.number
                notice = PaymentNotice(id_, kept(one.reference), one.received.money(), one.received_at)
                told.append(Told(ERP, notice, cause, cause.correlation_id, number, by_hand=True))
                if one.refunded is not None:
                    back = RefundNotice(id_, f"in all {one.refunded.normalize():f}", InAll(one.refunded), None, now)
                    told.append(Told(ERP, back, cause, cause.correlation_id, by_hand=True))
            outcomes, appends = await receive(connection, self.store.service, told)
            return [_answered(item, told, outcomes) for item in items], appends

        return await committed(self.store, work)

    async def hand_in_paid(
        self, system: str, given: Sequence[ErpPaid], principal: Principal, now: datetime
    ) -> list[Item]:
        """An answer for each invoice: what it lacks of what the ERP says is paid comes as a payment of the ERP."""
        cause = cause_of_call(principal)

        async def work(connection: Connection) -> tuple[list[Item], list[Append]]:
            found = await connection.fetch(sql("invoices_external"), system, [one.external_id for one in given])
            known = {row["external_id"]: row for row in found if principal.sees(row["direction"])}
            ids = {one.external_id: f"{system}:{one.external_id}:paid {one.paid.normalize():f}" for one in given}
            await connection.execute(rows.sql("payments_lock"), [payment_id_of(ERP, id_) for id_ in ids.values()])
            await connection.execute(rows.sql("claims_lock"), [row["invoice_id"] for row in known.values()], [])
            paid = await connection.fetch(sql("invoices_external"), system, list(known))
            net = {row["external_id"]: row["allocated"] - row["refunded"] for row in paid}
            told: list[Told] = []
            items: list[Item] = []
            for one in given:
                row, payment_id = known.get(one.external_id), payment_id_of(ERP, ids[one.external_id])
                why = _paid_refusal(one, row is not None, net.get(one.external_id), now)
                item = Item(external_id=one.external_id, outcome="refused" if why else "repeat", why=why)
                items.append(item.model_copy(update={"id": None if why else payment_id}))
                if why or row is None or one.paid == net[one.external_id]:
                    continue
                missing = money(one.paid - net[one.external_id], row["currency"])
                notice = PaymentNotice(ids[one.external_id], row["number"], missing, one.paid_at)
                told.append(Told(ERP, notice, cause, cause.correlation_id, row["number"], by_hand=True))
            outcomes, appends = await receive(connection, self.store.service, told)
            return [_answered(item, told, outcomes) for item in items], appends

        return await committed(self.store, work)


def _refusal(one: ErpPayment, numbers: dict[str, str], now: datetime) -> str | None:
    if one.received_at > now:
        return "What lies in the future has not happened."
    if one.invoice_external_id is not None and one.invoice_external_id not in numbers:
        return f"There is no invoice {one.invoice_external_id} of this system."
    if one.refunded is not None and one.refunded > one.received.amount:
        return "The refund is larger than the payment."
    return None


def _paid_refusal(one: ErpPaid, is_known: bool, net: Decimal | None, now: datetime) -> str | None:
    if one.paid_at > now:
        return "What lies in the future has not happened."
    if not is_known:
        return f"There is no invoice {one.external_id} of this system."
    if net is not None and one.paid < net:
        return f"{net} of it is paid here, more than the ERP says: a person must look."
    return None


def _answered(item: Item, told: Sequence[Told], outcomes: Sequence[Outcome]) -> Item:
    """One refusal refuses the item; something new of it is enough to be done."""
    if item.id is None:
        return item
    own = [outcome for one, outcome in zip(told, outcomes, strict=True) if one.payment_id == item.id]
    refused = next((outcome for outcome in own if isinstance(outcome, Rejected)), None)
    if refused is not None:
        return item.model_copy(update={"outcome": "refused", "why": str(refused)})
    return item.model_copy(update={"outcome": "done" if "new" in own else "repeat"})
