"""The life of a command: load the stream, decide, write the row and append, in one transaction.

It is ``events.decider.execute`` with a read table in the same transaction, so that whoever gets an answer reads what
he wrote. When another command was faster, it is decided again, three times at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.contracts.deals import PaymentReceived
from events.decider import ATTEMPTS, Rejected
from events.envelope import Recorded
from events.problems import Conflict as ConflictProblem
from events.problems import Invalid, NotFound, Problem, StaleVersion
from events.store import Append, Cause, Conflict, Store, append_one, load

from deals import deal, domain, payment
from deals.pipelines import Pipelines
from deals.tables import PaymentRow, payees, save_deals, save_payments

_INPUT = frozenset(
    ("unknown_stage", "unknown_reason", "unknown_pipeline", "comment_required", "not_a_working_stage", "closing_stage")
)


def problem_of_rejection(rejected: Rejected) -> Problem:
    """The problem that tells a client why a rule refused; ``hint`` carries the rule's stable code."""
    kind = (
        NotFound
        if rejected.code in ("no_deal", "no_payment")
        else Invalid
        if rejected.code in _INPUT
        else ConflictProblem
    )
    return kind(str(rejected), hint=f"rule: {rejected.code}")


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a command; ``happened`` is False where it was so already."""

    version: int
    happened: bool


class Commands:
    """Runs commands on deals and payments."""

    def __init__(self, store: Store, pipelines: Pipelines) -> None:
        self.store = store
        self.pipelines = pipelines
        self._deals = domain.decider(pipelines)

    def fold(self, history: Sequence[Recorded]) -> deal.State:
        """The state of a deal."""
        return self._deals.fold(entry.event for entry in history)

    async def run(
        self,
        deal_id: UUID,
        command: deal.Command,
        cause: Cause,
        now: datetime,
        *,
        business_time: datetime | None = None,
        expected_version: int | None = None,
    ) -> Done:
        """Runs a command on a deal.

        ``business_time`` is given by imports and may not lie before what the deal already knows. Raises
        :class:`StaleVersion`, ``events.store.Conflict`` when others were faster three times, and the problem of a rule.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._run(deal_id, command, cause, now, business_time, expected_version)
            except Conflict:
                continue
        return await self._run(deal_id, command, cause, now, business_time, expected_version)

    async def _run(
        self,
        deal_id: UUID,
        command: deal.Command,
        cause: Cause,
        now: datetime,
        business_time: datetime | None,
        expected_version: int | None,
    ) -> Done:
        async with self.store.pool.acquire() as connection, connection.transaction():
            history = await load(connection, self.store.service, deal_id)
            version = len(history)
            if expected_version is not None and expected_version != version:
                raise StaleVersion(f"The deal is at version {version}, not {expected_version}.")
            state = self.fold(history)
            try:
                events = self._deals.decide(command, state)
                at = _business_time(history, now, business_time)
            except Rejected as rejected:
                raise problem_of_rejection(rejected) from None
            if not events:
                return Done(version, happened=False)
            decision = Append(deal_id, version, events, cause, at)
            await save_deals(connection, [(self._deals.fold(events, state), version + len(events), at)])
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return Done(appended.version, happened=True)

    async def match(self, payment_id: UUID, number: str, cause: Cause, now: datetime) -> Done:
        """Matches a payment that waits to the deal of that number; raises as :meth:`run` does."""
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
            decision = Append(payment_id, len(history), events, cause, _business_time(history, now, None))
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


def _business_time(history: Sequence[Recorded], now: datetime, given: datetime | None) -> datetime:
    """Business time never runs backwards in a stream: what is in a deal's past cannot be changed."""
    last = history[-1].occurred_at if history else None
    if given is not None:
        if given > now:
            raise Rejected("in_the_future", "occurred_at lies in the future.")
        if last is not None and given < last:
            raise Rejected("too_early", "occurred_at lies before the last thing that happened to the deal.")
        return given
    return now if last is None else max(now, last)
