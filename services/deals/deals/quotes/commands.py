"""The life of a command on a quote: lock, decide, write, plan the task of its last day, append; one transaction.

An acceptance changes the deal too. Whoever needs both locks the deal first and then the quote, so nobody waits for
somebody who waits for him.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from events import tasks
from events.contracts.deals import QuoteAccepted, QuoteMade, QuoteRevised
from events.decider import ATTEMPTS, Rejected
from events.problems import StaleVersion
from events.store import Append, Cause, Conflict, Connection, Store, append_all, deterministic_id, load

from deals.deal.batch import Order
from deals.deal.commands import Commands
from deals.deal.orders import SetLines
from deals.deciding import Done, business_time, problem_of_rejection
from deals.money import Priced
from deals.quotes.domain import QUOTE
from deals.quotes.states import AcceptQuote, Command, ExpireQuote, Offer, State
from deals.quotes.tables import save_quote

EXPIRY: Final = "deals.quote-expiry"


@dataclass(frozen=True)
class QuoteCommands:
    """Runs commands on quotes. ``zone`` is where days end."""

    store: Store
    deals: Commands
    zone: ZoneInfo

    def today(self, now: datetime) -> date:
        """The business day."""
        return now.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """When a business day is over."""
        return datetime.combine(day + timedelta(days=1), time.min, self.zone).astimezone(UTC)

    async def load(self, quote_id: UUID) -> tuple[State, int]:
        """A quote as its stream stands, with its version."""
        history = await self.store.load(quote_id)
        return QUOTE.fold(entry.event for entry in history), len(history)

    async def run(
        self,
        quote_id: UUID,
        deal_id: UUID,
        command: Command,
        cause: Cause,
        now: datetime,
        expected_version: int | None = None,
    ) -> Done:
        """Runs a command on a quote of that deal.

        Raises ``StaleVersion``, ``events.store.Conflict`` when others were faster three times, and the problem of a
        rule, the deal's rules too where an acceptance changes it.
        """
        await self.deals.pipelines.wait()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._run(quote_id, deal_id, command, cause, now, expected_version)
            except Conflict:
                if attempt == ATTEMPTS:
                    raise
            except Rejected as rejected:
                raise problem_of_rejection(rejected) from None
        raise AssertionError("unreachable")

    async def _run(
        self, quote_id: UUID, deal_id: UUID, command: Command, cause: Cause, now: datetime, expected: int | None
    ) -> Done:
        async with self.store.pool.acquire() as connection, connection.transaction():
            is_acceptance = isinstance(command, AcceptQuote)
            batch = await self.deals.batch(connection, {deal_id} if is_acceptance else (), now)
            await connection.execute("SELECT FROM quotes WHERE quote_id = $1 FOR UPDATE", quote_id)
            history = await load(connection, self.store.service, quote_id)
            version = len(history)
            if expected is not None and expected != version:
                raise StaleVersion(f"The quote is at version {version}, not {expected}.")
            before = QUOTE.fold(entry.event for entry in history)
            events = QUOTE.decide(command, before)
            if not events:
                return Done(version, happened=False)
            state, at = QUOTE.fold(events, before), business_time(history, now, None)
            for event in events:
                if isinstance(event, QuoteAccepted):
                    batch.take(Order(deal_id, SetLines(_priced(state), quote_id), cause))
            await save_quote(connection, state, version + len(events), history[0].occurred_at if history else at)
            await self._plan(connection, events, cause)
            decisions = [Append(quote_id, version, events, cause, at), *await self.deals.write(connection, batch)]
            appended = await append_all(connection, decisions)
        self.store.count(decisions, appended)
        return Done(version + len(events), happened=True)

    async def expire(self, task: tasks.Task) -> Sequence[Append]:
        """The handler of the task of a last day. Done twice, or after an answer, it changes nothing."""
        now = datetime.now(UTC)
        command = ExpireQuote(task.payload["revision"], self.today(now))
        await self.run(UUID(task.payload["quote_id"]), UUID(task.payload["deal_id"]), command, task.cause, now)
        return ()

    async def _plan(self, connection: Connection, events: Sequence[object], cause: Cause) -> None:
        planned = [
            tasks.NewTask(
                deterministic_id(EXPIRY, event.quote_id, event.revision),
                EXPIRY,
                {"quote_id": str(event.quote_id), "deal_id": str(event.deal_id), "revision": event.revision},
                self.end_of(event.valid_until),
                cause,
            )
            for event in events
            if isinstance(event, QuoteMade | QuoteRevised)
        ]
        await tasks.add(connection, planned)


def _priced(state: State) -> Priced:
    offer: Offer = getattr(state, "quote").offer  # noqa: B009 - what was accepted was made
    return Priced(offer.lines, offer.totals, offer.discount)
