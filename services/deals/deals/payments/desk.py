"""What people do with payments: register, match, allocate, take off, refund; each in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import asyncpg
from events.decider import ATTEMPTS, Rejected
from events.problems import NotFound, StaleVersion
from events.store import Append, Cause, Conflict, Connection, Store, append_all

from deals.customers.cards import root_of
from deals.deciding import problem_of_rejection
from deals.payments.ledger import Ledger
from deals.payments.naming import Names
from deals.payments.orders import Allocate, Claim, Command, Deallocate, MatchPayment, Refund, ThisMuch
from deals.payments.receiving import Outcome, Told, receive
from deals.payments.states import Payment

T = TypeVar("T")

Work = Callable[[Connection], Awaitable[tuple[T, list[Append]]]]
"""Something done in a transaction: its result, and what is to be appended last."""


async def committed(store: Store, work: Work[T]) -> T:
    """Runs and commits; when another transaction was faster, it is done again, three times at most."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with store.pool.acquire() as connection, connection.transaction():
                result, decisions = await work(connection)
                appended = await append_all(connection, decisions)
            store.count(decisions, appended)
            return result
        except (Conflict, asyncpg.DeadlockDetectedError):
            if attempt == ATTEMPTS:
                raise
        except Rejected as rejected:
            raise problem_of_rejection(rejected) from None
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class PaymentDesk:
    """Commands on payments. They raise the problem of a rule, and ``StaleVersion`` for another than ``expected``."""

    store: Store

    async def register(self, told: Sequence[Told]) -> list[Outcome]:
        """Takes payments in that people, banks and the ERP tell of; an outcome for each."""

        async def work(connection: Connection) -> tuple[list[Outcome], list[Append]]:
            return await receive(connection, self.store.service, told)

        return await committed(self.store, work)

    async def match(self, payment_id: UUID, number: str, cause: Cause, now: datetime) -> None:
        """Says that a payment is for the deal or the invoice of this number, and pays what it names."""

        async def work(connection: Connection) -> tuple[None, list[Append]]:
            names = await Names.looked_up(connection, [number])
            named = names.of(number)
            if named.payee is None:
                raise NotFound("There is no such deal or invoice.")
            ledger = await Ledger.opened(
                connection, self.store.service, [payment_id], names.invoice_ids, names.deal_ids
            )
            claims: Sequence[Claim | None] = [ledger.claim(one) for one in named.invoice_ids]
            given = tuple(one for one in claims if one is not None)
            claimed = given if named.invoice_ids else ledger.owed(named.payee.deal_id)
            ledger.run(payment_id, MatchPayment(payment_id, named.payee, claimed), cause, now)
            return None, await ledger.save()

        await committed(self.store, work)

    async def allocate(
        self,
        payment_id: UUID,
        invoice_id: UUID,
        amount: Decimal | None,
        cause: Cause,
        now: datetime,
        expected: int | None = None,
    ) -> None:
        """Pays an invoice of the same customer with what is free; merged cards are one customer."""

        async def make(connection: Connection, ledger: Ledger) -> Command:
            claim = _claim(ledger, invoice_id)
            state = ledger.payment(payment_id).state
            whose = state.customer_id if isinstance(state, Payment) else None
            roots = await root_of(connection, {claim.customer_id, whose or claim.customer_id})
            same = whose is None or roots[whose] == roots[claim.customer_id]
            return Allocate(claim, amount, same)

        await self._run(payment_id, [invoice_id], make, cause, now, expected)

    async def deallocate(
        self,
        payment_id: UUID,
        invoice_id: UUID,
        amount: Decimal | None,
        cause: Cause,
        now: datetime,
        expected: int | None = None,
    ) -> None:
        """Takes what a payment pays off an invoice; it is free again."""

        async def make(_connection: Connection, ledger: Ledger) -> Command:
            return Deallocate(_claim(ledger, invoice_id), amount, "by_hand")

        await self._run(payment_id, [invoice_id], make, cause, now, expected)

    async def refund(
        self,
        payment_id: UUID,
        refund_id: str,
        amount: Decimal,
        cause: Cause,
        at: datetime,
        expected: int | None = None,
    ) -> None:
        """Gives money back that no provider tells of."""

        async def make(_connection: Connection, _ledger: Ledger) -> Command:
            return Refund(refund_id, ThisMuch(amount), None, by_hand=True)

        await self._run(payment_id, [], make, cause, at, expected)

    async def _run(
        self,
        payment_id: UUID,
        invoice_ids: Sequence[UUID],
        make: Callable[[Connection, Ledger], Awaitable[Command]],
        cause: Cause,
        at: datetime,
        expected: int | None,
    ) -> None:
        async def work(connection: Connection) -> tuple[None, list[Append]]:
            ledger = await Ledger.opened(connection, self.store.service, [payment_id], invoice_ids)
            version = ledger.payment(payment_id).version
            if expected is not None and version and expected != version:
                raise StaleVersion(f"The payment is at version {version}, not {expected}.")
            ledger.run(payment_id, await make(connection, ledger), cause, at)
            return None, await ledger.save()

        await committed(self.store, work)


def _claim(ledger: Ledger, invoice_id: UUID) -> Claim:
    claim = ledger.claim(invoice_id)
    if claim is None:
        raise NotFound("There is no such invoice.")
    return claim
