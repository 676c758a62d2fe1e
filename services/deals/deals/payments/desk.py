"""The life of a command on a payment: load the stream, decide, write the row and append, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from events.contracts.deals import PaymentReceived
from events.decider import ATTEMPTS, Rejected
from events.envelope import Recorded
from events.problems import Invalid
from events.store import Append, Cause, Conflict, Store, append_one, load

from deals.deciding import Done, business_time, problem_of_rejection
from deals.payments import domain as payment
from deals.payments.rows import PaymentRow, payees, save_payments


class PaymentCommands:
    """Runs commands on payments."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def match(self, payment_id: UUID, number: str, cause: Cause, now: datetime) -> Done:
        """Matches a payment that waits to the deal of that number; raises the problem of a rule."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._match(payment_id, number, cause, now)
            except Conflict:
                continue
        return await self._match(payment_id, number, cause, now)

    async def _match(self, payment_id: UUID, number: str, cause: Cause, now: datetime) -> Done:
        async with self.store.pool.acquire() as connection, connection.transaction():
            history = await load(connection, self.store.service, payment_id)
            payee = (await payees(connection, [number])).get(number)
            if payee is None:
                raise Invalid(f"There is no deal {number}.")
            state = payment.PAYMENT.fold(entry.event for entry in history)
            try:
                events = payment.PAYMENT.decide(payment.MatchPayment(payment_id, payee), state)
            except Rejected as rejected:
                raise problem_of_rejection(rejected) from None
            if not events:
                return Done(len(history), happened=False)
            decision = Append(payment_id, len(history), events, cause, business_time(history, now, None))
            await save_payments(connection, [_matched_row(history, payee, len(history) + len(events))])
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return Done(appended.version, happened=True)


def _matched_row(history: Sequence[Recorded], payee: payment.Payee, version: int) -> PaymentRow:
    first = history[0]
    event = first.event
    assert isinstance(event, PaymentReceived)
    return PaymentRow(
        event.payment_id,
        version,
        event.provider,
        event.provider_payment_id,
        event.reference,
        event.received.amount,
        event.received.currency,
        event.is_test,
        first.occurred_at,
        payee.deal_id,
        None,
    )
